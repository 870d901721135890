//! The stations of an area with what is wrong with each, judged at the moment of the question: silence
//! grows without anybody writing anything, so no rank is kept.

use chrono::{DateTime, Utc};
use domain::heartbeat::DeviceTrouble;
use domain::sync::LeaseTerms;
use domain::{Division, Id};
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::Result;
use crate::fleet::{Limits, Trouble};

/// A station whose log went on in a new one is that new one (`gone_on`), unless it was heard of since: of a
/// copied pair both may speak, and so does a machine that was believed lost. It stands behind `OFFSET 0`
/// where it is used, so that each station is judged once and not for every count.
const FLEET: &str = r#"
    SELECT i.id, i.community, i.number, i.acked, i.enrolled_at, i.revoked_at, i.certificate_until,
        c.seen_at, c.ferry_at, c.protocol, c.version, c.boots, c.feed_seq, c.log_last, c.lease_serial,
        c.audit_n, c.clock_off_s, c.devices, c.notices, c.disk_free_bytes, c.disk_bytes,
        c.database_bytes, c.backup_at, coalesce(c.unsent_commands, 0) AS unsent_commands,
        coalesce(c.unsent_pages, 0) AS unsent_pages, coalesce(c.held, 0) AS held,
        coalesce(c.refused, 0) AS refused, c.bundle,
        EXISTS (SELECT FROM installation n WHERE n.parent = i.id AND (i.revoked_at IS NOT NULL
            OR n.revoked_at IS NULL AND coalesce(c.seen_at < n.enrolled_at, true))) AS gone_on,
        least(c.oldest_unsent, c.unsent_since) AS waits_since,
        CASE WHEN i.revoked_at IS NOT NULL THEN '{}' ELSE array_remove(ARRAY[
            CASE WHEN w.audit THEN 0 END,
            CASE WHEN w.copied OR c.notices && '{storage.damaged,log.conflict}' THEN 1 END,
            CASE WHEN c.seen_at < now() - make_interval(hours => $3) THEN 2 END,
            CASE WHEN c.seen_at < now() - make_interval(hours => $4) THEN 3 END,
            CASE WHEN least(c.oldest_unsent, c.unsent_since) < now() - make_interval(hours => $5)
                THEN 4 END,
            CASE WHEN c.disk_free_bytes * 100 < c.disk_bytes * $6
                OR c.disk_free_bytes < $7 THEN 5 END,
            CASE WHEN c.held > 0 THEN 6 END,
            CASE WHEN abs(c.clock_off_s) > $8 THEN 7 END,
            CASE WHEN i.certificate_until < now() + make_interval(days => $9) THEN 8 END,
            CASE WHEN c.seen_at IS NULL
                AND i.enrolled_at < now() - make_interval(hours => $10) THEN 9 END,
            CASE WHEN coalesce(c.backup_at, i.enrolled_at) < now() - make_interval(days => $11)
                AND c.disk_bytes IS NOT NULL THEN 10 END,
            CASE WHEN c.devices <> '[]' THEN 11 END,
            CASE WHEN c.notices && '{station.too_old}'
                OR string_to_array(substring(c.version FROM '^(?:\d{1,5}\.){2}\d{1,5}'), '.')
                ::int[] < $12::int[] THEN 12 END,
            CASE WHEN c.bundle <> (SELECT sha256 FROM bundle
                WHERE named_at = (SELECT max(named_at) FROM bundle)
                AND named_at < now() - make_interval(hours => $13)) THEN 13 END
        ], NULL) END AS troubles
    FROM installation i LEFT JOIN contact c ON c.installation = i.id
        LEFT JOIN (SELECT a.installation, bool_or(a.what <> 'copied') AS audit,
                bool_or(a.what = 'copied') AS copied
            FROM witness_alarm a LEFT JOIN witness_alarm_seen s USING (installation, n, hash)
            WHERE s.seen_by IS NULL GROUP BY 1) w ON w.installation = i.id
    WHERE i.kind = 'station' AND i.community COLLATE "C" >= $1 AND i.community COLLATE "C" < $2"#;

/// One station as the console lists it.
pub struct Station {
    /// Its id.
    pub installation: Id,
    /// Its community.
    pub community: Division,
    /// Its number there.
    pub number: Option<i32>,
    /// Commands taken.
    pub acked: u64,
    /// Since when it belongs to the city.
    pub enrolled_at: DateTime<Utc>,
    /// When its right to speak was withdrawn.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Until when its newest certificate holds.
    pub certificate_until: Option<DateTime<Utc>>,
    /// Last hello; None before the first.
    pub seen_at: Option<DateTime<Utc>>,
    /// When a newer word of how it is came by ferry.
    pub ferry_at: Option<DateTime<Utc>>,
    /// What it said then.
    pub said: Option<Said>,
    /// What is wrong, the most urgent first.
    pub troubles: Vec<Trouble>,
}

/// What a station said last.
pub struct Said {
    /// Its protocol.
    pub protocol: i32,
    /// Its program's version.
    pub version: String,
    /// Starts counted.
    pub boots: u64,
    /// How far the feed is folded there.
    pub feed_seq: u64,
    /// Where its log ended.
    pub log_last: u64,
    /// The lease it held.
    pub lease_serial: u64,
    /// The last record of its audit.
    pub audit_n: u64,
    /// How far its clock was ahead; None from a program that does not say.
    pub clock_off_s: Option<i64>,
    /// Devices that are missed.
    pub devices: Vec<DeviceTrouble>,
    /// What its own notices say.
    pub notices: Vec<String>,
    /// Room on its disk.
    pub disk_free_bytes: Option<u64>,
    /// The disk.
    pub disk_bytes: Option<u64>,
    /// Its database.
    pub database_bytes: Option<u64>,
    /// Its last good backup.
    pub backup_at: Option<DateTime<Utc>>,
    /// Commands it had not sent.
    pub unsent_commands: u64,
    /// Pages it had not sent.
    pub unsent_pages: u64,
    /// Since when something waits.
    pub waits_since: Option<DateTime<Utc>>,
    /// Commands that somebody has to settle.
    pub held: u64,
    /// Commands that were rejected and not repaired.
    pub refused: u64,
    /// The address of the catalogue it works by, hex; None from a program that does not say.
    pub bundle: Option<String>,
}

/// What is judged by.
pub struct Judge<'a> {
    /// The limits.
    pub limits: &'a Limits,
    /// What leases say.
    pub terms: &'a LeaseTerms,
}

/// Which of an area's stations.
pub struct Which<'a> {
    /// The area.
    pub area: &'a Division,
    /// Only those with this trouble.
    pub trouble: Option<Trouble>,
    /// Only those in trouble.
    pub troubled: bool,
    /// Only those of these communities.
    pub communities: Option<&'a [String]>,
    /// Only this one, also when its log went on in a new one.
    pub installation: Option<Id>,
    /// Those before are left out …
    pub offset: i64,
    /// … and those behind so many.
    pub limit: i64,
}

/// How many there are in a part of an area.
pub struct Counted {
    /// The part, by the beginning of its code.
    pub part: Division,
    /// Stations that may speak.
    pub stations: u64,
    /// Those in trouble.
    pub troubled: u64,
    /// How many with each kind of trouble, by its place.
    pub kinds: Vec<u64>,
    /// Those whose right to speak was withdrawn.
    pub revoked: u64,
}

/// Stations, those that somebody must see to first; with how many there are of them in all.
pub async fn list(
    tx: &Tx<'_>,
    judge: &Judge<'_>,
    which: &Which<'_>,
) -> Result<(Vec<Station>, u64)> {
    let statement = format!(
        "SELECT fleet.*, count(*) OVER () AS of FROM (SELECT * FROM ({FLEET}) AS judged OFFSET 0) AS fleet
         WHERE ($14::int IS NULL OR $14 = ANY (troubles))
             AND (NOT $15 OR cardinality(troubles) > 0)
             AND ($16::text[] IS NULL OR community = ANY ($16))
             AND CASE WHEN $17::uuid IS NULL THEN NOT gone_on ELSE id = $17 END
         ORDER BY revoked_at IS NOT NULL, troubles[1] NULLS LAST,
             CASE WHEN cardinality(troubles) > 0 THEN seen_at END NULLS FIRST, community, number, id
         OFFSET $18 LIMIT $19"
    );
    let bounds = Bounds::of(judge, which.area);
    let place = which.trouble.map(Trouble::place);
    let installation = which.installation.map(|id| id.0);
    let mut params = bounds.params();
    params.extend([
        &place as &(dyn tokio_postgres::types::ToSql + Sync),
        &which.troubled,
        &which.communities,
        &installation,
        &which.offset,
        &which.limit,
    ]);
    let rows = super::rows(tx, &statement, &params).await?;
    let of = rows.first().map_or(Ok(0), |row| super::count(row, "of"))?;
    Ok((rows.iter().map(read).collect::<Result<_>>()?, of))
}

/// The parts of an area with how many are there; `digits` is the length of a part's code.
pub async fn count(
    tx: &Tx<'_>,
    judge: &Judge<'_>,
    area: &Division,
    digits: i32,
) -> Result<Vec<Counted>> {
    let kinds: Vec<String> = Trouble::ALL
        .iter()
        .map(|kind| format!("count(*) FILTER (WHERE {} = ANY (troubles))", kind.place()))
        .collect();
    let statement = format!(
        "SELECT left(community, $14) AS part, count(*) FILTER (WHERE revoked_at IS NULL) AS stations,
             count(*) FILTER (WHERE cardinality(troubles) > 0) AS troubled,
             count(*) FILTER (WHERE revoked_at IS NOT NULL) AS revoked, ARRAY[{}] AS kinds
         FROM (SELECT community, revoked_at, troubles FROM ({FLEET}) AS judged
             WHERE NOT gone_on OFFSET 0) AS fleet
         GROUP BY 1 ORDER BY 1",
        kinds.join(", ")
    );
    let bounds = Bounds::of(judge, area);
    let mut params = bounds.params();
    params.push(&digits);
    let rows = super::rows(tx, &statement, &params).await?;
    let counted = |row: &Row| {
        let kinds: Vec<i64> = row.try_get("kinds")?;
        Ok(Counted {
            part: Division(row.try_get("part")?),
            stations: super::count(row, "stations")?,
            troubled: super::count(row, "troubled")?,
            kinds: kinds
                .into_iter()
                .map(|of| u64::try_from(of).unwrap_or(0))
                .collect(),
            revoked: super::count(row, "revoked")?,
        })
    };
    rows.iter().map(counted).collect()
}

/// The parameters that every question begins with.
struct Bounds<'a> {
    from: &'a str,
    to: String,
    hours: [i32; 5],
    disk_free_percent: i64,
    disk_free_bytes: i64,
    clock_off_s: i64,
    days: [i32; 2],
    version: &'a [i32],
}

impl<'a> Bounds<'a> {
    fn of(judge: &Judge<'a>, area: &'a Division) -> Bounds<'a> {
        let limits = judge.limits;
        let short = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
        let lease = i64::from(judge.terms.full_hours) - limits.lease_hours_left;
        Bounds {
            from: &area.0,
            // Behind every digit.
            to: format!("{}:", area.0),
            hours: [
                lease.max(0),
                limits.silent_hours,
                limits.unsent_hours,
                limits.never_hours,
                limits.catalogue_hours,
            ]
            .map(short),
            disk_free_percent: limits.disk_free_percent,
            disk_free_bytes: limits.disk_free_gib << 30,
            clock_off_s: limits.clock_off_s,
            days: [limits.certificate_days, limits.backup_days].map(short),
            version: &limits.oldest_version,
        }
    }

    fn params(&self) -> Vec<&(dyn tokio_postgres::types::ToSql + Sync)> {
        let [lease, silent, unsent, never, catalogue] = &self.hours;
        let [certificate, backup] = &self.days;
        vec![
            &self.from,
            &self.to,
            lease,
            silent,
            unsent,
            &self.disk_free_percent,
            &self.disk_free_bytes,
            &self.clock_off_s,
            certificate,
            never,
            backup,
            &self.version,
            catalogue,
        ]
    }
}

fn read(row: &Row) -> Result<Station> {
    let places: Vec<i32> = row.try_get("troubles")?;
    let seen_at: Option<DateTime<Utc>> = row.try_get("seen_at")?;
    Ok(Station {
        installation: Id(row.try_get("id")?),
        community: Division(row.try_get("community")?),
        number: row.try_get("number")?,
        acked: super::count(row, "acked")?,
        enrolled_at: row.try_get("enrolled_at")?,
        revoked_at: row.try_get("revoked_at")?,
        certificate_until: row.try_get("certificate_until")?,
        said: seen_at.map(|_| said(row)).transpose()?,
        seen_at,
        ferry_at: row.try_get("ferry_at")?,
        troubles: places.into_iter().filter_map(Trouble::at).collect(),
    })
}

fn said(row: &Row) -> Result<Said> {
    let bytes = |column: &str| -> Result<Option<u64>> {
        let value: Option<i64> = row.try_get(column)?;
        Ok(value.and_then(|value| u64::try_from(value).ok()))
    };
    let devices: String = row.try_get("devices")?;
    let bundle: Option<&[u8]> = row.try_get("bundle")?;
    Ok(Said {
        protocol: row.try_get("protocol")?,
        version: row.try_get("version")?,
        boots: super::count(row, "boots")?,
        feed_seq: super::count(row, "feed_seq")?,
        log_last: super::count(row, "log_last")?,
        lease_serial: super::count(row, "lease_serial")?,
        audit_n: super::count(row, "audit_n")?,
        clock_off_s: row.try_get("clock_off_s")?,
        devices: super::json(&devices, "devices of a station")?,
        notices: row.try_get("notices")?,
        disk_free_bytes: bytes("disk_free_bytes")?,
        disk_bytes: bytes("disk_bytes")?,
        database_bytes: bytes("database_bytes")?,
        backup_at: row.try_get("backup_at")?,
        unsent_commands: super::count(row, "unsent_commands")?,
        unsent_pages: super::count(row, "unsent_pages")?,
        waits_since: row.try_get("waits_since")?,
        held: super::count(row, "held")?,
        refused: super::count(row, "refused")?,
        bundle: bundle.map(hex::encode),
    })
}
