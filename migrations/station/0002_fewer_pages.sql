-- A save writes fewer pages: every index page it touches is encrypted, authenticated and written
-- once more, and that is most of what a durable save costs beside the sync itself.
--
-- So indexes speak of what the centre said (base) and of what is not settled; what only our own
-- pending commands speak of is found through the outbox, whose pending part is small.

-- The last serial given out, up to and with this entry: counted in the log itself.
ALTER TABLE outbox ADD COLUMN serial INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET serial = (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'serial')
WHERE EXISTS (SELECT 1 FROM meta WHERE name = 'serial');
DELETE FROM meta WHERE name = 'serial';

-- 1 once the centre's answer stands in a case row; what was rejected or is held stays open to view.
ALTER TABLE outbox ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET settled = 1 WHERE told = 1 AND outcome ->> '$.outcome' IN ('accepted', 'awaiting');

DROP INDEX outbox_pending;
DROP INDEX outbox_subject;
DROP INDEX outbox_case;
CREATE INDEX outbox_open ON outbox (told, subject, n) WHERE settled = 0;
-- What filed a case is named in its row; only corrections are looked for.
CREATE INDEX outbox_amend ON outbox (case_id, n) WHERE kind = 'amend';

DROP INDEX entity_cases;
DROP INDEX entity_stage;
CREATE INDEX entity_cases ON entity (person) WHERE kind = 'case' AND base IS NOT NULL;
CREATE INDEX entity_stage ON entity (stage, seq) WHERE stage IS NOT NULL AND base IS NOT NULL;

-- Keys are those of base.
DELETE FROM person_key WHERE person IN (SELECT id FROM entity WHERE base IS NULL);

-- Drafts are few, and looked through whole.
DROP INDEX draft_subject;
