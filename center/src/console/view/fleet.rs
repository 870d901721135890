//! What the pages about stations read and write. No resident is in any of it.

use chrono::{DateTime, Utc};
use domain::heartbeat::DeviceTrouble;
use domain::{Division, Id};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::exports::ExportPurpose;
use crate::fleet::Trouble;

/// `GET /api/stations`: the stations of an area, those in trouble first.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct FleetPage {
    /// How many there are in the area that is looked at.
    pub counts: FleetCounts,
    /// How many with each kind of trouble, the most urgent kind first; kinds that nobody has are left
    /// out.
    pub kinds: Vec<KindCount>,
    /// From the reader's own area down to the one that is looked at.
    pub path: Vec<AreaName>,
    /// Its parts, with how many are there.
    pub parts: Vec<PartLine>,
    /// Some of those that were asked for.
    pub rows: Vec<StationLine>,
    /// How many were asked for in all.
    #[ts(type = "number")]
    pub of: u64,
    /// Rows of one page.
    #[ts(type = "number")]
    pub page: i64,
    /// What the reader may export lists for; none where they may not.
    pub purposes: Vec<ExportPurpose>,
}

/// How many stations.
#[derive(Clone, Copy, Debug, Default, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct FleetCounts {
    /// May speak.
    #[ts(type = "number")]
    pub all: u64,
    /// Somebody must see to them.
    #[ts(type = "number")]
    pub troubled: u64,
    /// Not heard of for long.
    #[ts(type = "number")]
    pub silent: u64,
    /// Never heard of.
    #[ts(type = "number")]
    pub never: u64,
    /// May not speak any more.
    #[ts(type = "number")]
    pub revoked: u64,
}

/// How many have one kind of trouble.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct KindCount {
    /// Which.
    pub kind: Trouble,
    /// How many.
    #[ts(type = "number")]
    pub stations: u64,
}

/// A division by name.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct AreaName {
    /// Its code.
    pub area: Division,
    /// Its name.
    pub name: String,
}

/// A part of an area.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct PartLine {
    /// Its code.
    pub area: Division,
    /// Its name.
    pub name: String,
    /// Stations that may speak.
    #[ts(type = "number")]
    pub stations: u64,
    /// Those in trouble.
    #[ts(type = "number")]
    pub troubled: u64,
}

/// A station of the reader's area.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct StationLine {
    /// Which machine.
    pub installation: Id,
    /// Where.
    pub community: Division,
    /// That community's name.
    pub community_name: String,
    /// The names of its county and street.
    pub within: Vec<String>,
    /// The machine's number there.
    pub number: Option<i32>,
    /// Since when it belongs to the city.
    #[ts(type = "string")]
    pub enrolled_at: DateTime<Utc>,
    /// When its right to speak was withdrawn.
    #[ts(type = "string | null")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Until when its newest certificate holds.
    #[ts(type = "string | null")]
    pub certificate_until: Option<DateTime<Utc>>,
    /// Its last word.
    #[ts(type = "string | null")]
    pub seen_at: Option<DateTime<Utc>>,
    /// When a newer word of how it is came by ferry; what was unsent is told by the line alone.
    #[ts(type = "string | null")]
    pub ferry_at: Option<DateTime<Utc>>,
    /// Commands the centre has.
    #[ts(type = "number")]
    pub acked: u64,
    /// What it said then.
    pub said: Option<StationSaid>,
    /// What is wrong, the most urgent first.
    pub troubles: Vec<Trouble>,
}

/// What a station said of itself last.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct StationSaid {
    /// Its program's version.
    pub version: String,
    /// The protocol it speaks.
    pub protocol: i32,
    /// How often its exchange was started.
    #[ts(type = "number")]
    pub boots: u64,
    /// How far the feed is folded there.
    #[ts(type = "number")]
    pub feed_seq: u64,
    /// Where its log ended.
    #[ts(type = "number")]
    pub log_last: u64,
    /// The serial number of its lease.
    #[ts(type = "number")]
    pub lease_serial: u64,
    /// Records of its audit.
    #[ts(type = "number")]
    pub audit_n: u64,
    /// Seconds that its clock was ahead.
    #[ts(type = "number | null")]
    pub clock_off_s: Option<i64>,
    /// Devices that are missed.
    #[ts(type = "Array<{ kind: string, code: string }>")]
    pub devices: Vec<DeviceTrouble>,
    /// What its own notices say.
    pub notices: Vec<String>,
    /// What may still be written on its disk.
    #[ts(type = "number | null")]
    pub disk_free_bytes: Option<u64>,
    /// What its disk holds.
    #[ts(type = "number | null")]
    pub disk_bytes: Option<u64>,
    /// Its database.
    #[ts(type = "number | null")]
    pub database_bytes: Option<u64>,
    /// Its last good backup.
    #[ts(type = "string | null")]
    pub backup_at: Option<DateTime<Utc>>,
    /// Whether it works by the catalogue in force; None from a program that does not say.
    pub has_catalogue: Option<bool>,
    /// Commands it had not sent.
    #[ts(type = "number")]
    pub unsent_commands: u64,
    /// Pages it had not sent.
    #[ts(type = "number")]
    pub unsent_pages: u64,
    /// Since when something waits.
    #[ts(type = "string | null")]
    pub waits_since: Option<DateTime<Utc>>,
    /// Commands that somebody has to settle.
    #[ts(type = "number")]
    pub held: u64,
    /// Commands that were rejected and not repaired.
    #[ts(type = "number")]
    pub refused: u64,
}

/// `GET /api/stations/{installation}`: one station, whole.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct StationPage {
    /// As it is listed.
    pub line: StationLine,
    /// Where its community's feed ends.
    #[ts(type = "number")]
    pub feed_head: u64,
    /// The last record of its audit that was told in time.
    pub anchored: Option<Anchored>,
    /// Its audit is not what had been seen of it: those that nobody looked into first.
    pub alarms: Vec<AuditAlarm>,
    /// Hours of full work without contact.
    pub full_hours: u32,
    /// Hours until nothing new is captured any more.
    pub capture_hours: u32,
    /// Whether the reader may give orders.
    pub may_order: bool,
    /// The last orders, the newest first.
    pub orders: Vec<OrderLine>,
}

/// A station's audit that went back, or differs from what had been seen; or a second machine that spoke.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct AuditAlarm {
    /// `back`, `differs` or `copied`.
    pub what: String,
    /// The record it told; of a second machine how often it was started.
    #[ts(type = "number")]
    pub n: u64,
    /// How far it had been seen; how often the machine that was heard before was started.
    #[ts(type = "number")]
    pub seen: u64,
    /// When.
    #[ts(type = "string")]
    pub at: DateTime<Utc>,
    /// The station says that its database was made anew, and that its chain goes on behind this record.
    #[ts(type = "number | null")]
    pub rebuilt: Option<u64>,
    /// Who looked into it.
    pub looked: Option<LookedInto>,
}

/// Who looked into an alarm.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct LookedInto {
    /// Who, by name.
    pub by: String,
    /// What they found.
    pub words: String,
    /// When.
    #[ts(type = "string")]
    pub at: DateTime<Utc>,
}

/// `POST /api/stations/{installation}/alarms/seen`
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct AlarmWord {
    /// Up to the last alarm that was shown.
    #[ts(type = "string")]
    pub until: DateTime<Utc>,
    /// What was found.
    pub words: String,
}

/// What a station cannot take back of its audit.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct Anchored {
    /// Up to this record.
    #[ts(type = "number")]
    pub n: u64,
    /// When it was told.
    #[ts(type = "string")]
    pub at: DateTime<Utc>,
}

/// What an officer may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "console/")]
pub enum OrderKind {
    /// The last lines of what the program noted.
    LogExtract,
    /// The feed is loaded anew.
    Resync,
    /// It may not speak any more.
    Revoke,
    /// Keys and data are destroyed.
    Wipe,
    /// It serves another community.
    Remap,
}

impl OrderKind {
    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            OrderKind::LogExtract => "log_extract",
            OrderKind::Resync => "resync",
            OrderKind::Revoke => "revoke",
            OrderKind::Wipe => "wipe",
            OrderKind::Remap => "remap",
        }
    }
}

/// `POST /api/stations/{installation}/orders`
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct OrderWord {
    /// What to do.
    pub kind: OrderKind,
    /// The community's name, typed by hand, for what cannot be undone.
    #[serde(default)]
    pub name: String,
    /// A wipe also while something is unsent, which is lost.
    #[serde(default)]
    pub even_if_unsent: bool,
    /// Where it goes.
    #[serde(default)]
    pub to: Option<Division>,
    /// Those who work for the old community go along.
    #[serde(default)]
    pub with_staff: bool,
}

/// One order and what became of it.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct OrderLine {
    /// Which.
    pub order: Id,
    /// `log_extract`, `resync`, `wipe`, `revoke` or `remap`.
    pub kind: String,
    /// `asked`, `given`, `fetched`, `done`, `failed` or `withdrawn`.
    pub state: String,
    /// Who gave it.
    pub by: String,
    /// Whether that is the reader.
    pub mine: bool,
    /// When.
    #[ts(type = "string")]
    pub at: DateTime<Utc>,
    /// The second officer.
    pub agreed_by: Option<String>,
    /// When the station got it.
    #[ts(type = "string | null")]
    pub fetched_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[ts(type = "string | null")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was not carried out.
    pub code: Option<String>,
    /// Whether a log's extract came of it.
    pub has_text: bool,
    /// What the station said before its keys went.
    pub receipt: Option<WipeReceipt>,
}

/// A wipe's receipt.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct WipeReceipt {
    /// When, by the station's clock.
    #[ts(type = "string")]
    pub at: DateTime<Utc>,
    /// Where its log ended.
    #[ts(type = "number")]
    pub log_last: u64,
    /// Commands lost.
    #[ts(type = "number")]
    pub unsent_commands: u64,
    /// Pages lost.
    #[ts(type = "number")]
    pub unsent_pages: u64,
    /// Forms under way lost.
    #[ts(type = "number")]
    pub drafts: u64,
    /// Ed25519 of the station's log key, hex.
    pub signature: String,
}

/// A log's extract.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct OrderText {
    /// Lines.
    pub text: String,
}
