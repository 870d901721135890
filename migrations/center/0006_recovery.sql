-- Key recovery. The escrow key's private half is nowhere: three officers hold a share each, sealed
-- to a key of their own, whose private half is sealed under their passphrase. Two of them open it
-- together, in memory, for one request.

ALTER TABLE staff DROP CONSTRAINT staff_role_check;
ALTER TABLE staff ADD CONSTRAINT staff_role_check
    CHECK (role IN ('station', 'reviewer', 'query', 'escrow'));

-- A machine's number within its community is part of its serials; until when its certificate
-- holds says whether it may still renew it.
ALTER TABLE installation ADD COLUMN number integer CHECK (number > 0);
ALTER TABLE installation ADD COLUMN certificate_until timestamptz;
SET LOCAL ROLE yizhan_decide;
UPDATE installation SET number = counted.number
FROM (SELECT id, row_number() OVER (PARTITION BY community ORDER BY enrolled_at, id) AS number
      FROM installation WHERE kind = 'station') AS counted
WHERE counted.id = installation.id;
UPDATE installation SET certificate_until = enrolled_at + interval '30 days'
WHERE kind = 'station';
RESET ROLE;
ALTER TABLE installation ADD CONSTRAINT installation_number UNIQUE (community, number);

-- The newest is in force; older ones open what was sealed to them.
CREATE TABLE escrow_key (
    id         text PRIMARY KEY,
    public_key bytea NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE escrow_share (
    key            text NOT NULL REFERENCES escrow_key,
    staff          uuid NOT NULL REFERENCES staff,
    public_key     bytea NOT NULL,
    salt           bytea NOT NULL,
    memory_kib     integer NOT NULL,
    passes         integer NOT NULL,
    sealed_private bytea NOT NULL,
    sealed_share   bytea NOT NULL,
    PRIMARY KEY (key, staff)
);

-- A station's key file without the wraps of its staff, for when its own is lost.
CREATE TABLE deposit (
    installation uuid PRIMARY KEY REFERENCES installation,
    escrow_key   text NOT NULL REFERENCES escrow_key,
    sealed       text[] NOT NULL,
    file         text NOT NULL,
    at           timestamptz NOT NULL DEFAULT now()
);

-- `ask` is verbatim, `hash` is its SHA-256; `answer` leaves when it expires.
CREATE TABLE recovery_request (
    id           uuid PRIMARY KEY,
    installation uuid NOT NULL REFERENCES installation,
    community    text NOT NULL,
    escrow_key   text NOT NULL REFERENCES escrow_key,
    ask          text NOT NULL,
    hash         text NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    state        text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'refused', 'answered')),
    refusal      text,
    answer       text,
    CHECK ((state = 'refused') = (refusal IS NOT NULL))
);
CREATE INDEX recovery_request_of ON recovery_request (installation, received_at);

CREATE TABLE recovery_approval (
    request uuid NOT NULL REFERENCES recovery_request,
    staff   uuid NOT NULL REFERENCES staff,
    at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (request, staff)
);

-- The first officer's share, sealed to each of the others for this request; gone once it is
-- decided or too old.
CREATE TABLE recovery_share (
    request   uuid NOT NULL REFERENCES recovery_request,
    recipient uuid NOT NULL REFERENCES staff,
    sealed    bytea NOT NULL,
    PRIMARY KEY (request, recipient)
);

-- Every step: added to, never changed.
CREATE TABLE recovery_event (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL DEFAULT now(),
    what         text NOT NULL,
    staff        uuid REFERENCES staff,
    community    text,
    installation uuid REFERENCES installation,
    request      uuid,
    hash         text
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'escrow_key', 'escrow_share', 'deposit', 'recovery_request', 'recovery_approval',
        'recovery_share', 'recovery_event'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY whole_city ON %I TO yizhan_decide USING (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO yizhan_decide', name);
    END LOOP;
END $$;

GRANT UPDATE ON deposit, recovery_request, escrow_share TO yizhan_decide;
GRANT DELETE ON recovery_share TO yizhan_decide;

GRANT SELECT ON recovery_request, recovery_approval, recovery_event TO yizhan_console;
CREATE POLICY own_area ON recovery_request FOR SELECT TO yizhan_console
    USING (yizhan_in_area(community));
CREATE POLICY own_area ON recovery_approval FOR SELECT TO yizhan_console
    USING (EXISTS (SELECT FROM recovery_request r WHERE r.id = recovery_approval.request));
CREATE POLICY own_area ON recovery_event FOR SELECT TO yizhan_console
    USING (yizhan_in_area(community));
