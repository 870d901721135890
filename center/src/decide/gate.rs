//! What a station may send, before anything is decided: its own community's filings and
//! corrections, by people who work there or were let in there as substitutes, with pages that can be.

use domain::decide::Verdict;
use domain::sync::BLOB_LIMIT_BYTES;
use domain::{Act, Command, Division, Id, Page, Reason};

use crate::refusal::{ACT_NOT_FOR_STATIONS, PAGES_BAD_MANIFEST, STAFF_NOT_ALLOWED};
use crate::store::blob::digest;
use crate::store::staff::{Member, Role};

/// Pages of one case.
pub const PAGES_LIMIT: usize = 200;
/// What a reviewer's browser shows.
pub const MEDIA_TYPES: [&str; 2] = ["image/jpeg", "image/png"];

/// Those among the authors of a batch who may work at this moment.
#[derive(Clone, Debug, Default)]
pub struct Authors {
    /// Who.
    pub staff: Vec<Member>,
    /// Who was let in at which community beside their own.
    pub let_in: Vec<(Id, Division)>,
}

/// Why a station's command is not decided at all; None lets it through.
pub fn bar(feed: &Division, command: &Command, authors: &Authors) -> Option<Verdict> {
    let reject = |code| Some(Verdict::Reject(Vec::new(), vec![Reason::new(code)]));
    let pages = match &command.act {
        Act::Submit(submit) if submit.community == *feed => &submit.pages,
        Act::Amend(amend) => &amend.pages,
        Act::Submit(_) => return reject("act.wrong_place"),
        Act::SettleAnswer(_) => &Vec::new(),
        _ => return reject(ACT_NOT_FOR_STATIONS),
    };
    if command.by.area != *feed {
        return reject("act.wrong_place");
    }
    if !can_be(pages) {
        return reject(PAGES_BAD_MANIFEST);
    }
    let let_in = |id: Id| {
        let here = |(who, place): &(Id, Division)| *who == id && place == feed;
        authors.let_in.iter().any(here)
    };
    let works_here = authors.staff.iter().any(|member| {
        member.staff.id == command.by.id
            && member.role == Role::Station
            && (member.staff.area.contains(feed) || let_in(member.staff.id))
    });
    // Taken under a right since withdrawn, perhaps: kept, for somebody to look at.
    (!works_here).then(|| Verdict::Hold(Reason::new(STAFF_NOT_ALLOWED)))
}

/// Whether a manifest can be right.
pub fn can_be(pages: &[Page]) -> bool {
    pages.len() <= PAGES_LIMIT
        && pages.iter().all(|page| {
            digest(&page.sha256).is_some()
                && (1..=BLOB_LIMIT_BYTES).contains(&page.size_bytes)
                && MEDIA_TYPES.contains(&page.media_type.as_str())
        })
}
