-- How many commands are held is told with every hello, however long ago they were filed. Few are: a save
-- writes no page more.
CREATE INDEX outbox_held ON outbox (n)
    WHERE settled = 0 AND told = 1 AND outcome ->> '$.outcome' = 'held';
