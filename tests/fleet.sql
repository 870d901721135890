-- A synthetic fleet for tests of the console: `codes` are communities; every twentieth station has the
-- same trouble. Nobody's data.
WITH codes AS (
    SELECT code, k, gen_random_uuid() AS id, row_number() OVER (PARTITION BY code ORDER BY k) AS place
    FROM unnest($codes$::text[]) WITH ORDINALITY AS c (code, k)
), stations AS (
    INSERT INTO installation (id, kind, community, log_key, link, number, acked, enrolled_at,
        certificate_until)
    SELECT id, 'station', code, decode(repeat('01', 32), 'hex'), decode(repeat('00', 32), 'hex'),
        place, k * 3, now() - interval '40 days',
        now() + CASE k % 20 WHEN 5 THEN interval '3 days' ELSE interval '25 days' END
    FROM codes RETURNING id
)
INSERT INTO contact (installation, seen_at, protocol, version, boots, feed_seq, unsent_commands,
    unsent_pages, audit_n, log_last, lease_serial, clock_off_s, oldest_unsent, unsent_since, held,
    devices, notices, disk_free_bytes, disk_bytes, database_bytes, backup_at)
SELECT id, now() - CASE k % 20 WHEN 0 THEN interval '5 days' WHEN 10 THEN interval '70 hours'
        ELSE make_interval(secs => k % 25) END,
    1, '0.1.0', 40 + k % 30, k * 5, CASE k % 20 WHEN 1 THEN 14 ELSE 0 END,
    CASE k % 20 WHEN 1 THEN 31 ELSE 0 END, 900 + k, k * 3 + CASE k % 20 WHEN 1 THEN 14 ELSE 0 END, 12,
    CASE k % 20 WHEN 4 THEN 5400 WHEN 1 THEN -7 ELSE 0 END,
    CASE k % 20 WHEN 1 THEN now() - interval '31 hours' END,
    CASE k % 20 WHEN 1 THEN now() - interval '30 hours' END,
    CASE k % 20 WHEN 3 THEN 2 ELSE 0 END,
    CASE k % 20 WHEN 8 THEN '[{"kind":"scanner","code":"scanner.none"}]'
        WHEN 2 THEN '[{"kind":"card_reader","code":"reader.none"}]' ELSE '[]' END,
    CASE k % 20 WHEN 9 THEN '{storage.damaged}'::text[] ELSE '{}' END,
    CASE k % 20 WHEN 2 THEN 1::bigint << 30 ELSE 300::bigint << 30 END, 500::bigint << 30,
    (200 + k % 700) << 20,
    now() - CASE k % 20 WHEN 7 THEN interval '12 days' ELSE interval '9 hours' END
FROM codes WHERE k % 20 <> 6 AND (SELECT count(*) FROM stations) > 0;
ANALYZE installation; ANALYZE contact;
