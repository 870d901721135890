//! Two records of one person become one: the cases of the second go to the first, and the second
//! says whose it was.

use super::{Facts, Verdict, record};
use crate::division::Level;
use crate::person::EventKind;
use crate::record::Merge;
use crate::{Case, Change, Command, State};

/// Decides a merge.
pub fn decide(state: &State, command: &Command, act: &Merge) -> Verdict {
    let both = record::find(state, act.keep)
        .and_then(|keep| Ok((keep, record::find(state, act.gone)?)))
        .and_then(|(keep, gone)| {
            record::officer(command, keep, Level::County)?;
            record::officer(command, gone, Level::County)?;
            Ok((keep, gone))
        });
    let (keep, gone) = match both {
        Ok(both) => both,
        Err(verdict) => return verdict,
    };
    if keep.id == gone.id {
        return Verdict::reject("merge.same");
    }
    let theirs: Vec<&Case> = state.cases_of(gone.id).collect();
    if let Some(verdict) = record::two_open(state.cases_of(keep.id), &theirs) {
        return verdict;
    }
    let mut facts = Facts::of(command);
    facts.add(gone.id, Change::PersonMerged { into: keep.id });
    for case in theirs {
        facts.add(case.id, Change::CaseReassigned { person: keep.id });
    }
    let other = Box::new(gone.clone());
    facts.add(keep.id, Change::PersonJoined { other });
    let event = record::told(command, EventKind::RecordsMerged, keep, &act.reason);
    facts.add(keep.id, Change::Happened { event });
    Verdict::Accept(facts.list)
}
