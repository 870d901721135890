//! Correcting a returned case, or one whose pages can't come any more, and the moment its pages are
//! complete.

use super::submit::{Assessment, assess, split};
use super::{Facts, Verdict, grant};
use crate::command::Amend;
use crate::person::EventKind;
use crate::{Case, Catalog, Change, Command, Id, Reason, Stage, State};

/// Decides a correction.
pub fn decide(state: &State, command: &Command, amend: &Amend, catalog: &Catalog) -> Verdict {
    let Some(case) = state.find_case(amend.case) else {
        return Verdict::reject("act.case_unknown");
    };
    // A page that was lost before it arrived is waited for in vain: it may be taken again.
    let (Stage::Returned { step, .. } | Stage::AwaitingPages { step }) = case.stage else {
        return Verdict::reject("case.not_returned");
    };
    if case.version != amend.version {
        return Verdict::reject("review.stale");
    }
    if command.by.area != case.filed_at {
        return Verdict::reject("act.wrong_place");
    }
    let (Some(business), Some(person)) = (
        catalog.find_business(&case.business, case.acted_on),
        state.find_person(case.person),
    ) else {
        return Verdict::Hold(Reason::new("act.business_unknown").with("name", &case.business));
    };
    let it = Assessment {
        acted_on: case.acted_on,
        identity: &person.identity,
        answers: &amend.answers,
        pages: &amend.pages,
        case: case.id,
    };
    let (failed, pending) = split(assess(catalog, business, state, Some(person), &it));
    if !failed.is_empty() {
        return Verdict::Reject(Vec::new(), failed);
    }
    let mut facts = Facts::of(command);
    for change in &amend.changes {
        facts.add(
            person.id,
            Change::AnswerChanged {
                change: change.clone(),
            },
        );
    }
    let stage = stage_after(state, amend, step);
    facts.add(
        case.id,
        Change::CaseAmended {
            answers: amend.answers.clone(),
            pages: amend.pages.clone(),
            stage,
            pending: pending.clone(),
        },
    );
    let amended = grant::case_event(command, EventKind::CaseAmended, case);
    facts.add(person.id, Change::Happened { event: amended });
    // Also where its pages are still to come: the correction counts, and it is the case that waits for them
    // and answers its filer. A correction that waited itself would never hear that they came.
    Verdict::Accept(facts.list)
}

fn stage_after(state: &State, amend: &Amend, step: usize) -> Stage {
    if !state.cases.complete {
        return Stage::PreAccepted;
    }
    let all = amend
        .pages
        .iter()
        .all(|page| state.stored.items.contains(&page.sha256));
    if all {
        Stage::InReview { step }
    } else {
        Stage::AwaitingPages { step }
    }
}

/// The pages are in: the case enters its step.
pub fn pages_stored(state: &State, command: &Command, case: Id) -> Verdict {
    let Some(case) = state.find_case(case) else {
        return Verdict::reject("act.case_unknown");
    };
    let Stage::AwaitingPages { step } = case.stage else {
        return Verdict::Accept(Vec::new());
    };
    if !all_stored(state, case) {
        return Verdict::reject("pages.awaited");
    }
    let mut facts = Facts::of(command);
    let stage = Stage::InReview { step };
    facts.add(
        case.id,
        Change::CaseMoved {
            stage,
            approved_by: None,
        },
    );
    let complete = grant::case_event(command, EventKind::PagesComplete, case);
    facts.add(case.person, Change::Happened { event: complete });
    Verdict::Accept(facts.list)
}

fn all_stored(state: &State, case: &Case) -> bool {
    case.pages
        .iter()
        .all(|page| state.stored.items.contains(&page.sha256))
}
