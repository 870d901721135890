//! A person's word on a held command: the facts are caused by that word, the ids by the command.

use super::{Facts, Verdict, grant, submit};
use crate::command::{Settle, Settlement};
use crate::person::EventKind;
use crate::{Act, Catalog, Change, Command, Fact, Outcome, Person, State};

/// Decides a settlement.
pub fn decide(state: &State, command: &Command, settle: &Settle, catalog: &Catalog) -> Verdict {
    let held = state
        .held
        .items
        .iter()
        .find(|held| held.id == settle.command);
    let Some(held) = held else {
        return Verdict::reject("settle.not_held");
    };
    let Act::Submit(filing) = &held.act else {
        return Verdict::reject("settle.not_held");
    };
    if held.by.id == command.by.id {
        return Verdict::reject("review.own_entry");
    }
    if !command.by.area.contains(&filing.community) {
        return Verdict::reject("review.not_yours");
    }
    if let Settlement::SamePerson { person } = &settle.how {
        let known = state.find_person(*person);
        let answers =
            |p: &Person| p.merged_into.is_none() && p.answers_to(&filing.identity.document);
        if !known.is_some_and(answers) {
            return Verdict::reject("settle.wrong_number");
        }
    }
    let verdict = match &settle.how {
        Settlement::Refuse { reason } => Verdict::Reject(Vec::new(), vec![reason.clone()]),
        how => submit::decide(state, held, filing, Some(how), catalog),
    };
    if matches!(verdict, Verdict::Hold(_)) {
        return verdict;
    }
    let (outcome, facts) = verdict.into_facts(held.id);
    Verdict::Accept(retold(command, facts, outcome))
}

fn retold(command: &Command, told: Vec<Fact>, outcome: Outcome) -> Vec<Fact> {
    let mut facts = Facts::of(command);
    let person = told.iter().find_map(|fact| match &fact.change {
        Change::CaseOpened { case } => Some(case.as_ref().clone()),
        _ => None,
    });
    for fact in told {
        facts.add(fact.entity, fact.change);
    }
    if let (Some(case), false) = (person, matches!(outcome, Outcome::Rejected { .. })) {
        let settled = grant::case_event(command, EventKind::IdentitySettled, &case);
        facts.add(case.person, Change::Happened { event: settled });
    }
    facts.list
}
