//! Folding facts. Total: a fact about an entity that is not there is nothing, and one of an unknown
//! kind freezes its entity until a newer program folds it again.

use crate::{Case, Change, Fact, Person, State};

/// Grows with every change of what is folded from the same facts: a kind that is newly understood, a
/// field that is made otherwise. What another version folded is not taken over, but folded again.
pub const VERSION: u32 = 1;

/// Folds a fact into a person's record.
pub fn person(person: &mut Option<Person>, fact: &Fact) {
    match (&fact.change, person.as_mut()) {
        (Change::PersonOpened { person: new }, None)
        | (Change::PersonCopied { person: new }, _) => {
            *person = Some(new.as_ref().clone());
        }
        (_, None) => {}
        (Change::IdentitySeen { identity }, Some(person)) => person.identity = identity.clone(),
        (Change::AnswerChanged { change }, Some(person)) => person.change(change, fact.cause),
        (Change::StandingOpened { name, standing }, Some(person)) => {
            person.standings.insert(name.clone(), standing.clone());
        }
        (Change::StandingClosed { name, until }, Some(person)) => {
            if let Some(standing) = person.standings.get_mut(name) {
                standing.until = Some(*until);
            }
        }
        (Change::EmploymentRecorded { employment }, Some(person)) => {
            person.employments.push(employment.clone());
        }
        (Change::Happened { event }, Some(person)) => person.life.push(event.clone()),
        (Change::AnswerSettled { field, value, of }, Some(person)) => {
            person.settle(field, value, of);
        }
        (Change::Renumbered { identity }, Some(person)) => person.renumber(identity),
        (Change::PersonMerged { into }, Some(person)) => person.merged_into = Some(*into),
        (Change::PersonJoined { other }, Some(person)) => person.absorb(other, fact.cause),
        (Change::PersonParted { cases, .. }, Some(person)) => person.let_go(cases),
        (Change::PersonMoved { home }, Some(person)) => person.home = home.clone(),
        (Change::PersonLeft { .. }, _) => *person = None,
        (Change::Unknown(_), Some(person)) => person.frozen = true,
        _ => {}
    }
}

/// Folds a fact into a case. Every fact about it makes a new version.
pub fn case(case: &mut Option<Case>, fact: &Fact) {
    match (&fact.change, case.as_mut()) {
        (Change::CaseOpened { case: new }, None) | (Change::CaseCopied { case: new }, _) => {
            *case = Some(new.as_ref().clone());
        }
        (_, None) => {}
        (Change::CaseMoved { stage, approved_by }, Some(case)) => {
            case.stage = stage.clone();
            case.approved_by.extend(approved_by);
            case.version += 1;
        }
        (
            Change::CaseAmended {
                answers,
                pages,
                stage,
                pending,
            },
            Some(case),
        ) => {
            case.answers = answers.clone();
            case.pages = pages.clone();
            case.stage = stage.clone();
            case.pending = pending.clone();
            case.version += 1;
        }
        (Change::CaseReassigned { person }, Some(case)) => {
            case.person = *person;
            case.version += 1;
        }
        (Change::Unknown(_), Some(case)) => case.frozen = true,
        _ => {}
    }
}

/// Folds a fact into a state: the one entity it is about.
pub fn evolve(state: &mut State, fact: &Fact) {
    match &fact.change {
        Change::PersonOpened { .. } | Change::PersonCopied { .. } => {
            fold(
                &mut state.people.items,
                |p| p.id == fact.entity,
                person,
                fact,
            );
        }
        Change::CaseOpened { .. } | Change::CaseCopied { .. } => {
            fold(&mut state.cases.items, |c| c.id == fact.entity, case, fact);
        }
        Change::Decided { .. } => {}
        Change::PersonLeft { .. } => {
            state.people.items.retain(|person| person.id != fact.entity);
            state.cases.items.retain(|case| case.person != fact.entity);
        }
        _ if state.find_person(fact.entity).is_some() => {
            fold(
                &mut state.people.items,
                |p| p.id == fact.entity,
                person,
                fact,
            );
        }
        _ => fold(&mut state.cases.items, |c| c.id == fact.entity, case, fact),
    }
}

fn fold<T: Clone>(
    items: &mut Vec<T>,
    is_it: impl Fn(&T) -> bool,
    evolve_one: fn(&mut Option<T>, &Fact),
    fact: &Fact,
) {
    let at = items.iter().position(is_it);
    let mut slot = at.map(|at| items[at].clone());
    evolve_one(&mut slot, fact);
    match (at, slot) {
        (Some(at), Some(item)) => items[at] = item,
        (None, Some(item)) => items.push(item),
        (Some(at), None) => drop(items.remove(at)),
        (None, None) => {}
    }
}
