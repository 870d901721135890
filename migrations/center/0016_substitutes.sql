-- Substitutes who are let in at a station by a code. `sealed` holds the code's digits; the newest that
-- nobody has used is the one that is read out. Whom a station was told of is who can be chosen.
CREATE TABLE substitute_code (
    id           uuid PRIMARY KEY,
    installation uuid NOT NULL REFERENCES installation,
    sealed       bytea NOT NULL,
    deposited_at timestamptz NOT NULL DEFAULT now(),
    -- Who sat down with it, as the station told; `given` says whether it had been given for them.
    used_by      uuid REFERENCES staff,
    used_at      timestamptz,
    told_at      timestamptz,
    given        boolean,
    CHECK ((used_by IS NULL) = (told_at IS NULL) AND (told_at IS NULL) = (given IS NULL))
);
CREATE INDEX substitute_code_of ON substitute_code (installation, deposited_at DESC);
CREATE INDEX substitute_code_used ON substitute_code (used_by) WHERE given;

-- Every time a code was read out: added to, never changed.
CREATE TABLE substitute_given (
    id           uuid PRIMARY KEY,
    code         uuid NOT NULL REFERENCES substitute_code,
    installation uuid NOT NULL REFERENCES installation,
    staff        uuid NOT NULL REFERENCES staff,
    reason       text NOT NULL,
    given_by     uuid NOT NULL REFERENCES staff,
    given_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX substitute_given_of ON substitute_given (installation, given_at DESC);
CREATE TRIGGER only_appended BEFORE UPDATE OR DELETE OR TRUNCATE ON substitute_given
    FOR EACH STATEMENT EXECUTE FUNCTION yizhan_only_appended();

-- Whom an installation was told of last.
CREATE TABLE substitute_people (
    installation uuid PRIMARY KEY REFERENCES installation,
    people       uuid[] NOT NULL,
    told_at      timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['substitute_code', 'substitute_given', 'substitute_people'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY whole_city ON %I TO yizhan_decide USING (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO yizhan_decide', name);
    END LOOP;
END $$;
GRANT UPDATE ON substitute_code, substitute_people TO yizhan_decide;

-- The console sees that there is a code and what became of it, never the code itself.
GRANT SELECT (id, installation, deposited_at, used_by, used_at, told_at, given)
    ON substitute_code TO yizhan_console;
GRANT SELECT ON substitute_given TO yizhan_console;
CREATE POLICY own_area ON substitute_code FOR SELECT TO yizhan_console
    USING (EXISTS (SELECT FROM installation i WHERE i.id = substitute_code.installation));
CREATE POLICY own_area ON substitute_given FOR SELECT TO yizhan_console
    USING (EXISTS (SELECT FROM installation i WHERE i.id = substitute_given.installation));
