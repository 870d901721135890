-- What one transaction tells a feed lies in runs: `first` to `seq`, packed and sealed together.
-- `before` is the checksum before the first. Rows from before hold one fact, not packed.
ALTER TABLE fact ADD COLUMN first bigint;
ALTER TABLE fact ADD COLUMN before bytea CHECK (octet_length(before) = 16);
ALTER TABLE fact ADD COLUMN packed boolean NOT NULL DEFAULT false;

UPDATE fact SET first = fact.seq, before = earlier.before
FROM (SELECT feed, seq, coalesce(lag(sum) OVER (PARTITION BY feed ORDER BY seq),
             decode(repeat('00', 16), 'hex')) AS before FROM fact) AS earlier
WHERE fact.feed = earlier.feed AND fact.seq = earlier.seq;

ALTER TABLE fact ALTER COLUMN first SET NOT NULL;
ALTER TABLE fact ALTER COLUMN before SET NOT NULL;
ALTER TABLE fact ADD CHECK (first <= seq);
