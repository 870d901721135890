//! What people do in a simulated city: residents who ask twice, names that differ, values that two
//! stations change at once, papers, commands that wait for others.

use chrono::{DateTime, TimeDelta, Utc};
use domain::command::Submit;
use domain::identity::Evidence;
use domain::person::FieldChange;
use domain::sync::{Entry, LogAt, link, sha256_hex};
use domain::{Act, Catalog, Command, Division, Id, Identity, Page, Staff};
use ed25519_dalek::{Signer, SigningKey};
use rand::Rng;
use rand::rngs::StdRng;
use station::keys::Installation;
use tests::speaker::resident;
use uuid::Uuid;

use super::rules;

/// So many residents meet at all stations.
pub const RESIDENTS: u32 = 5;

/// On which days they are served.
const DAYS: [&str; 2] = ["2026-11-22", "2026-11-23"];

/// When every simulation begins.
pub fn begin() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_395_600, 0).expect("a time")
}

/// Ids in the order they are drawn, the same for a seed.
pub fn id(rng: &mut StdRng, now_ms: u64) -> Id {
    let millis = begin().timestamp_millis() as u64 + now_ms;
    let random: [u8; 10] = rng.r#gen();
    Id(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

/// Who works at a community.
pub fn clerk(community: &Division) -> Staff {
    Staff {
        id: Id(Uuid::new_v5(&Uuid::NAMESPACE_OID, community.0.as_bytes())),
        name: format!("协理{community}"),
        area: community.clone(),
    }
}

/// A resident, now and then under another name.
pub fn somebody(rng: &mut StdRng) -> Identity {
    let mut who = resident(rng.gen_range(1..=RESIDENTS));
    if rng.gen_bool(0.08) {
        who.name = "王示样".to_owned();
    }
    who
}

/// What a counter knows when somebody files.
pub struct Desk<'a> {
    pub installation: &'a Installation,
    /// By what the counter works.
    pub catalog: &'a Catalog,
    /// Earlier commands of this log.
    pub before: &'a [Id],
    /// Those among them that were rejected or are held.
    pub refused: &'a [Id],
    /// The phone number that the counter shows for this resident.
    pub phone: Option<String>,
    /// The counter's clock, wrong or not.
    pub clock: DateTime<Utc>,
}

/// A filing.
pub fn filing(rng: &mut StdRng, id: Id, who: Identity, desk: &Desk) -> Command {
    let acted_on = DAYS[rng.gen_range(0..DAYS.len())];
    let acted_on = acted_on.parse().expect("a day");
    let mut form = rules::form(desk.catalog, acted_on);
    let mut changes = Vec::new();
    if rng.gen_bool(0.6) {
        let now = format!("139{:08}", rng.gen_range(0..100_000_000));
        form.insert("phone".into(), now.clone());
        changes.push(FieldChange {
            field: "phone".into(),
            was: desk.phone.clone(),
            now,
        });
    }
    let pages = (0..rng.gen_range(0..3)).map(|page| {
        let sha256 = sha256_hex(format!("{id} {page}").as_bytes());
        // One to three parts.
        let size_bytes = 1 + u64::from_str_radix(&sha256[..8], 16).unwrap_or(0) % 700_000;
        Page {
            material: "identity".into(),
            sha256,
            size_bytes,
            media_type: "image/png".into(),
        }
    });
    let pages = match rng.gen_bool(0.3) {
        true => pages.collect(),
        false => Vec::new(),
    };
    let pick = |rng: &mut StdRng, list: &[Id], chance: f64| {
        let wanted = rng.gen_bool(chance) && !list.is_empty();
        wanted.then(|| list[rng.gen_range(0..list.len())])
    };
    Command {
        id,
        after: pick(rng, desk.before, 0.15),
        replaces: pick(rng, desk.refused, 0.3),
        by: clerk(&desk.installation.community),
        acted_on,
        made_at: desk.clock,
        catalogue: desk.catalog.hash.clone(),
        act: Act::Submit(Submit {
            business: rules::BUSINESS.into(),
            community: desk.installation.community.clone(),
            serial: format!("{id}"),
            identity: who,
            evidence: Evidence::Typed {
                reason: "card_damaged".into(),
            },
            answers: form,
            changes,
            pages,
        }),
    }
}

/// The next entry of a log.
pub fn entry(installation: &Installation, at: &LogAt, command: &Command) -> Entry {
    let body = serde_json::to_string(command).expect("a command is JSON");
    entry_of(installation, at, command.id, body)
}

/// The same with words of any kind.
pub fn entry_of(installation: &Installation, at: &LogAt, id: Id, body: String) -> Entry {
    let n = at.last + 1;
    let link = link(&at.link, installation.id, n, id, &body);
    let key = SigningKey::from_bytes(&installation.log_key);
    let signature = key.sign(&hex::decode(&link).expect("a link is hex"));
    Entry {
        n,
        id,
        body,
        signature: hex::encode(signature.to_bytes()),
        link,
    }
}

/// A counter's clock: right, or wrong by up to two days.
pub fn clock(now_ms: u64, off_s: i64) -> DateTime<Utc> {
    begin() + TimeDelta::milliseconds(now_ms as i64) + TimeDelta::seconds(off_s)
}
