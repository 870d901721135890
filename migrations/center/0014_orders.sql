-- Orders to one installation: who gave them, what became of them. `body` is what was signed, word for
-- word; a revocation is the centre's own act and has none.
CREATE TABLE station_order (
    id           uuid PRIMARY KEY,
    installation uuid NOT NULL REFERENCES installation,
    kind         text NOT NULL CHECK (kind IN ('log_extract', 'resync', 'wipe', 'revoke')),
    body         text,
    signature    text,
    given_by     uuid NOT NULL REFERENCES staff,
    given_at     timestamptz NOT NULL DEFAULT now(),
    -- A second officer, where the kind asks for one.
    agreed_by    uuid REFERENCES staff,
    state        text NOT NULL CHECK (state IN
        ('asked', 'given', 'fetched', 'done', 'failed', 'withdrawn')),
    fetched_at   timestamptz,
    ended_at     timestamptz,
    code         text,
    extract      text,
    receipt      text,
    receipt_signature text,
    CHECK ((kind = 'revoke') = (body IS NULL) AND (body IS NULL) = (signature IS NULL)),
    CHECK (agreed_by IS NULL OR agreed_by <> given_by)
);
CREATE INDEX station_order_open ON station_order (installation)
    WHERE state IN ('given', 'fetched');
CREATE INDEX station_order_of ON station_order (installation, given_at DESC);

ALTER TABLE station_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE station_order FORCE ROW LEVEL SECURITY;
CREATE POLICY whole_city ON station_order TO yizhan_decide USING (true);
GRANT SELECT, INSERT, UPDATE ON station_order TO yizhan_decide;
GRANT SELECT ON station_order TO yizhan_console;
CREATE POLICY own_area ON station_order FOR SELECT TO yizhan_console
    USING (EXISTS (SELECT FROM installation i WHERE i.id = station_order.installation));
