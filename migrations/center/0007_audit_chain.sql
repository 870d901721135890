-- The centre's own audit becomes a chain: see `audit/src/record.rs` for what a row is and how it is
-- hashed. One chain for what people do here; pushes of stations are none of it, they have their own
-- logs, so the one row that is locked last holds up nobody who files.

-- What was recorded before there was a chain is kept as it is.
ALTER TABLE audit RENAME TO audit_before_chain;
REVOKE INSERT, UPDATE ON audit_before_chain FROM yizhan_decide, yizhan_console;

CREATE TABLE audit (
    n             bigint PRIMARY KEY,
    at_ms         bigint NOT NULL,
    running_ms    bigint NOT NULL,
    boots         bigint NOT NULL,
    high_water_ms bigint NOT NULL,
    who           uuid,
    area          text NOT NULL,
    kind          text NOT NULL,
    about         bytea,
    details       text NOT NULL,
    previous      bytea NOT NULL CHECK (octet_length(previous) = 32),
    hash          bytea NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE INDEX audit_at ON audit (at_ms);

CREATE TABLE audit_head (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    n             bigint NOT NULL,
    hash          bytea NOT NULL CHECK (octet_length(hash) = 32),
    high_water_ms bigint NOT NULL
);
INSERT INTO audit_head (n, hash, high_water_ms) VALUES (0, decode(repeat('00', 32), 'hex'), 0);

CREATE FUNCTION yizhan_only_appended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the table % is only appended to', TG_TABLE_NAME;
END $$;
CREATE TRIGGER only_appended BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION yizhan_only_appended();

ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_head FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON audit TO yizhan_decide, yizhan_console;
GRANT SELECT, UPDATE ON audit_head TO yizhan_decide, yizhan_console;
CREATE POLICY whole_city ON audit TO yizhan_decide USING (true);
CREATE POLICY own_area ON audit FOR SELECT TO yizhan_console USING (yizhan_in_area(area));
CREATE POLICY own_hand ON audit FOR INSERT TO yizhan_console
    WITH CHECK (who::text = current_setting('yizhan.staff', true)
        AND area = current_setting('yizhan.area', true));
CREATE POLICY the_one ON audit_head TO yizhan_decide, yizhan_console USING (true);
