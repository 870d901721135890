-- A log that goes on from another one: it has no positions up to `parent_n`, those are the parent's.
ALTER TABLE installation ADD COLUMN parent uuid REFERENCES installation;
ALTER TABLE installation ADD COLUMN parent_n bigint NOT NULL DEFAULT 0 CHECK (parent_n >= 0);

-- A code that was given for one machine's new log enrols no other.
ALTER TABLE enrolment_code ADD COLUMN parent uuid REFERENCES installation;
