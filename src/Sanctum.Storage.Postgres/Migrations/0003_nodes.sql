-- The daemons that have the vault open, for people to look at: nothing is decided by it, and nothing of the vault is in it.
CREATE TABLE nodes (
    name     text        PRIMARY KEY CHECK (octet_length(name) <= 100),
    version  text        NOT NULL CHECK (octet_length(version) <= 100),
    state    text        NOT NULL CHECK (octet_length(state) <= 20),
    position bigint,
    started  timestamptz NOT NULL,
    seen     timestamptz NOT NULL DEFAULT now()
);
