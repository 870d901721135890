-- Commands up, facts down: the logs of the installations, what became of each command, the feeds.

-- `community` is the feed of a station; the centre's own logs have none.
CREATE TABLE installation (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('station', 'centre')),
    community   text,
    log_key     bytea NOT NULL CHECK (octet_length(log_key) = 32),
    acked       bigint NOT NULL DEFAULT 0,
    link        bytea NOT NULL CHECK (octet_length(link) = 32),
    enrolled_at timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz,
    CHECK ((kind = 'station') = (community IS NOT NULL))
);

-- What an installation said last; apart from the row that a push locks.
CREATE TABLE contact (
    installation    uuid PRIMARY KEY REFERENCES installation,
    seen_at         timestamptz NOT NULL,
    protocol        integer NOT NULL,
    version         text NOT NULL,
    boots           bigint NOT NULL,
    feed_seq        bigint NOT NULL,
    unsent_commands bigint NOT NULL,
    unsent_pages    bigint NOT NULL
);

CREATE TABLE enrolment_code (
    code_hash    bytea PRIMARY KEY,
    community    text NOT NULL,
    expires_at   timestamptz NOT NULL,
    installation uuid REFERENCES installation
);

-- `content_hash` is keyed: a body holds a citizen number, and a plain hash could be guessed at.
-- `facts` counts what was told with this command as cause, so that facts told later get new ids.
CREATE TABLE command (
    id           uuid PRIMARY KEY,
    installation uuid NOT NULL REFERENCES installation,
    feed         text,
    content_hash bytea NOT NULL,
    body         bytea NOT NULL,
    outcome      text NOT NULL,
    state        text NOT NULL CHECK (state IN ('accepted', 'awaiting', 'rejected', 'held')),
    facts        integer NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now()
);

-- A position has one link for ever. Two positions may name one command (a log that was renumbered).
CREATE TABLE log (
    installation uuid NOT NULL REFERENCES installation,
    n            bigint NOT NULL,
    command      uuid NOT NULL REFERENCES command,
    link         bytea NOT NULL,
    signature    bytea NOT NULL,
    PRIMARY KEY (installation, n)
);

-- Commands that a person, or another command (`waits_for`), must settle first.
CREATE TABLE held (
    command   uuid PRIMARY KEY REFERENCES command,
    feed      text,
    reason    text NOT NULL,
    waits_for uuid,
    since     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX held_waits_for ON held (waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX held_feed ON held (feed);

CREATE TABLE feed (
    id    text PRIMARY KEY,
    head  bigint NOT NULL DEFAULT 0,
    floor bigint NOT NULL DEFAULT 0,
    sum   bytea NOT NULL CHECK (octet_length(sum) = 16)
);

-- Primary key only: a feed is read by position and in no other way.
CREATE TABLE fact (
    feed text NOT NULL,
    seq  bigint NOT NULL,
    sum  bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (feed, seq)
);
