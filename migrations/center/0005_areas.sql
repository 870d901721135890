-- The second lock. `yizhan_decide` knows the whole city; `yizhan_console` sees what lies in the
-- area set for the transaction, whatever the query forgot. No area set: no rows.

CREATE FUNCTION yizhan_in_area(place text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN coalesce(current_setting('yizhan.area', true), '') = '' THEN false
        WHEN place IS NULL THEN length(current_setting('yizhan.area', true)) = 4
        ELSE starts_with(place, current_setting('yizhan.area', true))
    END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'installation', 'contact', 'enrolment_code', 'command', 'log', 'held', 'feed', 'fact',
        'entity', 'person', 'identity', 'person_feed', 'cases', 'blob', 'page', 'staff',
        'staff_password', 'login_attempt', 'session', 'audit', 'catalog'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY whole_city ON %I TO yizhan_decide USING (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO yizhan_decide', name);
    END LOOP;
END $$;

GRANT DELETE ON held, page, session, login_attempt, person_feed TO yizhan_decide;

GRANT SELECT ON installation, contact, command, held, person, identity, person_feed, cases, blob,
    page TO yizhan_console;
GRANT SELECT, INSERT ON audit TO yizhan_console;

CREATE POLICY own_area ON installation FOR SELECT TO yizhan_console
    USING (kind = 'station' AND yizhan_in_area(community));
CREATE POLICY own_area ON contact FOR SELECT TO yizhan_console
    USING (EXISTS (SELECT FROM installation i WHERE i.id = contact.installation));
CREATE POLICY own_area ON command FOR SELECT TO yizhan_console USING (yizhan_in_area(feed));
CREATE POLICY own_area ON held FOR SELECT TO yizhan_console USING (yizhan_in_area(feed));
CREATE POLICY own_area ON person_feed FOR SELECT TO yizhan_console USING (yizhan_in_area(feed));
CREATE POLICY own_area ON person FOR SELECT TO yizhan_console
    USING (EXISTS (SELECT FROM person_feed f WHERE f.person = person.id));
CREATE POLICY own_area ON identity FOR SELECT TO yizhan_console
    USING (EXISTS (SELECT FROM person_feed f WHERE f.person = identity.person));
CREATE POLICY own_area ON cases FOR SELECT TO yizhan_console USING (yizhan_in_area(filed_at));
CREATE POLICY own_area ON blob FOR SELECT TO yizhan_console USING (yizhan_in_area(feed));
CREATE POLICY own_area ON page FOR SELECT TO yizhan_console USING (yizhan_in_area(feed));
CREATE POLICY own_area ON audit FOR SELECT TO yizhan_console USING (yizhan_in_area(area));
CREATE POLICY own_hand ON audit FOR INSERT TO yizhan_console
    WITH CHECK (staff::text = current_setting('yizhan.staff', true)
        AND area = current_setting('yizhan.area', true));
