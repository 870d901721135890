-- What a hello says of how the station is. It lies with the rest of what it said last: one row that is
-- written anyway, apart from the one that a push locks. No column here is indexed and rows leave room
-- for their next version, so that a hello changes one page and no index.
ALTER TABLE contact
    ADD COLUMN log_last        bigint NOT NULL DEFAULT 0,
    ADD COLUMN lease_serial    bigint NOT NULL DEFAULT 0,
    ADD COLUMN clock_off_s     bigint,
    ADD COLUMN oldest_unsent   timestamptz,
    ADD COLUMN unsent_since    timestamptz,
    ADD COLUMN held            bigint NOT NULL DEFAULT 0,
    ADD COLUMN refused         bigint NOT NULL DEFAULT 0,
    ADD COLUMN devices         text NOT NULL DEFAULT '[]',
    ADD COLUMN notices         text[] NOT NULL DEFAULT '{}',
    ADD COLUMN disk_free_bytes bigint,
    ADD COLUMN disk_bytes      bigint,
    ADD COLUMN database_bytes  bigint,
    ADD COLUMN backup_at       timestamptz,
    SET (fillfactor = 70);

-- The stations of an area, by the beginning of their code.
CREATE INDEX installation_area ON installation (community COLLATE "C") WHERE kind = 'station';
CREATE INDEX installation_parent ON installation (parent) WHERE parent IS NOT NULL;

-- The console shows where a station's feed ends and when its audit was last anchored.
GRANT SELECT (id, head, sum) ON feed TO yizhan_console;
GRANT SELECT ON witness TO yizhan_console;
CREATE POLICY own_area ON feed FOR SELECT TO yizhan_console USING (yizhan_in_area(id));
CREATE POLICY own_area ON witness FOR SELECT TO yizhan_console
    USING (EXISTS (SELECT FROM installation i WHERE i.id = witness.installation));
