-- When the rule of what is kept first came by a form after its last change, by the centre's clock: ours may
-- have been wrong when the form was saved.
ALTER TABLE draft ADD COLUMN idle_since TEXT;
