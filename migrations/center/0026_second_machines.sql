-- A second machine that speaks as one station is an alarm too. There `n` is how often it says it was
-- started, `seen_n` how often the one that was heard before was, and `hash` stands for what it drew at its
-- start: one alarm for each start of a second machine.
ALTER TABLE witness_alarm DROP CONSTRAINT witness_alarm_what_check;
ALTER TABLE witness_alarm ADD CONSTRAINT witness_alarm_what_check
    CHECK (what IN ('back', 'differs', 'copied'));
