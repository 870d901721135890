-- A page's parts are objects of their own: there is no file to cut back.
ALTER TABLE blob DROP COLUMN sealed_bytes;
