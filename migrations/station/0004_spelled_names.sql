-- People are found by pinyin too, and this community's own first: other keys in `person_key`. The
-- program fills them beside the work, some hundred people at a time; this only says that it is due.
INSERT INTO meta (name, value)
SELECT 'keys_filled_to', '' WHERE EXISTS (SELECT 1 FROM person_key);
