//! Whether everything rests, and the invariants that must hold then.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use domain::evolve::evolve;
use domain::sync::{FeedFact, PROTOCOL};
use domain::{Act, Change, Division, Fact, Id, Outcome, Stage, State};
use station::sync::event::{Event, Which};

use super::check::views;
use super::ground::Ordered;
use super::newer;
use super::tables::{Data, held};
use super::world::World;

/// Whether nothing is left to do.
pub fn rests(world: &mut World) -> bool {
    restless(world).is_empty()
}

/// What is left to do, in words.
pub fn restless(world: &mut World) -> String {
    let mut left = Vec::new();
    if !world.city.up || !world.city.is_idle() {
        left.push("the centre works".to_owned());
    }
    let open = held(&world.city.database);
    for (at, machine) in world.machines.iter().enumerate() {
        let Some(running) = machine.running.as_ref() else {
            left.push(format!("{at} is down"));
            continue;
        };
        let look = Event::Look(Which::Push);
        let facts = running.store.sync_facts(&look).expect("the store is read");
        if facts.unsent.commands > 0 || facts.unsent.pages > 0 {
            left.push(format!("{at} has unsent {:?}", facts.unsent));
        }
        if running.core.wants_new_log() {
            left.push(format!("{at} waits for a code"));
        }
        let reads_more = machine.reads(|| running.store.reads_more());
        if reads_more.expect("the store is read") {
            left.push(format!("{at} has not folded what it reads now"));
        }
        let orders = open.data.orders.iter().filter(|_| !machine.is_old);
        let mut orders = orders.filter(|o| o.installation == machine.installation.id);
        if orders.any(Ordered::is_open) {
            left.push(format!("{at} has not done what it was ordered"));
        }
        let others = world.machines[..at].iter().filter(|other| !other.is_old);
        let mut others = others.filter(|_| !machine.is_old);
        if others.any(|other| other.installation.id == machine.installation.id) {
            left.push(format!(
                "{at} has not heard that it is a copy, nor the other"
            ));
        }
        // It learns of it by its next hello.
        let there = open.data.installations.get(&machine.installation.id);
        let acked = facts.log.last.saturating_sub(facts.unsent.commands);
        if there.is_some_and(|row| row.acked < acked) {
            left.push(format!("{at} has not heard that the centre has less"));
        }
        let another = there.is_some_and(|row| match row.acked.cmp(&facts.log.last) {
            Ordering::Greater => true,
            Ordering::Equal => row.link != facts.log.link,
            Ordering::Less => false,
        });
        if another {
            left.push(format!("{at} has not heard that its log is another"));
        }
        let seq = open.data.head(machine.community());
        let sum = open.data.sum(machine.community(), seq);
        if facts.feed.seq != seq || sum.is_some_and(|sum| sum != facts.feed.sum) {
            left.push(format!("{at} is at {:?} of {seq}", facts.feed));
        }
    }
    let newer = world.newer.as_ref();
    left.extend(newer.and_then(|newer| newer::left(newer, &open.data)));
    left.extend(
        open.data
            .held
            .iter()
            .map(|(id, why)| format!("{id} is held: {}", why.0.code)),
    );
    let awaits = open.data.commands.iter();
    let awaits = awaits.filter(|(_, row)| matches!(row.outcome, Outcome::Awaiting { .. }));
    let awaits = awaits.filter(|(id, _)| !is_in_vain(world, &open.data, **id));
    // Nobody may complete a case with a program that is too old.
    let stays = world.city.minimum_protocol > PROTOCOL;
    let returned = |id: &Id| {
        let mut cases = open.data.cases.values().filter(|case| case.command == *id);
        cases.any(|case| matches!(case.stage, Stage::Returned { .. }))
    };
    let awaits = awaits.filter(|(id, _)| !(stays && returned(id)));
    let awaits = awaits.filter(|(id, _)| !is_beyond_correction(world, &open.data, **id));
    left.extend(awaits.map(|(id, row)| {
        let mut cases = open.data.cases.values();
        let case = cases.find(|case| case.command == *id);
        format!(
            "{id} waits: {:?} {:?}",
            row.outcome,
            case.map(|case| (&case.stage, &case.pages))
        )
    }));
    left.join("; ")
}

/// Whether a case came back, and what it came back for cannot be mended at a counter: the rules refused the
/// correction, since somebody is employed elsewhere by now. It stays with its people.
fn is_beyond_correction(world: &World, data: &Data, command: Id) -> bool {
    let mut cases = data.cases.values().filter(|case| case.command == command);
    let Some(case) = cases.find(|case| matches!(case.stage, Stage::Returned { .. })) else {
        return false;
    };
    let rejected = |id: &Id| {
        let row = data.commands.get(id);
        row.is_some_and(|row| matches!(row.outcome, Outcome::Rejected { .. }))
    };
    world.filed.iter().any(|filed| {
        matches!(&filed.command.act, Act::Amend(amend)
            if amend.case == case.id && amend.version == case.version)
            && rejected(&filed.command.id)
    })
}

/// Whether a case waits for a picture that went with a disk: an older one took its place, and only a
/// person can take the picture again.
fn is_in_vain(world: &World, data: &Data, command: Id) -> bool {
    let mut filed = world.filed.iter();
    if !filed.any(|filed| filed.lost && filed.command.id == command) {
        return false;
    }
    let cases = data.cases.values().filter(|case| case.command == command);
    let pages = cases.flat_map(|case| case.pages.iter().map(move |page| (case, page)));
    let kept = |sha256: &str| {
        let mut running = world.machines.iter().filter(|m| m.running.is_some());
        running.any(|machine| machine.whole().pages.iter().any(|page| page.0 == sha256))
    };
    let mut missing = pages.filter(|(case, page)| {
        let stored = (case.filed_at.clone(), page.sha256.clone());
        !data.stored.contains(&stored)
    });
    missing.any(|(_, page)| !kept(&page.sha256))
}

/// What must hold once everything rests.
pub fn at_rest(world: &mut World) {
    let mut broken = Vec::new();
    {
        let open = held(&world.city.database);
        let data = &open.data;
        logs(world, data, &mut broken);
        once(data, &mut broken);
        for at in 0..world.machines.len() {
            folded(world, at, data, &mut broken);
            at_the_centre(world, at, data, &mut broken);
        }
        values(data, &mut broken);
    }
    world.broken.append(&mut broken);
    for at in 0..world.machines.len() {
        views(world, at);
    }
}

/// I1, I2, I7: every durable command is at the centre where its log says, with its last word.
fn logs(world: &World, data: &Data, broken: &mut Vec<String>) {
    for (at, machine) in world.machines.iter().enumerate() {
        for logged in machine.whole().log {
            let entry = &logged.entry;
            let place = (machine.log_of(entry.n), entry.n);
            let Some((command, link)) = data.log.get(&place) else {
                broken.push(format!(
                    "I1: entry {} of {at} is not at the centre",
                    entry.n
                ));
                continue;
            };
            if *link != entry.link {
                broken.push(format!(
                    "I7: entry {} of {at} is another at the centre",
                    entry.n
                ));
            }
            let outcome = data.commands.get(command).map(|row| &row.outcome);
            if logged.outcome.as_ref() != outcome || !logged.told {
                broken.push(format!(
                    "I1: {at} says {:?} of {command}, the centre {outcome:?}",
                    logged.outcome
                ));
            }
            let stays = world.city.minimum_protocol > PROTOCOL;
            let is_final = outcome.is_some_and(super::city::is_final);
            let waits = matches!(outcome, Some(Outcome::Awaiting { .. }));
            if !is_final && !(waits && (stays || is_beyond_correction(world, data, *command))) {
                broken.push(format!("I1: {command} has no last word"));
            }
            let read: Option<domain::Command> = serde_json::from_str(&entry.body).ok();
            let first = super::rules::first();
            let is_filing = |act: &Act| matches!(act, Act::Submit(_));
            if read.is_some_and(|c| c.catalogue == first.hash && is_filing(&c.act))
                && outcome.is_some_and(super::rules::is_failed_by_the_form)
            {
                broken.push(format!("{command} is rejected for what was not asked for"));
            }
        }
    }
    for filed in world.filed.iter().filter(|filed| !filed.lost) {
        let mine = world.machines[filed.machine].whole();
        if !mine
            .log
            .iter()
            .any(|logged| logged.entry.id == filed.command.id)
        {
            broken.push(format!(
                "I9: {} is not in its outbox any more",
                filed.command.id
            ));
        }
    }
}

/// I1: nothing acts twice.
fn once(data: &Data, broken: &mut Vec<String>) {
    let mut causes = BTreeSet::new();
    for case in data.cases.values() {
        if !causes.insert(case.command) {
            broken.push(format!("I1: {} made two cases", case.command));
        }
    }
    for feed in data.heads.keys() {
        let mut facts = BTreeSet::new();
        for fact in data.after(feed, 0, usize::MAX) {
            let fact: Fact = serde_json::from_str(&fact.body).expect("a fact");
            if !facts.insert((fact.cause, fact.index)) {
                broken.push(format!("I2: a fact of {} was told twice", fact.cause));
            }
        }
    }
}

/// I4 at one station, now.
pub fn is_fold(world: &mut World, at: usize) {
    let mut broken = Vec::new();
    folded(world, at, &held(&world.city.database).data, &mut broken);
    world.broken.append(&mut broken);
}

/// I4: base is the fold of the feed.
fn folded(world: &World, at: usize, data: &Data, broken: &mut Vec<String>) {
    let machine = &world.machines[at];
    let whole = machine.whole();
    let feed = data.after(machine.community(), 0, usize::MAX);
    let mut state = State::empty(true);
    for fact in feed.iter().take(whole.feed.seq as usize) {
        let fact = machine.reads(|| Fact::read(&fact.body).expect("a fact"));
        evolve(&mut state, &fact);
    }
    let sum = data.sum(machine.community(), whole.feed.seq);
    if sum.as_ref() != Some(&whole.feed.sum) {
        broken.push(format!("I4: the sum of {at} is another"));
    }
    let theirs: BTreeMap<Id, _> = state.people.items.iter().map(|p| (p.id, p)).collect();
    let ours = whole.people.iter().filter_map(|kept| kept.base.as_ref());
    let ours: BTreeMap<Id, _> = ours.map(|p| (p.id, p)).collect();
    if ours != theirs {
        broken.push(format!(
            "I4: the people of {at} are not the fold of its feed"
        ));
    }
    let cases: BTreeMap<Id, _> = state.cases.items.iter().map(|c| (c.id, c)).collect();
    let ours = whole.cases.iter().filter_map(|kept| kept.base.as_ref());
    let ours: BTreeMap<Id, _> = ours.map(|c| (c.id, c)).collect();
    if ours != cases {
        broken.push(format!(
            "I4: the cases of {at} are not the fold of its feed"
        ));
    }
}

/// I4: what the centre keeps of people is the fold of the feed too.
fn at_the_centre(world: &World, at: usize, data: &Data, broken: &mut Vec<String>) {
    for kept in world.machines[at].whole().people {
        // What only a newer program can read, the centre here has not folded.
        let Some(mut person) = kept.base else {
            continue;
        };
        if person.frozen && world.machines[at].is_old {
            continue;
        }
        person.frozen = false;
        if data.people.get(&person.id) != Some(&person) {
            let id = person.id;
            broken.push(format!(
                "I4: person {id} at the centre is not the fold of a feed"
            ));
        }
    }
}

/// No value is lost unseen: it stands, it was seen by who replaced it, or both are kept.
fn values(data: &Data, broken: &mut Vec<String>) {
    for person in data.people.values() {
        let mut changes = Vec::new();
        for fact in told_at_home(data, person.id) {
            match fact.change {
                Change::AnswerChanged { change } => changes.push(change),
                // Whoever chose had seen all of them, and the others stay on the line of the life.
                Change::AnswerSettled { field, .. } => changes.retain(|c| c.field != field),
                _ => {}
            }
        }
        for (at, change) in changes.iter().enumerate() {
            let stands = person.known.get(&change.field) == Some(&change.now);
            let seen = changes[at + 1..].iter().any(|later| {
                later.field == change.field && later.was.as_ref() == Some(&change.now)
            });
            let kept = person
                .conflicts
                .iter()
                .any(|conflict| [&conflict.kept, &conflict.other].contains(&&change.now));
            if !(stands || seen || kept) {
                broken.push(format!("a value of {} is lost unseen", person.id));
            }
        }
    }
}

/// What was told of a person, in its order: a home's feed has all of it for as long as they live there,
/// and the move itself stands in the feeds of both homes.
fn told_at_home(data: &Data, person: Id) -> Vec<Fact> {
    let of_feed = |feed: &Division, after: u64| {
        let facts = data.after(feed, after, usize::MAX).into_iter();
        let read = |fact: &FeedFact| serde_json::from_str(&fact.body).expect("a fact");
        let facts = facts.map(move |fact| (fact.seq, read(&fact)));
        facts.filter(move |(_, fact): &(u64, Fact)| fact.entity == person)
    };
    let opened = |(_, fact): (u64, Fact)| match fact.change {
        Change::PersonOpened { person } => Some(person.home),
        _ => None,
    };
    let mut first = data.heads.keys().flat_map(|feed| of_feed(feed, 0));
    let mut home = first.find_map(opened).expect("somebody opened it");
    let (mut after, mut told) = (0, Vec::new());
    loop {
        let mut moved = None;
        for (_, fact) in of_feed(&home, after) {
            if let Change::PersonMoved { home } = &fact.change {
                moved = Some((home.clone(), (fact.cause, fact.index)));
                break;
            }
            told.push(fact);
        }
        let Some((to, by)) = moved else {
            return told;
        };
        let arrived = of_feed(&to, 0).find(|(_, fact)| (fact.cause, fact.index) == by);
        (home, after) = (to, arrived.expect("the new home hears of it").0);
    }
}

/// What was decided, in the order it was told: the clocks of the stations are not in it.
pub fn order(world: &World) -> String {
    let open = held(&world.city.database);
    let mut order = String::new();
    for ((feed, seq), fact) in &open.data.facts {
        let fact: Fact = serde_json::from_str(&fact.body).expect("a fact");
        // An id that is derived from a content is another where the content names a time.
        let cause = match &fact.change {
            Change::Decided {
                content: Some(_), ..
            } => fact.entity,
            _ => fact.cause,
        };
        order.push_str(&format!("{feed} {seq} {cause} {}\n", fact.index));
    }
    order
}
