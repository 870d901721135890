//! Letting a substitute in by the code that was read to them over the phone. Every step is durable before
//! the next:
//!
//! 0. Where the city asks for a second factor, their own card is looked at: nothing is written without it.
//! 1. The store: who was let in by which code, with its record in the audit.
//! 2. `keys.json`: the code opens nothing any more; the substitute has a way in of their own, by the
//!    password they chose, and it says that they are one.
//!
//! Cut off after 1, the same person comes in by the same code again, in the same hours.

use std::path::Path;

use chrono::{DateTime, Utc};
use domain::Reason;
use domain::substitute::SpokenCode;

use super::{Entered, card, change, keys_of, open_desk, strong};
use crate::catalog::Shelf;
use crate::error::{Error, Result};
use crate::keys::{Attempts, Cost, Held, KeyFile, LetIn, OwnCard, Wrap, machine};
use crate::substitute::find_person;

/// Under this name wrong codes are counted.
const CODE: &str = "substitute code";

/// Who wants in.
pub struct Wanted<'a> {
    /// Their name or log-in name, as the centre knows them.
    pub name: &'a str,
    /// The code that was read to them.
    pub code: &'a SpokenCode,
    /// The password that they come back with while their hours run.
    pub password: &'a str,
    /// Their own card, laid down where the city asks for one: they come back with it too.
    pub card: Option<&'a OwnCard>,
}

/// `substitute.not_allowed` for what a substitute's password may not do.
pub fn refuse(file: &KeyFile, login: &str) -> Result<()> {
    match file.find(login).is_some_and(|wrap| wrap.let_in.is_some()) {
        true => Err(Error::coded("substitute.not_allowed")),
        false => Ok(()),
    }
}

/// Opens the station for a substitute. Wrong codes are slowed down as wrong passwords are.
///
/// `substitute.wrong`, `substitute.no_code`, `substitute.used`, `substitute.over`,
/// `substitute.works_here`, `auth.wait`, `auth.weak_password`; `auth.card_bind`, `auth.card_other_name` where
/// a card is asked for, which cost no try.
pub fn let_in(
    folder: &Path,
    wanted: &Wanted,
    cost: Cost,
    shelf: &Shelf,
    now: DateTime<Utc>,
) -> Result<Entered> {
    strong(wanted.password)?;
    let mut file = keys_of(folder)?;
    let mut attempts = Attempts::load(folder);
    attempts.admit(CODE)?;
    let secret = machine::fetch(&file.machine, folder)?;
    let Some(let_in) = file.open_code(&wanted.code.secret, &secret)? else {
        return Err(wrong(folder, attempts)?);
    };
    let LetIn { code, bind, opened } = let_in;
    let held = change::settle(folder, &mut file, opened)?;
    let (mut who, mut bound) = (None, None);
    let desk = open_desk(
        folder,
        &held,
        shelf,
        |store| {
            let people = store.substitute_people()?;
            let found = find_person(&people, wanted.name, &wanted.code.tag, &bind);
            let mut found = found.ok_or_else(|| Error::coded("substitute.wrong"))?;
            let works_here = file
                .find(&found.login)
                .is_some_and(|wrap| wrap.let_in.is_none());
            if works_here {
                return Err(Error::coded("substitute.works_here"));
            }
            if store.lease_status()?.second_factor {
                bound = Some(card::asked_for(wanted.card, &found.staff.name)?);
            }
            let here = store.here().cloned();
            found.staff.area = here.ok_or_else(|| Error::Bug("a station has a place".into()))?;
            let hours = shelf.policy.substitute.hours;
            store.stamp().acts_for(Some(found.staff.id));
            store.begin_substitute(code, &found, hours, now)?;
            let staff = found.staff.clone();
            who = Some(found);
            Ok(staff)
        },
        now,
    );
    let desk = match desk {
        Err(error) if error.code() == "substitute.wrong" => {
            return Err(wrong(folder, attempts)?);
        }
        other => other?,
    };
    let who = who.ok_or_else(|| Error::Bug("whoever was let in is known".into()))?;
    desk.store.stamp().acts_as_substitute(true);
    let secret = machine::fetch(&file.machine, folder)?;
    let (password, suite) = (wanted.password, held.suite);
    let wrap = Wrap::substitute(&who, password, &secret, bound, code, cost, suite);
    give_way_in(folder, &mut file, &held, wrap, code)?;
    if attempts.right(CODE) {
        attempts.save(folder)?;
    }
    Ok(Entered {
        desk,
        held,
        login: who.login,
        card: bound.cloned(),
        let_in: Some(code),
    })
}

/// Step 2: one write of the key file, its copy first.
fn give_way_in(
    folder: &Path,
    file: &mut KeyFile,
    held: &Held,
    wrap: Wrap,
    code: domain::Id,
) -> Result<()> {
    // Whoever was let in before them is gone with their code.
    let before = sweep_unsaved(file);
    file.drop_codes(|known| known == code);
    file.admit(wrap, held)?;
    if before {
        file.prepare_next(held)?;
    }
    file.save(folder)
}

/// Takes away the ways in of substitutes for whom `stays` is false, and prepares a new data key, which is
/// put in force at the next log-in. Whether there were any.
pub fn sweep(
    folder: &Path,
    file: &mut KeyFile,
    held: &Held,
    stays: impl Fn(&Wrap) -> bool,
) -> Result<bool> {
    let gone = substitutes(file).filter(|wrap| !stays(wrap));
    let gone: Vec<_> = gone.map(|wrap| wrap.login.clone()).collect();
    if gone.is_empty() {
        return Ok(false);
    }
    gone.iter().for_each(|login| file.dismiss(login));
    file.prepare_next(held)?;
    file.save(folder)?;
    Ok(true)
}

/// Takes away the ways in of all substitutes, in memory. Whether there were any.
pub fn sweep_unsaved(file: &mut KeyFile) -> bool {
    let gone: Vec<_> = substitutes(file).map(|wrap| wrap.login.clone()).collect();
    gone.iter().for_each(|login| file.dismiss(login));
    !gone.is_empty()
}

fn substitutes(file: &KeyFile) -> impl Iterator<Item = &Wrap> {
    file.wraps.iter().filter(|wrap| wrap.let_in.is_some())
}

fn wrong(folder: &Path, mut attempts: Attempts) -> Result<Error> {
    let told = attempts.wrong(CODE);
    attempts.save(folder)?;
    Ok(match told.code() {
        "auth.wait" => told,
        _ => Error::reason(Reason::new("substitute.wrong").with("left", attempts.left(CODE))),
    })
}

#[cfg(test)]
#[path = "substitute_tests.rs"]
mod tests;
