//! A case in a list: where it stands, and how many of its pages have arrived.

use domain::id_number::mask;
use domain::{Outcome, Reason, Stage};
use rusqlite::Connection;

use super::Shown;
use crate::error::Result;
use crate::store::{Tried, meta, page_out};
use crate::view::{CaseRow, CaseStanding};

/// How sending stands, read once for a list.
pub(crate) struct Sending {
    acked: u64,
    tried: Option<Tried>,
}

impl Sending {
    /// As it stands.
    pub fn load(connection: &Connection) -> Result<Sending> {
        Ok(Sending {
            acked: meta::acked(connection)?,
            tried: meta::tried(connection)?,
        })
    }
}

impl Shown {
    /// As a row.
    pub fn row(&self, connection: &Connection, sending: &Sending) -> Result<CaseRow> {
        let case = &self.case;
        Ok(CaseRow {
            case: case.id,
            business: case.business.clone(),
            name: self.identity.name.clone(),
            masked_number: mask(&self.identity.document.number),
            serial: case.serial.clone(),
            acted_on: case.acted_on,
            standing: self.standing(sending),
            pages_stored: self.pages_stored(connection)?,
            pages: case.pages.len(),
        })
    }

    /// Where it stands.
    pub fn standing(&self, sending: &Sending) -> CaseStanding {
        let at_centre = |pending: &[Reason]| CaseStanding::Centre {
            stage: self.case.stage.clone(),
            pending: pending.to_vec(),
        };
        let Some(last) = self.filed.last() else {
            return at_centre(&self.case.pending);
        };
        if last.n > sending.acked {
            return waiting(sending);
        }
        match &last.outcome {
            None => CaseStanding::Sent,
            // Refused or held, so no case came of it; or it came, and its resident has moved away.
            Some(outcome) if !self.exists => CaseStanding::Answered {
                outcome: outcome.clone(),
            },
            // A correction that was refused leaves the case returned: say why beside it.
            Some(Outcome::Rejected { reasons })
                if matches!(self.case.stage, Stage::Returned { .. }) && self.filed.len() > 1 =>
            {
                at_centre(reasons)
            }
            Some(_) => at_centre(&self.case.pending),
        }
    }

    fn pages_stored(&self, connection: &Connection) -> Result<usize> {
        // Pages that did not leave from here were complete before any reviewer saw the case.
        let complete = !matches!(
            self.case.stage,
            Stage::PreAccepted | Stage::AwaitingPages { .. }
        );
        let mut stored = 0;
        for page in &self.case.pages {
            let sent = page_out::find_sent(connection, &page.sha256)?;
            stored += usize::from(sent.unwrap_or(complete));
        }
        Ok(stored)
    }
}

fn waiting(sending: &Sending) -> CaseStanding {
    match &sending.tried {
        Some(tried) if tried.reason.code != "line.up" => CaseStanding::Waiting {
            reason: tried.reason.clone(),
            next_try: tried.next_try,
        },
        _ => CaseStanding::Waiting {
            reason: Reason::new("outbox.next"),
            next_try: None,
        },
    }
}
