-- Who did what, written in the transaction of what it tells of: see `audit/src/record.rs` for what a
-- row is and how it is hashed. One row, one page: no index beside the number.
CREATE TABLE audit (
    n             INTEGER PRIMARY KEY,
    at_ms         INTEGER NOT NULL,
    running_ms    INTEGER NOT NULL,
    boots         INTEGER NOT NULL,
    high_water_ms INTEGER NOT NULL,
    who           BLOB,
    kind          TEXT NOT NULL,
    about         BLOB,
    details       TEXT NOT NULL,
    previous      BLOB NOT NULL,
    hash          BLOB NOT NULL
);

-- Heads of the centre's chain, as it handed them to us: what it can't take back.
CREATE TABLE audit_witness (
    origin TEXT NOT NULL,
    n      INTEGER NOT NULL,
    hash   BLOB NOT NULL,
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (origin, n)
) WITHOUT ROWID;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is only appended to'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is only appended to'); END;
