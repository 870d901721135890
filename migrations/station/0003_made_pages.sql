-- Pages made from a camera's picture: how each was made, as JSON (pictures by hash, corners, warnings).
-- The pictures stay sealed beside the pages, so that a page can be made again with other corners.
ALTER TABLE draft_page ADD COLUMN made TEXT;
