-- A station's store: what came from the centre (entity, base), what was done here (outbox), what it
-- looks like together (entity, view), pages to send, and forms under way.
-- Never edited: the next change is the next file.

-- Single values: where the feed and the log stand, the local serial, sealed keys.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- A person or a case, as JSON. `base` is the fold of the facts, NULL for what only a command of our
-- own speaks of; `view` is base with our pending commands replayed, NULL when that changes nothing.
CREATE TABLE entity (
    id     BLOB PRIMARY KEY NOT NULL,
    kind   TEXT NOT NULL CHECK (kind IN ('person', 'case')),
    person BLOB NOT NULL,
    stage  TEXT,
    seq    INTEGER NOT NULL,
    base   TEXT,
    view   TEXT,
    CHECK (base IS NOT NULL OR view IS NOT NULL)
);
CREATE INDEX entity_cases ON entity (person) WHERE kind = 'case';
CREATE INDEX entity_stage ON entity (stage, seq) WHERE stage IS NOT NULL;

-- The installation's own log. `body` is kept word for word. `told` is set once a fact it caused
-- has arrived; until then it is replayed.
CREATE TABLE outbox (
    n         INTEGER PRIMARY KEY,
    command   BLOB NOT NULL UNIQUE,
    subject   TEXT NOT NULL,
    case_id   BLOB NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('submit', 'amend')),
    body      TEXT NOT NULL,
    link      TEXT NOT NULL,
    signature TEXT NOT NULL,
    told      INTEGER NOT NULL DEFAULT 0,
    outcome   TEXT
);
CREATE INDEX outbox_pending ON outbox (subject, n) WHERE told = 0;
CREATE INDEX outbox_subject ON outbox (subject, n);
CREATE INDEX outbox_case ON outbox (case_id, n);

-- Pages that commands name, in the order they were submitted.
CREATE TABLE page_out (
    place      INTEGER PRIMARY KEY,
    sha256     TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    sent       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX page_out_unsent ON page_out (place) WHERE sent = 0;

-- What a person is found by: 'd:' keyed hash of the number, 'l:' its last four, 'n:' name,
-- 'p:' phone.
CREATE TABLE person_key (
    key    TEXT NOT NULL,
    person BLOB NOT NULL,
    PRIMARY KEY (key, person)
) WITHOUT ROWID;

-- Forms under way: local, never sent.
CREATE TABLE draft (
    id       BLOB PRIMARY KEY NOT NULL,
    business TEXT NOT NULL,
    subject  TEXT NOT NULL,
    case_id  BLOB,
    saved_at TEXT NOT NULL,
    body     TEXT NOT NULL
);
CREATE INDEX draft_subject ON draft (subject);

CREATE TABLE draft_page (
    page       TEXT PRIMARY KEY NOT NULL,
    draft      BLOB NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    place      INTEGER NOT NULL,
    material   TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    media_type TEXT NOT NULL
);
CREATE INDEX draft_page_draft ON draft_page (draft, place);

-- What was taken away and can be brought back.
CREATE TABLE removed (
    token      TEXT PRIMARY KEY NOT NULL,
    removed_at TEXT NOT NULL,
    body       TEXT NOT NULL
) WITHOUT ROWID;

-- Facts from a newer program, word for word, until one that can read them folds them.
CREATE TABLE unread_fact (
    seq    INTEGER PRIMARY KEY,
    entity BLOB NOT NULL,
    body   TEXT NOT NULL
);
