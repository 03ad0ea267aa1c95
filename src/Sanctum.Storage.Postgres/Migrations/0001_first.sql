-- A store sees ciphertext and keyed hashes only: no name, type or time is in the clear.
CREATE TABLE records (
    collection smallint NOT NULL,
    id         bytea    NOT NULL CHECK (octet_length(id) = 16), -- a UInt128, big-endian
    revision   bigint   NOT NULL,
    data       bytea    NOT NULL,
    PRIMARY KEY (collection, id)
);

-- Ciphertext does not get smaller.
ALTER TABLE records ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE log (
    first_sequence bigint  PRIMARY KEY,
    count          integer NOT NULL,
    data           bytea   NOT NULL
);

ALTER TABLE log ALTER COLUMN data SET STORAGE EXTERNAL;

-- What wraps the vault's key. At most one row, as in the next one.
CREATE TABLE key_document (
    one  boolean PRIMARY KEY CHECK (one),
    data bytea   NOT NULL
);

-- How many batches were committed, and which was the last: so nobody writes who does not know all, and a batch whose end is unknown can be found.
CREATE TABLE fence (
    one     boolean PRIMARY KEY CHECK (one),
    commits bigint  NOT NULL,
    batch   uuid    NOT NULL
);

INSERT INTO fence VALUES (true, 0, '00000000-0000-0000-0000-000000000000');

CREATE FUNCTION advance(expected bigint, next uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE fence SET commits = commits + 1, batch = next WHERE commits = expected;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'somebody else has written' USING ERRCODE = 'SA001';
    END IF;
END $$;
