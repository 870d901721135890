-- The lease each installation was given last, and what was seen of its audit.

CREATE TABLE lease (
    installation uuid PRIMARY KEY REFERENCES installation,
    serial       bigint NOT NULL,
    content_hash bytea NOT NULL
);

-- The last head it told; apart from the row that a push locks, like everything a hello says.
ALTER TABLE contact ADD COLUMN audit_n bigint NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN audit_hash bytea;

-- Heads that were told in time: what an installation can't take back.
CREATE TABLE witness (
    installation uuid NOT NULL REFERENCES installation,
    n            bigint NOT NULL,
    hash         bytea NOT NULL CHECK (octet_length(hash) = 32),
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (installation, n, hash)
);

-- A head that went back, or that was another one before.
CREATE TABLE witness_alarm (
    installation uuid NOT NULL REFERENCES installation,
    n            bigint NOT NULL,
    hash         bytea NOT NULL,
    what         text NOT NULL CHECK (what IN ('back', 'differs')),
    seen_n       bigint NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (installation, n, hash)
);

CREATE TRIGGER only_appended BEFORE UPDATE OR DELETE OR TRUNCATE ON witness
    FOR EACH STATEMENT EXECUTE FUNCTION yizhan_only_appended();
CREATE TRIGGER only_appended BEFORE UPDATE OR DELETE OR TRUNCATE ON witness_alarm
    FOR EACH STATEMENT EXECUTE FUNCTION yizhan_only_appended();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['lease', 'witness', 'witness_alarm'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY whole_city ON %I TO yizhan_decide USING (true)', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON lease TO yizhan_decide;
GRANT SELECT, INSERT ON witness, witness_alarm TO yizhan_decide;
GRANT SELECT ON witness_alarm TO yizhan_console;
CREATE POLICY own_area ON witness_alarm FOR SELECT TO yizhan_console
    USING (EXISTS (SELECT FROM installation i WHERE i.id = witness_alarm.installation));
