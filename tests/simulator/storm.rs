//! What people file, and what goes wrong meanwhile.

use domain::command::Amend;
use domain::order::What;
use domain::{Act, Stage};
use rand::Rng;
use station::orders::Obeyed;
use station::sync::event::{Event, Which};

use super::acts;
use super::machine::ids;
use super::world::{Filed, Happening, World};

/// Somebody files at a counter.
pub fn file(world: &mut World, at: usize) {
    if world.machines[at].running.is_none() {
        return world.after(300, Happening::File(at));
    }
    let store = &world.machines[at].running.as_ref().expect("it runs").store;
    if store.is_program_too_old().expect("the store is read") {
        return world.count("too old to file");
    }
    let whole = world.machines[at].whole();
    let (before, refused) = ids(&whole);
    let copied = copied(world, at);
    let (id, who) = copied.unwrap_or_else(|| {
        let id = acts::id(&mut world.rng, world.now);
        (id, acts::somebody(&mut world.rng))
    });
    let known = whole.people.iter().filter_map(|kept| kept.shown());
    let phone = known
        .filter(|person| person.identity.document == who.document)
        .find_map(|person| person.known.get("phone").cloned());
    let machine = &world.machines[at];
    let desk = acts::Desk {
        installation: &machine.installation,
        catalog: &machine.catalog,
        before: &before,
        refused: &refused,
        phone,
        clock: acts::clock(world.now, machine.clock_off_s),
    };
    let command = acts::filing(&mut world.rng, id, who, &desk);
    let case = command.id.derive("case");
    let known = whole.cases.iter().filter_map(|kept| kept.shown());
    if before.contains(&command.id) || known.into_iter().any(|known| known.id == case) {
        return;
    }
    super::check::more_knowledge(world, at, &command);
    world.machines[at].file(&command).expect("it is filed");
    world.count("filed");
    world.filed.push(Filed {
        machine: at,
        command,
        lost: false,
    });
    super::check::after_write(world, at);
    if world.rng.gen_bool(0.05) {
        crash(world, at);
    }
    for which in [Which::Hello, Which::Push, Which::Pages] {
        world.happened(at, which, Event::Hurry(which));
        world.ring(at, which);
    }
}

/// Once in a while an id that stands for something else of the same resident in another community:
/// a program that is wrong.
fn copied(world: &mut World, at: usize) -> Option<(domain::Id, domain::Identity)> {
    let community = |machine: usize| world.machines[machine].community();
    let theirs = world
        .filed
        .iter()
        .filter(|filed| community(filed.machine) != community(at));
    let theirs: Vec<_> = theirs
        .filter_map(|filed| match &filed.command.act {
            Act::Submit(submit) => Some((filed.command.id, submit.identity.clone())),
            _ => None,
        })
        .collect();
    let copied = world.rng.gen_bool(0.03) && !theirs.is_empty();
    copied.then(|| theirs[world.rng.gen_range(0..theirs.len())].clone())
}

pub fn crash(world: &mut World, at: usize) {
    world.count("station crashed");
    world.machines[at].crash();
    let wait = world.rng.gen_range(10..4_000);
    world.after(wait, Happening::Start(at));
}

/// Something else goes wrong.
pub fn trouble(world: &mut World) {
    if !world.storm {
        return;
    }
    let at = world.rng.gen_range(0..world.machines.len());
    match world.rng.gen_range(0..18) {
        0 => {
            world.count("partitioned");
            world.machines[at].cut_until = world.now + world.rng.gen_range(1_000..12_000);
        }
        1 => crash(world, at),
        2 => world.crash_city(),
        3 => {
            let off_s = world.rng.gen_range(-172_800..172_800);
            world.count("clock jumped");
            if world.clocks {
                world.machines[at].clock_off_s = off_s;
            }
        }
        4 => newer(world),
        5 => world.copy_city(),
        6 if world.rng.gen_bool(0.3) => world.restore_city(),
        7 => super::copies::back_up(world, at),
        8 if world.rng.gen_bool(0.4) => super::copies::roll_back(world, at),
        9 if world.rng.gen_bool(0.2) => super::copies::copy(world, at),
        10 => settle(world, at),
        11 => correct(world),
        12 => order(world, at),
        13 if world.rng.gen_bool(0.3) => upgrade(world, at),
        14 if world.rng.gen_bool(0.1) => {
            // From now on only a newer program may file.
            world.count("minimum raised");
            world.city.minimum_protocol = domain::sync::PROTOCOL + 1;
        }
        15 if world.rng.gen_bool(0.3) => {
            world.count("catalogue changed");
            world.city.catalog = super::rules::other();
        }
        _ => {}
    }
    let wait = world.rng.gen_range(300..2_500);
    world.after(wait, Happening::Trouble);
}

/// An officer orders a station to tell its log, or to begin its feed again.
fn order(world: &mut World, at: usize) {
    if !world.city.up || world.machines[at].is_old {
        return;
    }
    let id = acts::id(&mut world.rng, world.now);
    let what = match world.rng.gen_bool(0.5) {
        true => What::Resync {},
        false => What::LogExtract {},
    };
    world.count("ordered");
    let installation = world.machines[at].installation.id;
    world.city.order(id, installation, world.now, what);
}

/// A station does what it is ordered; a crash may come after each.
pub fn obey(world: &mut World, at: usize, orders: &[serde_json::Value]) {
    for value in orders {
        let machine = &world.machines[at];
        let Some(running) = machine.running.as_ref() else {
            return;
        };
        let now = acts::clock(world.now, machine.clock_off_s);
        let obeyed = running
            .store
            .obey_word(value, &machine.installation, now)
            .expect("an order of the centre's");
        if obeyed == Some(Obeyed::FeedAgain) {
            world.count("begun again by order");
            world.ring(at, Which::Pull);
        }
        super::check::views(world, at);
        if world.storm && world.rng.gen_bool(0.02) {
            return crash(world, at);
        }
    }
}

/// A newer program is installed.
fn upgrade(world: &mut World, at: usize) {
    if world.machines[at].is_old {
        world.count("upgraded");
        world.machines[at].is_old = false;
        crash(world, at);
    }
}

/// Somebody at a counter says which of two values is right.
fn settle(world: &mut World, at: usize) {
    if world.machines[at].running.is_none() {
        return;
    }
    let whole = world.machines[at].whole();
    let shown = whole.people.iter().filter_map(|kept| kept.shown());
    let open = shown.filter(|person| person.unsettled().next().is_some());
    let Some((person, conflict)) = open
        .filter_map(|person| Some((person, person.unsettled().next()?)))
        .next()
    else {
        return;
    };
    let mut seen = vec![conflict.kept.clone()];
    let of_field = person.unsettled().filter(|c| c.field == conflict.field);
    seen.extend(of_field.map(|conflict| conflict.other.clone()));
    let value = seen[world.rng.gen_range(0..seen.len())].clone();
    let machine = &world.machines[at];
    let command = domain::Command {
        id: acts::id(&mut world.rng, world.now),
        after: None,
        replaces: None,
        by: acts::clerk(machine.community()),
        acted_on: "2026-11-23".parse().expect("a day"),
        made_at: acts::clock(world.now, machine.clock_off_s),
        catalogue: String::new(),
        act: Act::SettleAnswer(domain::record::SettleAnswer {
            person: person.id,
            field: conflict.field.clone(),
            value,
            seen,
        }),
    };
    file_it(world, at, command, "settled at a counter");
}

/// Somebody at a counter completes a case that came back.
pub fn amend(world: &mut World, at: usize) {
    let machine = &world.machines[at];
    let Some(running) = machine.running.as_ref() else {
        return;
    };
    if running
        .store
        .is_program_too_old()
        .expect("the store is read")
    {
        return;
    }
    let whole = machine.whole();
    let shown: Vec<_> = whole.cases.iter().filter_map(|kept| kept.shown()).collect();
    let returned = shown.into_iter().filter(|case| {
        let known = whole.people.iter().filter_map(|kept| kept.shown());
        let mut known = known.filter(|person| person.id == case.person);
        let is_ours = case.filed_at == *machine.community();
        // Nobody sends the same correction again while they wait for its answer.
        let sent = world.filed.iter().any(|filed| {
            filed.machine == at
                && !filed.lost
                && matches!(&filed.command.act, Act::Amend(amend)
                    if amend.case == case.id && amend.version == case.version)
        });
        is_ours && !sent && matches!(case.stage, Stage::Returned { .. }) && known.next().is_some()
    });
    let returned: Vec<_> = returned.cloned().collect();
    if returned.is_empty() {
        return;
    }
    let case = &returned[world.rng.gen_range(0..returned.len())];
    let mut answers = super::rules::form(&machine.catalog, case.acted_on);
    answers.insert(super::rules::FIELD.to_owned(), "窗口补录".to_owned());
    let command = domain::Command {
        id: acts::id(&mut world.rng, world.now),
        after: None,
        replaces: None,
        by: acts::clerk(machine.community()),
        acted_on: case.acted_on,
        made_at: acts::clock(world.now, machine.clock_off_s),
        catalogue: machine.catalog.hash.clone(),
        act: Act::Amend(Amend {
            case: case.id,
            version: case.version,
            answers,
            changes: Vec::new(),
            pages: case.pages.clone(),
        }),
    };
    file_it(world, at, command, "corrected at a counter");
}

/// Files a command; the push lane is in a hurry.
fn file_it(world: &mut World, at: usize, command: domain::Command, what: &'static str) {
    world.machines[at].file(&command).expect("it is filed");
    world.count(what);
    world.filed.push(Filed {
        machine: at,
        command,
        lost: false,
    });
    super::check::after_write(world, at);
    world.happened(at, Which::Push, Event::Hurry(Which::Push));
    world.ring(at, Which::Push);
}

/// Somebody at the centre corrects a record.
fn correct(world: &mut World) {
    if !world.city.up {
        return;
    }
    let homes: Vec<_> = world
        .machines
        .iter()
        .map(|m| m.community().clone())
        .collect();
    let now = world.now;
    if let Some((what, id, by, act)) = world.city.correction(&mut world.rng, &homes, now) {
        world.count(what);
        let task = world.city.begin_act(id, by, act);
        world.after(0, Happening::Poll(task));
    }
}

/// A newer centre says something of somebody.
fn newer(world: &mut World) {
    let open = super::tables::held(&world.city.database);
    let people: Vec<_> = open.data.people.values().cloned().collect();
    drop(open);
    if people.is_empty() || !world.city.up {
        return;
    }
    let person = &people[world.rng.gen_range(0..people.len())];
    let cause = acts::id(&mut world.rng, world.now);
    world.count("newer facts");
    let task = world
        .city
        .begin_newer(person.home.clone(), person.id, cause);
    world.after(0, Happening::Poll(task));
}

/// The resident whom a command is about.
pub fn number_of(command: &domain::Command) -> Option<String> {
    match &command.act {
        Act::Submit(submit) => Some(submit.identity.document.number.clone()),
        _ => None,
    }
}
