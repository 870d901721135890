//! The second factor at the door: a staff member's own card is bound to their way in once the city asks
//! for it, and let go of once it no longer does. Both are a wrap made anew under the password that was just
//! typed, durable before the desk is open.

use std::path::Path;

use crate::error::{Error, Result};
use crate::keys::{Cost, Held, KeyFile, OwnCard, Wrap, machine};

/// Codes of the second factor; with each of them a card is waited for.
pub const CODES: &[&str] = &[
    "auth.card_bind",
    "auth.card_needed",
    "auth.card_no_photo",
    "auth.card_other_name",
    "auth.wrong_card",
];

/// The card that is asked for, of whom it has to be: `auth.card_bind`, `auth.card_other_name`.
pub(super) fn asked_for<'a>(card: Option<&'a OwnCard>, whose: &str) -> Result<&'a OwnCard> {
    let card = card.ok_or_else(|| Error::coded("auth.card_bind"))?;
    match card.is_of(whose) {
        true => Ok(card),
        false => Err(Error::coded("auth.card_other_name")),
    }
}

/// Brings somebody's wrap in line with what the city asks; true when it was made anew.
///
/// `auth.card_bind` when a card is asked for and none was laid down, `auth.card_other_name` when it bears
/// another name than the account.
pub fn settle(
    folder: &Path,
    file: &mut KeyFile,
    held: &Held,
    login: &str,
    password: &str,
    card: Option<&OwnCard>,
    asked: bool,
) -> Result<bool> {
    let wrap = file.find(login);
    let wrap = wrap.ok_or_else(|| Error::coded("auth.unknown"))?;
    if wrap.card.is_some() == asked {
        return Ok(false);
    }
    let (staff, mark, changed) = (wrap.staff.clone(), wrap.mark.clone(), wrap.changed);
    let bound = asked.then(|| asked_for(card, &staff.name)).transpose()?;
    let machine = machine::fetch(&file.machine, folder)?;
    let cost = Cost::calibrated();
    let wrap = Wrap {
        mark,
        changed,
        ..Wrap::new(login, staff, password, &machine, bound, cost, held.suite)
    };
    file.admit(wrap, held)?;
    file.save(folder)?;
    Ok(true)
}
