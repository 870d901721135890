//! A substitute for a station whose line is down: stations deposit a code while there is a line, an
//! officer of the area gives it out for one named person, the station tells who used it.
//!
//! The centre keeps the digits sealed; who gets them and why is in its audit, as is who used them.

use audit::Event;
use audit::event::{CodeGiven, CodeUsed};
use domain::substitute::{Heard, NewCode, SpokenCode, TAG_DIGITS, Terms, Used, Word, tag};
use domain::{Division, Id, Staff};

use crate::database::{self, Tx};
use crate::error::{Doing, Error, Result};
use crate::seal::Kind;
use crate::{Center, refusal, store};

/// Reads the policy's file.
pub fn terms(catalog: &std::path::Path) -> Result<Terms> {
    let path = catalog.join("policy/substitute.toml");
    let text = std::fs::read_to_string(&path).doing("read", &path)?;
    Terms::read(&text).map_err(|why| Error::Catalog(format!("{}: {why}", path.display())))
}

/// Takes in what a station says of substitutes, and answers it.
pub async fn hear(
    center: &Center,
    installation: Id,
    community: &Division,
    word: &Word,
) -> Result<Heard> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    if let Some(code) = &word.code {
        keep(center, &tx, installation, code).await?;
    }
    let taken = match &word.used {
        Some(used) => store::substitute::take_use(&tx, installation, used)
            .await?
            .or(Some((false, true))),
        None => None,
    };
    let limit = center.substitutes.people;
    let people = store::substitute::neighbours(&tx, community, limit).await?;
    store::substitute::tell_people(&tx, installation, &people).await?;
    let code = store::substitute::in_force(&tx, installation).await?;
    if let (Some(used), Some((given, true))) = (&word.used, taken) {
        if !given {
            tracing::error!(%installation, staff = %used.staff, "a code was not given for them");
        }
        store::audit::append(&tx, None, &told(installation, used, given)).await?;
    }
    tx.commit().await?;
    Ok(Heard {
        people,
        code: code.map(|code| code.id),
        confirmed: taken.map(|(given, _)| given),
    })
}

async fn keep(center: &Center, tx: &Tx<'_>, installation: Id, code: &NewCode) -> Result<()> {
    let malformed = || Error::Refused(&refusal::REQUEST_MALFORMED);
    let (secret, bind) = code.parts().ok_or_else(malformed)?;
    let plain = [bind.as_slice(), secret.as_bytes()].concat();
    let sealed = center
        .seals
        .seal(Kind::Code, &place(installation, code.id), &plain);
    store::substitute::keep(tx, installation, code.id, &sealed).await
}

fn told(installation: Id, used: &Used, given: bool) -> Event {
    Event::SubstituteUsed(CodeUsed {
        installation: installation.0,
        code: used.code.0,
        staff: used.staff.0,
        given,
    })
}

/// Gives the code of a station out for one person: the digits to read to them, and their name.
///
/// `substitute.no_code` while the station has deposited none since the last was used,
/// `substitute.unknown` for somebody the station was not told of or who may not work any more.
pub async fn give(
    center: &Center,
    by: &Staff,
    (installation, community): (Id, &Division),
    staff: Id,
    reason: &str,
) -> Result<(String, Staff)> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let code = store::substitute::in_force(&tx, installation).await?;
    let code = code.ok_or(Error::Refused(&refusal::SUBSTITUTE_NO_CODE))?;
    let people = store::substitute::people(&tx, installation, community).await?;
    let who = people.into_iter().find(|one| one.staff.id == staff);
    let who = who
        .ok_or(Error::Refused(&refusal::SUBSTITUTE_UNKNOWN))?
        .staff;
    let plain = center
        .seals
        .open(Kind::Code, &place(installation, code.id), &code.sealed)?;
    let text = spoken(&plain, staff).ok_or(Error::Sealed("no code"))?;
    store::substitute::give(&tx, installation, code.id, staff, reason, by.id).await?;
    let event = Event::SubstituteGiven(CodeGiven {
        installation: installation.0,
        code: code.id.0,
        staff: staff.0,
        reason: reason.to_owned(),
    });
    store::audit::append(&tx, Some(by), &event).await?;
    tx.commit().await?;
    Ok((text, who))
}

fn spoken(plain: &[u8], staff: Id) -> Option<String> {
    let (bind, secret) = plain.split_first_chunk::<32>()?;
    let code = SpokenCode {
        secret: String::from_utf8(secret.to_vec()).ok()?,
        tag: tag(bind, staff),
    };
    debug_assert_eq!(code.tag.len(), TAG_DIGITS);
    Some(code.to_text())
}

/// What a sealed code belongs to.
fn place(installation: Id, code: Id) -> Vec<u8> {
    [installation.as_bytes().as_slice(), code.as_bytes()].concat()
}
