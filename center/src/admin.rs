//! What is done at the centre's own machine: staff, one-time codes, revocations, imports; and the
//! one check of a password.

pub mod backup;
pub mod demo;

use std::path::Path;

use audit::Event;
use audit::event::{Entered, PasswordSet};
use chrono::{DateTime, Duration, Utc};
use domain::command::RecordEmployment;
use domain::{Act, Division, Id, Outcome, Staff};
use uuid::Uuid;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::enrolment_code::Code;
use crate::store::staff::{Member, Role};
use crate::{Center, attempts, database, enrol, keys, password, refusal, store};

/// How long a one-time code may be used.
const CODE_HOURS: i64 = 24;
/// How long a station that has to serve another community may take.
const REMAP_DAYS: i64 = 30;
/// Longest log-in name.
const LOGIN_LIMIT: usize = 64;

/// Makes the folder with its configuration; an existing one is kept.
pub fn init(config: &Config) -> Result<()> {
    keys::make_folder(&config.dir)?;
    if config.dir.join(crate::config::FILE).exists() {
        return Ok(());
    }
    config.write()
}

/// The city CA's fingerprint in groups of four: what the city publishes, and what a person at a
/// new station compares.
pub fn fingerprint(dir: &Path) -> Result<String> {
    let whole = crate::ca::Ca::open_or_make(dir)?.fingerprint()?;
    let groups: Vec<_> = (0..whole.len() / 4)
        .map(|at| &whole[at * 4..at * 4 + 4])
        .collect();
    Ok(groups.join(" "))
}

/// A one-time code for a new installation of a community.
pub async fn code(center: &Center, community: &Division) -> Result<String> {
    let exists = center.divisions.knows(community);
    if !exists || community.level() != domain::division::Level::Community {
        return Err(Error::Usage(format!("{community} is no community")));
    }
    let good_for = Code {
        community: community.clone(),
        parent: None,
    };
    let holds = Duration::hours(CODE_HOURS);
    Ok(code_for(center, &good_for, None, holds).await?.0)
}

/// A one-time code for one machine whose log has to go on in a new one, by somebody at the console,
/// and until when it holds.
pub async fn code_for_new_log(
    center: &Center,
    by: &Staff,
    community: &Division,
    parent: Id,
) -> Result<(String, DateTime<Utc>)> {
    let good_for = Code {
        community: community.clone(),
        parent: Some(parent),
    };
    code_for(center, &good_for, Some(by), Duration::hours(CODE_HOURS)).await
}

/// A one-time code with which one machine goes on at another community. It waits as long as an order
/// does: the machine may be cut off for days.
pub async fn code_for_remap(
    center: &Center,
    by: &Staff,
    community: &Division,
    parent: Id,
) -> Result<String> {
    let good_for = Code {
        community: community.clone(),
        parent: Some(parent),
    };
    let holds = Duration::days(REMAP_DAYS);
    Ok(code_for(center, &good_for, Some(by), holds).await?.0)
}

async fn code_for(
    center: &Center,
    good_for: &Code,
    by: Option<&Staff>,
    holds: Duration,
) -> Result<(String, DateTime<Utc>)> {
    let parts = [(); 3].map(|()| password::random_text(4));
    let code = parts.join("-");
    let hash = enrol::code_hash(center, &code);
    let until = Utc::now() + holds;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::enrolment_code::add(&tx, &hash, good_for, until).await?;
    let event = Event::EnrolmentCodeMade {
        community: good_for.community.0.clone(),
    };
    store::audit::append(&tx, by, &event).await?;
    tx.commit().await?;
    Ok((code, until))
}

/// Adds a staff member.
pub async fn add_staff(
    center: &Center,
    login: &str,
    name: &str,
    area: &Division,
    role: Role,
    password: &str,
) -> Result<Staff> {
    let plain = |text: &str| !text.trim().is_empty() && !text.contains('\0');
    if !plain(login) || login.len() > LOGIN_LIMIT || !plain(name) {
        return Err(Error::Usage(
            "a name and a log-in name are needed".to_owned(),
        ));
    }
    if !center.divisions.knows(area) {
        return Err(Error::Usage(format!("{area} is no division")));
    }
    let staff = Staff {
        id: Id(Uuid::now_v7()),
        name: name.to_owned(),
        area: area.clone(),
    };
    let member = Member {
        staff: staff.clone(),
        login: login.to_owned(),
        role,
        password_hash: Some(password::hash(password).await?),
    };
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::staff::add(&tx, &member).await?;
    let event = Event::MemberAdded(Entered {
        staff: staff.id.0,
        role: role.name().to_owned(),
        area: area.0.clone(),
    });
    store::audit::append(&tx, None, &event).await?;
    tx.commit().await?;
    center.news.announce(stations_of(center, area).await?);
    Ok(staff)
}

/// Ends a staff member's right to work; false when there is none of that name. The stations where
/// they worked are told at once: their long polls look again, and their leases name them no more.
pub async fn remove_staff(center: &Center, login: &str) -> Result<bool> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let Some((staff, area)) = store::staff::deactivate(&tx, login).await? else {
        return Ok(false);
    };
    store::session::close_all(&tx, staff).await?;
    let event = Event::MemberRemoved { staff: staff.0 };
    store::audit::append(&tx, None, &event).await?;
    tx.commit().await?;
    center.news.announce(stations_of(center, &area).await?);
    Ok(true)
}

/// The communities of an area that have a station.
async fn stations_of(center: &Center, area: &Division) -> Result<Vec<Division>> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::installation::communities(&tx, area).await
}

/// Gives a staff member another password; false when there is none of that name.
pub async fn set_password(center: &Center, login: &str, password: &str) -> Result<bool> {
    let hash = password::hash(password).await?;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let Some(member) = store::staff::find_by_login(&tx, login).await? else {
        return Ok(false);
    };
    replace_password(&tx, member.staff.id, &hash, None).await?;
    tx.commit().await?;
    // Their counters say so: the lease they get now has another mark.
    center
        .news
        .announce(stations_of(center, &member.staff.area).await?);
    Ok(true)
}

/// Puts another password in force, by themselves or by whoever runs the centre. Who is signed in by the
/// former one is out: it may have been reset because somebody else knows it.
pub(crate) async fn replace_password(
    tx: &database::Tx<'_>,
    staff: Id,
    hash: &str,
    by: Option<&Staff>,
) -> Result<()> {
    store::staff::set_password(tx, staff, hash).await?;
    store::session::close_all(tx, staff).await?;
    let how = by.map_or("administrator", |_| "counter").to_owned();
    let event = Event::MemberPassword(PasswordSet {
        staff: staff.0,
        how,
    });
    store::audit::append(tx, by, &event).await
}

/// Withdraws an installation's right to speak; false when there is none of that id.
pub async fn revoke(center: &Center, installation: Id) -> Result<bool> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let found = store::installation::revoke(&tx, installation).await?;
    if found {
        let event = Event::InstallationRevoked {
            installation: installation.0,
        };
        store::audit::append(&tx, None, &event).await?;
    }
    tx.commit().await?;
    // Its long poll looks again, and is refused.
    let log = store_community(center, installation).await?;
    center.news.announce(log);
    Ok(found)
}

async fn store_community(center: &Center, installation: Id) -> Result<Option<Division>> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let found = store::installation::find(&tx, installation).await?;
    Ok(found.and_then(|installation| installation.community))
}

/// Records employers' filings through the decider; returns what each came to.
pub async fn import_employment(
    center: &Center,
    filings: Vec<RecordEmployment>,
) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(filings.len());
    for filing in filings {
        let act = Act::RecordEmployment(filing);
        outcomes.push(center.act(center.itself(), act).await?);
    }
    Ok(outcomes)
}

/// The same from a JSON file: a list of filings.
pub async fn import_employment_file(center: &Center, path: &Path) -> Result<Vec<Outcome>> {
    use crate::error::Doing;
    let text = std::fs::read_to_string(path).doing("read", path)?;
    let filings: Vec<RecordEmployment> = serde_json::from_str(&text)
        .map_err(|error| Error::Usage(format!("{}: {error}", path.display())))?;
    import_employment(center, filings).await
}

/// Records a wrong password. A name that nobody has is not kept: it may be a password.
async fn refused(tx: database::Tx<'_>, login: &str, member: Option<&Member>) -> Result<()> {
    let login = member.map_or("", |_| login).to_owned();
    let event = Event::ConsoleRefused { login };
    store::audit::append(&tx, member.map(|member| &member.staff), &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Who this name and password belong to. Five wrong ones cost half a minute, and each further one
/// twice as much; the answer is the same for a wrong password and an unknown name.
pub(crate) async fn check_password(center: &Center, login: &str, password: &str) -> Result<Member> {
    let wrong = || Error::Refused(&refusal::AUTH_WRONG);
    if login.len() > LOGIN_LIMIT || login.contains('\0') {
        return Err(wrong());
    }
    let wait = attempts::begin(center, login).await?;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let member = store::staff::find_by_login(&tx, login).await?;
    drop(tx);
    drop(client);
    let hash = member
        .as_ref()
        .and_then(|member| member.password_hash.clone());
    if !password::verify(password, hash).await? {
        let mut client = center.database.decide().await?;
        refused(database::begin(&mut client).await?, login, member.as_ref()).await?;
        return Err(wait.map_or_else(wrong, |wait| Error::wait(&refusal::AUTH_WAIT, wait)));
    }
    attempts::forget(center, login).await?;
    member.ok_or_else(wrong)
}
