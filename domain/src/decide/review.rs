//! A reviewer's word. It names the exact version that was on screen; nobody reviews what they
//! entered, and nobody does two steps of one case.

use super::submit::{Assessment, assess, split};
use super::{Facts, Verdict, grant};
use crate::command::{Decision, Review};
use crate::person::EventKind;
use crate::{Business, Case, Catalog, Change, Command, Outcome, Reason, Stage, State};

/// Decides a review.
pub fn decide(state: &State, command: &Command, review: &Review, catalog: &Catalog) -> Verdict {
    let Some(case) = state.find_case(review.case) else {
        return Verdict::reject("act.case_unknown");
    };
    let Stage::InReview { step } = case.stage else {
        return Verdict::reject("review.not_in_review");
    };
    let Some(business) = catalog.find_business(&case.business, case.acted_on) else {
        return Verdict::Hold(Reason::new("act.business_unknown").with("name", &case.business));
    };
    if let Some(code) = bar(command, review, case, business, step) {
        return Verdict::reject(code);
    }
    match &review.decision {
        Decision::Approve { opinion } => {
            approve(state, command, case, business, step, opinion, catalog)
        }
        Decision::Return { reason, field } => {
            let stage = Stage::Returned {
                step,
                reason: reason.clone(),
                field: field.clone(),
                by: command.by.name.clone(),
            };
            Verdict::Accept(moved(command, case, stage, EventKind::CaseReturned, reason).list)
        }
        Decision::Refuse { reason } => {
            let stage = Stage::Refused {
                reason: reason.clone(),
            };
            let mut facts = moved(command, case, stage, EventKind::CaseRefused, reason);
            let reasons = vec![Reason::new("review.refused").with("reason", reason)];
            grant::answer(&mut facts, case, Outcome::Rejected { reasons });
            Verdict::Accept(facts.list)
        }
    }
}

/// Why this person may not decide this case now.
fn bar(
    command: &Command,
    review: &Review,
    case: &Case,
    business: &Business,
    step: usize,
) -> Option<&'static str> {
    let by = &command.by;
    if case.version != review.version {
        Some("review.stale")
    } else if case.frozen {
        Some("act.person_frozen")
    } else if by.id == case.entered_by.id {
        Some("review.own_entry")
    } else if case.approved_by.contains(&by.id) {
        Some("review.reviewed_before")
    } else if !by.area.contains(&case.filed_at)
        || business
            .steps
            .get(step)
            .is_none_or(|s| s.level != by.area.level())
    {
        Some("review.not_yours")
    } else {
        None
    }
}

/// Passes the step. The rules run once more on what is known now; what fails by then refuses the
/// approval, not the case.
fn approve(
    state: &State,
    command: &Command,
    case: &Case,
    business: &Business,
    step: usize,
    opinion: &str,
    catalog: &Catalog,
) -> Verdict {
    let Some(person) = state.find_person(case.person) else {
        return Verdict::reject("act.case_unknown");
    };
    let it = Assessment {
        acted_on: case.acted_on,
        identity: &person.identity,
        answers: &case.answers,
        pages: &case.pages,
        case: case.id,
    };
    let (failed, _) = split(assess(catalog, business, state, Some(person), &it));
    if !failed.is_empty() {
        return Verdict::Reject(Vec::new(), failed);
    }
    let next = grant::next_step(business, step + 1, &case.pending);
    let stage = next.map_or(Stage::Granted, |step| Stage::InReview { step });
    let mut facts = moved(command, case, stage, EventKind::StepApproved, opinion);
    if next.is_none() {
        grant::add(&mut facts, command, business, case);
        grant::answer(&mut facts, case, Outcome::Accepted);
    }
    Verdict::Accept(facts.list)
}

fn moved(command: &Command, case: &Case, stage: Stage, what: EventKind, words: &str) -> Facts {
    let mut facts = Facts::of(command);
    let approved_by = (what == EventKind::StepApproved).then_some(command.by.id);
    facts.add(case.id, Change::CaseMoved { stage, approved_by });
    let mut event = grant::case_event(command, what, case);
    if !words.is_empty() {
        event
            .reasons
            .push(Reason::new("review.words").with("words", words));
    }
    facts.add(case.person, Change::Happened { event });
    facts
}
