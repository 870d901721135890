//! The invariants of the exchange that hold at every commit and after everything that a station
//! writes; those that hold once everything rests are in `rest`.

use std::collections::{BTreeMap, BTreeSet};

use domain::sync::{first_sum, sum_after};
use domain::{Act, Command, Id, Outcome, Person, Seen, Stage, State, decide};
use station::knowledge::replay;
use station::store::entity::Kept;
use station::store::whole::Whole;

use super::storm::number_of;
use super::tables::{Data, Database, held};
use super::world::World;

/// What every committed state shows.
pub fn at_commit(open: &mut Database) {
    open.note_links();
    let mut broken = Vec::new();
    dense(open, &mut broken);
    one_person(&open.data, &mut broken);
    for case in open.data.cases.values() {
        let stored = |sha256: &String| {
            let place = (case.filed_at.clone(), sha256.clone());
            open.data.stored.contains(&place)
        };
        let all = case.pages.iter().all(|page| stored(&page.sha256));
        if matches!(case.stage, Stage::InReview { .. }) && !all {
            broken.push(format!(
                "I8: case {} is in review without its pages",
                case.id
            ));
        }
    }
    open.broken.append(&mut broken);
}

/// I3: numbers are dense, sums follow.
fn dense(open: &mut Database, broken: &mut Vec<String>) {
    for (feed, head) in &open.data.heads {
        let looked = open.looked.entry(feed.clone());
        let (mut seq, mut sum) = looked.or_insert_with(|| (0, first_sum())).clone();
        for fact in open.data.after(feed, seq, usize::MAX) {
            (seq, sum) = (seq + 1, sum_after(&sum, &fact.body));
            if fact.seq != seq || fact.sum != sum {
                return broken.push(format!("I3: fact {seq} of {feed} is not the next"));
            }
        }
        if seq != head.seq {
            broken.push(format!("I3: {feed} ends at {} and has {seq}", head.seq));
        }
        open.looked.insert(feed.clone(), (seq, sum));
    }
}

/// I6: a number has one person, unless somebody recorded that it is shared.
fn one_person(data: &Data, broken: &mut Vec<String>) {
    let mut owners: BTreeMap<&Vec<u8>, Vec<bool>> = BTreeMap::new();
    for ((key, _), shared) in &data.identities {
        owners.entry(key).or_default().push(*shared);
    }
    if owners
        .values()
        .any(|shared| shared.len() > 1 && shared.contains(&false))
    {
        broken.push("I6: a number has two people".to_owned());
    }
}

/// What is acknowledged is durable.
pub fn acknowledged(world: &mut World, installation: Option<Id>, answer: &center::Result<u64>) {
    let (Some(installation), Ok(acked)) = (installation, answer) else {
        return;
    };
    let durable = held(&world.city.database).data.installations[&installation].acked;
    if *acked > durable {
        let broken = format!("I1: {acked} was acknowledged, {durable} is durable");
        world.broken.push(broken);
    }
}

/// What a station's store said when something could not be written.
pub fn store_said(world: &mut World, at: usize, code: &str) {
    // A page of facts that was overtaken by a new beginning is asked for again.
    if !matches!(code, "feed.gap" | "feed.differs") {
        world.broken.push(format!("the store of {at} said {code}"));
    }
}

/// I9: the outbox and the pages to send only grow.
pub fn after_write(world: &mut World, at: usize) {
    let machine = &mut world.machines[at];
    let Some(running) = machine.running.as_ref() else {
        return;
    };
    let last = running.store.log_at().expect("a log").last;
    let most = machine.most.0;
    machine.most.0 = most.max(last);
    if last < most {
        world.broken.push(format!(
            "I9: the log of {at} had {most} entries and has {last}"
        ));
    }
}

/// I11: what is decided on less knowledge is the same, or waits.
pub fn more_knowledge(world: &mut World, at: usize, command: &Command) {
    let whole = world.machines[at].whole();
    let numbers = number_about(&whole, command).map(|number| connected(&whole, number));
    let group = group(
        &whole,
        &numbers.unwrap_or_default(),
        |kept| kept.shown().cloned(),
        |kept| kept.shown().cloned(),
    );
    let catalog = &world.machines[at].catalog;
    let outcome = |complete: bool| {
        let mut state = group.clone();
        (state.people.complete, state.cases.complete) = (complete, complete);
        (state.stored.complete, state.held.complete) = (complete, complete);
        decide(&state, command, catalog).into_facts(command.id).0
    };
    let (less, more) = (outcome(false), outcome(true));
    let awaits = matches!(less, Outcome::Awaiting { .. });
    if !awaits && less != more {
        world.broken.push(format!("I11: {less:?} became {more:?}"));
    }
}

/// I11 again, where another catalogue is in use than the one that a command was made by.
pub fn made_by_another_catalogue(world: &mut World, at: usize) {
    let machine = &world.machines[at];
    let log = machine.whole().log.into_iter();
    let pending = log.filter(|logged| !logged.told);
    let commands: Vec<Command> = pending
        .filter_map(|logged| serde_json::from_str(&logged.entry.body).ok())
        .filter(|command: &Command| command.catalogue != machine.catalog.hash)
        .collect();
    for command in &commands {
        more_knowledge(world, at, command);
    }
}

/// I5: what is shown is base with the pending commands replayed. What facts say of somebody else stands: a
/// case that went to another record may have been filed here too, under the same id.
pub fn views(world: &mut World, at: usize) {
    let whole = world.machines[at].whole();
    let pending: Vec<Command> = whole
        .log
        .iter()
        .filter(|logged| !logged.told)
        .filter_map(|logged| serde_json::from_str(&logged.entry.body).ok())
        .collect();
    let mut people = BTreeMap::new();
    let mut cases = BTreeMap::new();
    let about = |command: &Command| number_about(&whole, command);
    let mut left: BTreeSet<_> = pending.iter().filter_map(about).collect();
    while let Some(number) = left.pop_first() {
        let numbers = connected(&whole, number);
        left.retain(|number| !numbers.contains(number));
        let about = |command: &&Command| about(command).is_some_and(|n| numbers.contains(&n));
        let about: Vec<Command> = pending.iter().filter(about).cloned().collect();
        let mut state = group(&whole, &numbers, |k| k.base.clone(), |k| k.base.clone());
        let people_before: BTreeSet<_> = state.people.items.iter().map(|p| p.id).collect();
        let cases_before: BTreeSet<_> = state.cases.items.iter().map(|c| c.id).collect();
        replay(&mut state, &about, &world.machines[at].catalog);
        let known: BTreeSet<_> = whole
            .people
            .iter()
            .filter_map(|k| Some(k.base.as_ref()?.id))
            .collect();
        let others = |id: &Id| known.contains(id) && !people_before.contains(id);
        state.people.items.retain(|person| !others(&person.id));
        let known: BTreeSet<_> = whole
            .cases
            .iter()
            .filter_map(|k| Some(k.base.as_ref()?.id))
            .collect();
        let others = |id: &Id| known.contains(id) && !cases_before.contains(id);
        state.cases.items.retain(|case| !others(&case.id));
        people.extend(
            state
                .people
                .items
                .into_iter()
                .map(|person| (person.id, person)),
        );
        cases.extend(state.cases.items.into_iter().map(|case| (case.id, case)));
    }
    let mut broken = Vec::new();
    for kept in &whole.people {
        let id = kept.shown().map(|person| person.id);
        let wanted = id
            .and_then(|id| people.remove(&id))
            .or_else(|| kept.base.clone());
        if kept.shown() != wanted.as_ref() {
            broken.push(format!("I5: person {id:?} of {at} is shown otherwise"));
        }
    }
    for kept in &whole.cases {
        let id = kept.shown().map(|case| case.id);
        let wanted = id
            .and_then(|id| cases.remove(&id))
            .or_else(|| kept.base.clone());
        if kept.shown() != wanted.as_ref() {
            broken.push(format!("I5: case {id:?} of {at} is shown otherwise"));
        }
    }
    if !people.is_empty() || !cases.is_empty() {
        broken.push(format!(
            "I5: {at} does not show what its commands bring about"
        ));
    }
    world.broken.append(&mut broken);
}

/// The number that a command is about: as its document says, or as the record it corrects has it.
fn number_about(whole: &Whole, command: &Command) -> Option<String> {
    let person = match &command.act {
        Act::SettleAnswer(act) => act.person,
        Act::Amend(amend) => {
            let mut cases = whole.cases.iter().filter_map(Kept::shown);
            cases.find(|case| case.id == amend.case)?.person
        }
        _ => return number_of(command),
    };
    let mut people = whole.people.iter().filter_map(Kept::shown);
    let person = people.find(|shown| shown.id == person)?;
    Some(person.identity.document.number.clone())
}

/// This number, and all that are reached from it by people who have or had them.
fn connected(whole: &Whole, number: String) -> BTreeSet<String> {
    let mut numbers = BTreeSet::from([number]);
    loop {
        let before = numbers.len();
        let people = whole.people.iter().filter_map(|kept| kept.base.as_ref());
        for person in people.filter(|person| person.merged_into.is_none()) {
            let theirs: Vec<_> = person.documents().map(|d| d.number.clone()).collect();
            if theirs.iter().any(|number| numbers.contains(number)) {
                numbers.extend(theirs);
            }
        }
        if numbers.len() == before {
            return numbers;
        }
    }
}

fn group(
    whole: &Whole,
    numbers: &BTreeSet<String>,
    person: impl Fn(&Kept<Person>) -> Option<Person>,
    case: impl Fn(&Kept<domain::Case>) -> Option<domain::Case>,
) -> State {
    let theirs = |person: &Person| {
        let mut documents = person.documents();
        person.merged_into.is_none() && documents.any(|d| numbers.contains(&d.number))
    };
    let people: Vec<Person> = whole
        .people
        .iter()
        .filter_map(person)
        .filter(theirs)
        .collect();
    let belongs = |case: &domain::Case| people.iter().any(|person| person.id == case.person);
    let cases = whole
        .cases
        .iter()
        .filter_map(case)
        .filter(belongs)
        .collect();
    State {
        people: Seen::some(people),
        cases: Seen::some(cases),
        stored: Seen::some(Vec::new()),
        held: Seen::some(Vec::new()),
    }
}
