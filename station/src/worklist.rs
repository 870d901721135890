//! The worklist: everything under way at this station, and what was decided last.

use std::collections::BTreeSet;

use domain::id_number::mask;
use domain::{Act, Case, Division, Id, Outcome};
use rusqlite::Connection;

use crate::cases::{Sending, Shown};
use crate::desk::Desk;
use crate::error::Result;
use crate::store::draft::DraftKept;
use crate::store::outbox::{self, Filed};
use crate::store::{draft, entity};
use crate::view::{CaseRow, CaseStanding, DraftRow, Worklist};

/// Rows of one part.
pub(crate) const ROWS: usize = 500;
/// Decided cases shown.
const DECIDED: usize = 50;
/// How far back rejected and held commands are looked for.
const LOOK_BACK: u64 = 1_000;

impl Desk {
    /// Returned, drafts, waiting to send, at the centre, decided.
    pub fn get_worklist(&self) -> Result<Worklist> {
        self.store.read(|c| {
            let sending = Sending::load(c)?;
            let mut seen = BTreeSet::new();
            let (mut waiting, mut at_centre) = (Vec::new(), Vec::new());
            for filed in outbox::untold(c, ROWS)? {
                let Some(row) = row_of(c, filed, &sending, &mut seen)? else {
                    continue;
                };
                match row.standing {
                    CaseStanding::Waiting { .. } => waiting.push(row),
                    _ => at_centre.push(row),
                }
            }
            let here = &self.installation.community;
            let returned = rows(c, cases_at(c, here, &["returned"], &mut seen)?, &sending)?;
            let under_way = ["in_review", "awaiting_pages", "pre_accepted"];
            let under_way = cases_at(c, here, &under_way, &mut seen)?;
            at_centre.extend(rows(c, under_way, &sending)?);
            let mut decided = refused(c, &sending, &mut seen)?;
            // Only what is shown becomes a row: each costs reading its person and its log entries.
            let mut ended = cases_at(c, here, &["granted", "refused"], &mut seen)?;
            ended.sort_by(|a, b| (b.acted_on, &b.serial).cmp(&(a.acted_on, &a.serial)));
            ended.truncate(DECIDED);
            decided.extend(rows(c, ended, &sending)?);
            decided.sort_by(|a, b| (b.acted_on, &b.serial).cmp(&(a.acted_on, &a.serial)));
            decided.truncate(DECIDED);
            // The next to leave stands first.
            waiting.reverse();
            Ok(Worklist {
                returned,
                drafts: draft::all(c, ROWS)?.iter().map(draft_row).collect(),
                waiting,
                at_centre,
                decided,
            })
        })
    }
}

fn row_of(
    connection: &Connection,
    filed: Filed,
    sending: &Sending,
    seen: &mut BTreeSet<Id>,
) -> Result<Option<CaseRow>> {
    if !seen.insert(filed.case) {
        return Ok(None);
    }
    let shown = crate::cases::of_command(connection, filed)?;
    shown
        .map(|shown| shown.row(connection, sending))
        .transpose()
}

fn cases_at(
    connection: &Connection,
    here: &Division,
    stages: &[&str],
    seen: &mut BTreeSet<Id>,
) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for stage in stages {
        let found = entity::cases_at(connection, stage, ROWS)?;
        cases.extend(
            found
                .into_iter()
                .filter(|case| case.filed_at == *here && seen.insert(case.id)),
        );
    }
    Ok(cases)
}

fn rows(connection: &Connection, cases: Vec<Case>, sending: &Sending) -> Result<Vec<CaseRow>> {
    let mut rows = Vec::new();
    for case in cases {
        if let Some(shown) = Shown::from_row(connection, case)? {
            rows.push(shown.row(connection, sending)?);
        }
    }
    Ok(rows)
}

/// Commands that were rejected or are held, and that nobody has repaired since.
fn refused(
    connection: &Connection,
    sending: &Sending,
    seen: &mut BTreeSet<Id>,
) -> Result<Vec<CaseRow>> {
    let after = outbox::log_at(connection)?.last.saturating_sub(LOOK_BACK);
    let latest = outbox::refused(connection, after)?;
    let replaced = outbox::replaced(connection, after)?;
    let mut rows = Vec::new();
    for filed in latest {
        let is_submit = matches!(filed.command.act, Act::Submit(_));
        let is_refused = !matches!(filed.outcome, Some(Outcome::Accepted) | None);
        if is_submit && is_refused && !replaced.contains(&filed.command.id) {
            rows.extend(row_of(connection, filed, sending, seen)?);
        }
    }
    Ok(rows)
}

fn draft_row(draft: &DraftKept) -> DraftRow {
    DraftRow {
        draft: draft.id,
        business: draft.business.clone(),
        name: draft.identity.name.clone(),
        masked_number: mask(&draft.identity.document.number),
        saved_at: draft.saved_at,
        amends: draft.amends,
    }
}
