-- The ferry: sticks that a city has registered, and entries of logs that came ahead of what lies
-- before them. Those are parked, sealed as commands are, until the gap is filled.
CREATE TABLE ferry_stick (
    id            uuid PRIMARY KEY,
    name          text NOT NULL,
    area          text NOT NULL,
    registered_by uuid NOT NULL REFERENCES staff,
    registered_at timestamptz NOT NULL DEFAULT now(),
    until         timestamptz NOT NULL,
    withdrawn_at  timestamptz
);

CREATE TABLE ferry_entry (
    installation uuid NOT NULL REFERENCES installation,
    n            bigint NOT NULL CHECK (n > 0),
    command      uuid NOT NULL,
    link         bytea NOT NULL CHECK (octet_length(link) = 32),
    signature    bytea NOT NULL CHECK (octet_length(signature) = 64),
    body         bytea NOT NULL,
    parked_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (installation, n)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ferry_stick', 'ferry_entry'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY whole_city ON %I TO yizhan_decide USING (true)', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON ferry_stick TO yizhan_decide;
GRANT SELECT, INSERT, DELETE ON ferry_entry TO yizhan_decide;
GRANT SELECT ON ferry_stick TO yizhan_console;
CREATE POLICY own_area ON ferry_stick FOR SELECT TO yizhan_console USING (yizhan_in_area(area));
