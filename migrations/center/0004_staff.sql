-- Who works where, how they log in, what they looked at.

CREATE TABLE staff (
    id     uuid PRIMARY KEY,
    login  text NOT NULL UNIQUE,
    name   text NOT NULL,
    area   text NOT NULL,
    role   text NOT NULL CHECK (role IN ('station', 'reviewer', 'query')),
    active boolean NOT NULL DEFAULT true
);

CREATE TABLE staff_password (
    staff uuid PRIMARY KEY REFERENCES staff,
    hash  text NOT NULL
);

-- Wrong passwords by the name typed, whether or not there is such a name.
CREATE TABLE login_attempt (
    login      text PRIMARY KEY,
    wrong      integer NOT NULL,
    wait_until timestamptz,
    last_at    timestamptz NOT NULL
);

CREATE TABLE session (
    token_hash bytea PRIMARY KEY,
    staff      uuid NOT NULL REFERENCES staff,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now()
);

-- Reads of a full citizen number.
CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    staff   uuid NOT NULL REFERENCES staff,
    area    text NOT NULL,
    case_id uuid NOT NULL REFERENCES cases,
    reason  text NOT NULL
);

CREATE TABLE catalog (
    hash    text PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
);
