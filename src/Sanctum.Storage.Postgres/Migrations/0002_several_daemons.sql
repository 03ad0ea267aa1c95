-- Which commit a record is of, so that whoever knows an earlier one finds what has changed since. The head changes with every commit: its number stays 0, and so its
-- row is replaced in place.
ALTER TABLE records ADD COLUMN commit bigint NOT NULL DEFAULT 0;

CREATE INDEX records_commit ON records (commit);

-- Records that were removed, for those who know an earlier commit. After an hour they are forgotten; whoever knows less than that reads everything.
CREATE TABLE gone (
    commit     bigint      NOT NULL,
    collection smallint    NOT NULL,
    id         bytea       NOT NULL,
    at         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX gone_commit ON gone (commit);

ALTER TABLE fence ADD COLUMN forgotten bigint NOT NULL DEFAULT 0;
ALTER TABLE fence SET (fillfactor = 10);
