-- What the sync page asks for without looking at every row.

-- Answers of a person that were changed twice and that nobody has settled: few people have any.
ALTER TABLE entity ADD COLUMN conflicts INTEGER NOT NULL DEFAULT 0;
UPDATE entity SET conflicts = (
    SELECT count(*) FROM json_each(base, '$.conflicts') AS conflict
    WHERE base ->> ('$.known."' || (conflict.value ->> '$.field') || '"') = conflict.value ->> '$.kept')
WHERE kind = 'person' AND json_array_length(base, '$.conflicts') > 0;
CREATE INDEX entity_conflicts ON entity (seq) WHERE conflicts > 0;

-- Whether a command that was refused has been repaired. Few repair another: a save writes no page more.
CREATE INDEX outbox_replaces ON outbox (body ->> '$.replaces') WHERE body ->> '$.replaces' IS NOT NULL;
