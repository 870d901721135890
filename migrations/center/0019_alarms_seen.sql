-- Who looked into an alarm about a station's audit, and what they found: added to, never changed, as the
-- alarm itself. Only an alarm that nobody has looked into is a trouble.
CREATE TABLE witness_alarm_seen (
    installation uuid NOT NULL,
    n            bigint NOT NULL,
    hash         bytea NOT NULL,
    seen_by      uuid NOT NULL REFERENCES staff,
    words        text NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (installation, n, hash),
    FOREIGN KEY (installation, n, hash) REFERENCES witness_alarm
);
CREATE TRIGGER only_appended BEFORE UPDATE OR DELETE OR TRUNCATE ON witness_alarm_seen
    FOR EACH STATEMENT EXECUTE FUNCTION yizhan_only_appended();
ALTER TABLE witness_alarm_seen ENABLE ROW LEVEL SECURITY;
ALTER TABLE witness_alarm_seen FORCE ROW LEVEL SECURITY;
CREATE POLICY whole_city ON witness_alarm_seen TO yizhan_decide USING (true);
GRANT SELECT, INSERT ON witness_alarm_seen TO yizhan_decide;
GRANT SELECT ON witness_alarm_seen TO yizhan_console;
CREATE POLICY own_area ON witness_alarm_seen FOR SELECT TO yizhan_console
    USING (EXISTS (SELECT FROM installation i WHERE i.id = witness_alarm_seen.installation));

-- What a station that made its database anew says of itself: its chain goes on behind this record.
ALTER TABLE witness_alarm ADD COLUMN rebuilt_n bigint;
ALTER TABLE witness_alarm ADD COLUMN rebuilt_at timestamptz;
