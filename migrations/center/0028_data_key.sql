-- By which data key this database is sealed: a keyed hash of a word, which says nothing of the key. A
-- centre that holds another key takes nothing, instead of holding all that it cannot read.
CREATE TABLE data_key (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    hash    bytea NOT NULL CHECK (octet_length(hash) = 32),
    kept_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE data_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE data_key FORCE ROW LEVEL SECURITY;
CREATE POLICY whole_city ON data_key TO yizhan_decide USING (true);
GRANT SELECT, INSERT ON data_key TO yizhan_decide;
