//! Two officers, one request: the first passes their share on, sealed to the others and for this
//! request alone; the second joins both, opens the data key, and seals it anew to the station.

use chrono::{DateTime, Duration, Utc};
use crypto::shamir::{self, Share};
use crypto::{BoxKey, BoxPublicKey, Key};
use domain::recovery::{
    Answer, Ask, HOURS, RELEASE_DIGITS, RELEASE_MEMORY_KIB, RELEASE_PASSES, RELEASE_PURPOSE,
    Release, answer_purpose,
};
use domain::sync::recovery_purpose;
use domain::{Id, Staff, recovery};
use rand::RngCore;
use zeroize::Zeroizing;

use super::officer;
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::password::{on_a_slot, random_digits};
use crate::store::recovery_event::{self, What};
use crate::store::recovery_request::{Request, State};
use crate::store::staff::{Member, Role};
use crate::store::{self, escrow_share, recovery_approval, recovery_request, recovery_share};
use crate::{Center, database, refusal};

/// What an approval came to.
pub struct Approved {
    /// How many officers have approved.
    pub approvals: u32,
    /// With the second: the code that is read to the station, told this once.
    pub release_code: Option<Zeroizing<String>>,
}

/// Approves a request. `hash` is that of the request on the officer's screen; the passphrase is
/// typed anew each time.
pub async fn approve(
    center: &Center,
    officer: &Member,
    request: Id,
    hash: &str,
    passphrase: Zeroizing<String>,
) -> Result<Approved> {
    let officer = officer.staff.id;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let found = recovery_request::find(&tx, request).await?;
    let found = found.ok_or(Error::Refused(&refusal::RECOVERY_UNKNOWN))?;
    must_be_open(&found, hash)?;
    let shares = escrow_share::of_key(&tx, &found.escrow_key).await?;
    drop(tx);
    drop(client);
    let no_share = || Error::Refused(&refusal::ESCROW_NO_SHARE);
    let mine = shares
        .iter()
        .find(|share| share.staff == officer)
        .ok_or_else(no_share)?;
    let own = officer::at_hand(center, officer, mine, passphrase).await?;
    let share = officer::share_of(&own, mine)?;

    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let locked = recovery_request::lock(&tx, request).await?;
    let locked = locked.ok_or(Error::Refused(&refusal::RECOVERY_UNKNOWN))?;
    must_be_open(&locked, hash)?;
    if !recovery_approval::add(&tx, request, officer).await? {
        return Err(Error::Refused(&refusal::ESCROW_SAME_OFFICER));
    }
    let passed = recovery_share::find(&tx, request, officer).await?;
    let Some(passed) = passed else {
        pass_on(&tx, &locked, officer, &share, &shares).await?;
        recovery_event::record(&tx, What::Approved, Some(officer), Some(&locked)).await?;
        tx.commit().await?;
        return Ok(Approved {
            approvals: 1,
            release_code: None,
        });
    };
    let opened = second(&tx, &locked, &own, &share, &passed).await;
    if matches!(&opened, Err(error) if error.refusal() == &refusal::RECOVERY_UNREADABLE) {
        // Neither the approval nor the shares stay; that it was tried does.
        drop(tx);
        let tx = database::begin(&mut client).await?;
        recovery_event::record(&tx, What::Unreadable, Some(officer), Some(&locked)).await?;
        tx.commit().await?;
    } else if opened.is_ok() {
        recovery_event::record(&tx, What::Opened, Some(officer), Some(&locked)).await?;
        tx.commit().await?;
    }
    Ok(Approved {
        approvals: 2,
        release_code: Some(opened?),
    })
}

/// Says no; the station is told why.
pub async fn refuse(center: &Center, officer: &Member, request: Id, reason: &str) -> Result<()> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let found = recovery_request::lock(&tx, request).await?;
    let found = found.ok_or(Error::Refused(&refusal::RECOVERY_UNKNOWN))?;
    must_be_open(&found, &found.hash)?;
    recovery_request::refuse(&tx, request, reason).await?;
    recovery_share::remove(&tx, request).await?;
    let who = Some(officer.staff.id);
    recovery_event::record(&tx, What::Refused, who, Some(&found)).await?;
    tx.commit().await?;
    Ok(())
}

fn must_be_open(request: &Request, hash: &str) -> Result<()> {
    let same = request.hash == hash && recovery::hash(&request.ask) == hash;
    match (&request.state, request.expired) {
        (State::Refused(_) | State::Answered(_), _) => {
            Err(Error::Refused(&refusal::RECOVERY_CLOSED))
        }
        (State::Waiting, true) => Err(Error::Refused(&refusal::RECOVERY_EXPIRED)),
        (State::Waiting, false) if !same => Err(Error::Refused(&refusal::RECOVERY_CHANGED)),
        (State::Waiting, false) => Ok(()),
    }
}

async fn pass_on(
    tx: &Tx<'_>,
    request: &Request,
    officer: Id,
    share: &Share,
    shares: &[escrow_share::Share],
) -> Result<()> {
    for other in shares.iter().filter(|other| other.staff != officer) {
        let to = officer::public_key(other)?;
        let sealed = to.seal(&passing_purpose(&request.hash), &share.to_bytes());
        recovery_share::add(tx, request.id, other.staff, &sealed).await?;
    }
    Ok(())
}

/// Joins both shares, writes the answer, wipes what was passed on; returns the release code.
async fn second(
    tx: &Tx<'_>,
    request: &Request,
    own: &BoxKey,
    mine: &Share,
    passed: &[u8],
) -> Result<Zeroizing<String>> {
    let plain = own.open(&passing_purpose(&request.hash), passed);
    let theirs = plain.and_then(|plain| Share::read(&plain));
    let theirs = theirs.ok_or(Error::Sealed("a share that was passed on"))?;
    let joined = shamir::join(mine, &theirs).map_err(|_| Error::Sealed("shares that differ"))?;
    let whole = BoxKey::new(own.suite(), joined).ok_or(Error::Sealed("a joined key"))?;

    let ask: Ask = serde_json::from_str(&request.ask)
        .map_err(|_| Error::Refused(&refusal::REQUEST_MALFORMED))?;
    let (sealed, file) = if ask.sealed.is_empty() {
        let deposit = store::deposit::find(tx, request.installation).await?;
        let deposit = deposit.ok_or(Error::Refused(&refusal::RECOVERY_NO_DEPOSIT))?;
        (deposit.sealed, Some(deposit.file))
    } else {
        (ask.sealed.clone(), None)
    };
    let unreadable = || Error::Refused(&refusal::RECOVERY_UNREADABLE);
    let purpose = recovery_purpose(request.installation);
    let mut data_keys = Vec::new();
    for one in sealed {
        let one = hex::decode(one).map_err(|_| unreadable())?;
        data_keys.push(whole.open(&purpose, &one).ok_or_else(unreadable)?);
    }
    drop(whole);

    let code = Zeroizing::new(random_digits(RELEASE_DIGITS));
    let until = Utc::now() + Duration::hours(HOURS);
    let release = release(tx, request, &ask, data_keys, code.clone(), until).await?;
    let to = hex::decode(&ask.to)
        .ok()
        .and_then(|bytes| BoxPublicKey::read(&bytes));
    let to = to.ok_or_else(unreadable)?;
    let plain = Zeroizing::new(to_json(&release)?);
    let answer = Answer {
        request: request.id,
        hash: request.hash.clone(),
        sealed: hex::encode(to.seal(&answer_purpose(&request.hash), plain.as_bytes())),
        file,
    };
    recovery_request::answer(tx, request.id, &to_json(&answer)?, until).await?;
    recovery_share::remove(tx, request.id).await?;
    Ok(code)
}

/// The data key under the release code, for somebody who works at the station.
async fn release(
    tx: &Tx<'_>,
    request: &Request,
    ask: &Ask,
    data_keys: Vec<Zeroizing<Vec<u8>>>,
    code: Zeroizing<String>,
    until: DateTime<Utc>,
) -> Result<Release> {
    let member = store::staff::find_by_login(tx, &ask.login).await?;
    let works_there = |member: &Member| {
        member.role == Role::Station && member.staff.area.contains(&request.community)
    };
    let member = member
        .filter(works_there)
        .ok_or(Error::Refused(&refusal::RECOVERY_UNKNOWN_LOGIN))?;
    let mut salt = [0; 16];
    rand::rngs::OsRng.fill_bytes(&mut salt);
    let to = hex::decode(&ask.to)
        .ok()
        .and_then(|bytes| BoxPublicKey::read(&bytes));
    let suite = to.map(|key| key.suite()).unwrap_or_default();
    let sealing = on_a_slot(move || {
        let under = super::stretch(&code, &salt, RELEASE_MEMORY_KIB, RELEASE_PASSES)?;
        let under = Key::new(&under, suite);
        let sealed = data_keys
            .iter()
            .map(|key| hex::encode(under.seal(RELEASE_PURPOSE, key)));
        Ok(sealed.collect::<Vec<_>>())
    });
    Ok(Release {
        staff: Staff {
            area: request.community.clone(),
            ..member.staff
        },
        login: ask.login.clone(),
        until,
        salt: hex::encode(salt),
        keys: sealing.await?,
    })
}

fn passing_purpose(hash: &str) -> String {
    format!("yizhan passed share 1 {hash}")
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Fault(error.to_string()))
}
