-- A store sees ciphertext and keyed hashes only: no name, type or time is in the clear.
CREATE TABLE records (
    collection INTEGER NOT NULL,
    id         BLOB    NOT NULL CHECK (length(id) = 16), -- a UInt128, big-endian
    revision   INTEGER NOT NULL,
    data       BLOB    NOT NULL,
    PRIMARY KEY (collection, id)
) STRICT, WITHOUT ROWID;

-- Keyed by the first entry's number, so that appending goes to the right-hand edge of the tree.
CREATE TABLE log (
    first_sequence INTEGER PRIMARY KEY,
    count          INTEGER NOT NULL,
    data           BLOB    NOT NULL
) STRICT;
