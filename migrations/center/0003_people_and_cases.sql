-- Projections of the facts, written in the same transaction. Bodies never hold a document number:
-- it is sealed in `identity`, beside a keyed hash to find it by.

-- One row for everything that is locked before a decision: documents and held commands by keyed
-- hash. Rows, not advisory locks: a push may lock 2,000 of them, and those live in shared memory.
CREATE TABLE entity (
    key bytea PRIMARY KEY
);

CREATE TABLE person (
    id   uuid PRIMARY KEY,
    home text NOT NULL,
    body text NOT NULL
);

-- `shared`: a person recorded that two people really carry this number (重号).
CREATE TABLE identity (
    kind        text NOT NULL,
    number_hash bytea NOT NULL,
    person      uuid NOT NULL REFERENCES person,
    sealed      bytea NOT NULL,
    shared      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (person, kind, number_hash)
);
CREATE UNIQUE INDEX identity_has_one_person ON identity (kind, number_hash) WHERE NOT shared;
CREATE INDEX identity_number ON identity (number_hash);

-- Which feeds carry a person: home, and every community that served them as a visitor.
CREATE TABLE person_feed (
    person uuid NOT NULL REFERENCES person,
    feed   text NOT NULL,
    PRIMARY KEY (person, feed)
);

-- `level` is set while the case lies in an inbox of that level, `due` is when it should leave.
CREATE TABLE cases (
    id       uuid PRIMARY KEY,
    person   uuid NOT NULL REFERENCES person,
    business text NOT NULL,
    filed_at text NOT NULL,
    serial   text NOT NULL,
    acted_on date NOT NULL,
    stage    text NOT NULL,
    step     integer,
    level    text,
    due      date,
    open     boolean NOT NULL,
    version  integer NOT NULL,
    body     text NOT NULL
);
CREATE UNIQUE INDEX cases_one_open ON cases (person, business) WHERE open;
CREATE INDEX cases_person ON cases (person);
CREATE INDEX cases_inbox ON cases (level, filed_at, due) WHERE level IS NOT NULL;
CREATE INDEX cases_awaiting ON cases (id) WHERE stage = 'awaiting_pages';

-- A page's bytes as one community sent them; other communities are not told that they are here.
CREATE TABLE blob (
    feed         text NOT NULL,
    sha256       bytea NOT NULL,
    size_bytes   bigint NOT NULL,
    have         bigint NOT NULL DEFAULT 0,
    sealed_bytes bigint NOT NULL DEFAULT 0,
    stored       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (feed, sha256)
);

CREATE TABLE page (
    case_id    uuid NOT NULL REFERENCES cases,
    ordinal    integer NOT NULL,
    feed       text NOT NULL,
    sha256     bytea NOT NULL,
    media_type text NOT NULL,
    PRIMARY KEY (case_id, ordinal),
    FOREIGN KEY (feed, sha256) REFERENCES blob
);
CREATE INDEX page_blob ON page (feed, sha256);
