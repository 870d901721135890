-- Which start of which machine was heard last: a copy of a station's disk counts starts as the station
-- does, but draws another number at each.

ALTER TABLE contact ADD COLUMN run uuid;
