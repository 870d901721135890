-- Feeds folded beforehand, for first loads. The bytes lie in the store of pages, sealed; a row says that
-- they are there and what they are. A row that goes is a snapshot withdrawn.
CREATE TABLE snapshot (
    feed         text NOT NULL,
    sha256       bytea NOT NULL CHECK (octet_length(sha256) = 32),
    seq          bigint NOT NULL CHECK (seq > 0),
    format       integer NOT NULL,
    fold         integer NOT NULL,
    size_bytes   bigint NOT NULL CHECK (size_bytes > 0),
    header_bytes bigint NOT NULL CHECK (header_bytes > 0),
    made_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (feed, sha256)
);
CREATE INDEX snapshot_newest ON snapshot (feed, format, fold, seq);

ALTER TABLE snapshot ENABLE ROW LEVEL SECURITY;
ALTER TABLE snapshot FORCE ROW LEVEL SECURITY;
CREATE POLICY whole_city ON snapshot TO yizhan_decide USING (true);
GRANT SELECT, INSERT, DELETE ON snapshot TO yizhan_decide;

-- Who loads a snapshot goes on with the facts behind it: while one is there, those must be too.
CREATE FUNCTION yizhan_floor_is_pinned() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.floor > (SELECT min(seq) FROM snapshot WHERE feed = NEW.id) THEN
        RAISE EXCEPTION 'a snapshot of feed % is offered from before fact %', NEW.id, NEW.floor;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER floor_is_pinned BEFORE UPDATE OF floor ON feed
    FOR EACH ROW WHEN (NEW.floor > OLD.floor) EXECUTE FUNCTION yizhan_floor_is_pinned();
