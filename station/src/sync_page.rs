//! The sync page: how the lanes are, and what waits in them. Lists are cut and counts are counted in
//! the database, so that ten thousand unsent cases open as quickly as ten.

mod items;
mod lanes;

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::business_day;
use crate::desk::Desk;
use crate::error::Result;
use crate::lease;
use crate::store::outgoing::{self, Stopped};
use crate::store::{draft, meta};
use crate::sync::seen::Seen;
use crate::view::{LineStatus, SyncView};

/// Items shown of a kind.
const SHOWN: usize = 50;
/// Cases that wait for pages are not counted beyond this.
const COUNTED: usize = 500;
/// What was refused longer ago is in the ledger alone.
const REFUSED_DAYS: i64 = 30;

impl Desk {
    /// The lanes as `seen` and `line` say, with what waits in them.
    pub fn get_sync(&self, seen: &Seen, line: LineStatus, now: DateTime<Utc>) -> Result<SyncView> {
        let here = &self.installation.community;
        let since = business_day(now) - TimeDelta::days(REFUSED_DAYS);
        self.store.read(|c| {
            let acked = meta::acked(c)?;
            let unsent = outgoing::unsent(c, acked, SHOWN)?;
            let pages = outgoing::unsent_pages(c)?;
            let loading = seen.loading.map_or(0, |loading| loading.seq);
            let to_come = seen.head.max(loading).saturating_sub(meta::feed_at(c)?.seq);
            let awaiting = outgoing::awaiting_pages(c, here, SHOWN, COUNTED + 1)?;
            let held = outgoing::stopped(c, Stopped::Held, None, SHOWN)?;
            let refused = outgoing::stopped(c, Stopped::Rejected, Some(since), SHOWN)?;
            let conflicts = outgoing::with_conflicts(c, SHOWN)?;
            Ok(SyncView {
                commands: lanes::commands(&line, seen, unsent.total),
                pages: lanes::pages(&line, seen, pages),
                facts: lanes::facts(&line, seen, to_come),
                waiting: items::waiting(c, unsent, outgoing::unanswered(c, acked, SHOWN)?)?,
                awaiting_pages: items::awaiting_pages(c, awaiting, &seen.failed)?,
                held: items::stopped(c, held)?,
                refused: items::stopped(c, refused)?,
                conflicts: items::conflicts(conflicts.shown),
                conflicts_total: conflicts.total,
                ferry: lease::find(c)?.is_some_and(|lease| lease.ferry.is_some()),
                new_catalogue: false,
                drafts: draft::count(c)?,
                line,
            })
        })
    }
}
