//! A station whose program is newer than the centre: what it asks for nobody at the centre can read. Its
//! log goes on all the same; somebody at the centre answers what was held.

use center::Result;
use domain::sync::{Entry, LogAt, Push, first_link};
use domain::{Act, Id};
use ed25519_dalek::SigningKey;
use rand::Rng;
use station::keys::Installation;

use super::acts::{self, Desk};
use super::rules;
use super::tables::{Data, held};
use super::world::{Happening, World, installation};

/// Calls from here on are of such stations: nobody's lane waits for them.
const CALLS: u64 = u64::MAX - 100;

/// A log, and no more than that.
pub struct Newer {
    installation: Installation,
    entries: Vec<Entry>,
}

/// Whether a push is one of these.
pub fn is_theirs(call: u64) -> bool {
    call >= CALLS
}

/// Now and then there is one in a city.
pub fn move_in(world: &mut World) {
    if !world.rng.gen_bool(0.3) {
        return;
    }
    let community = world.machines[0].community().clone();
    let ours = installation(9, &community.0, &world.city.public_key());
    let key = SigningKey::from_bytes(&ours.log_key).verifying_key();
    world.city.enrol(ours.id, Some(&community), key.to_bytes());
    world.newer = Some(Newer {
        installation: ours,
        entries: Vec::new(),
    });
    for _ in 0..world.rng.gen_range(2..5) {
        let wait = world.rng.gen_range(0..30_000);
        world.after(wait, Happening::FileNewer);
    }
    world.after(1_000, Happening::PushNewer);
}

/// It asks for something: of a kind that is not known here, or what waits for such.
pub fn file(world: &mut World) {
    let Some(newer) = &world.newer else {
        return;
    };
    let before: Vec<Id> = newer.entries.iter().map(|entry| entry.id).collect();
    let catalog = rules::first();
    let desk = Desk {
        installation: &newer.installation,
        catalog: &catalog,
        before: &before,
        refused: &[],
        phone: None,
        clock: acts::clock(world.now, 0),
    };
    let id = acts::id(&mut world.rng, world.now);
    let who = acts::somebody(&mut world.rng);
    let mut command = acts::filing(&mut world.rng, id, who, &desk);
    if let Act::Submit(submit) = &mut command.act {
        submit.pages.clear();
    }
    let at = newer.entries.last().map(|entry| LogAt {
        last: entry.n,
        link: entry.link.clone(),
    });
    let at = at.unwrap_or_else(|| LogAt {
        last: 0,
        link: first_link(),
    });
    let mut body = serde_json::to_value(&command).expect("a command is JSON");
    let is_newer = world.rng.gen_bool(0.7);
    if is_newer {
        body["act"]["kind"] = "teleport".into();
    }
    let entry = acts::entry_of(&newer.installation, &at, id, body.to_string());
    if let Some(newer) = &mut world.newer {
        newer.entries.push(entry);
    }
    if is_newer {
        world.count("newer commands");
    }
}

/// It sends what the centre does not have.
pub fn push(world: &mut World) {
    let wait = world.rng.gen_range(500..2_500);
    world.after(wait, Happening::PushNewer);
    let Some(newer) = world.newer.as_ref().filter(|_| world.city.up) else {
        return;
    };
    let id = newer.installation.id;
    let acked = held(&world.city.database).data.installations[&id].acked;
    let commands: Vec<_> = newer.entries.iter().skip(acked as usize).cloned().collect();
    if commands.is_empty() {
        return;
    }
    let push = Push {
        from: acked + 1,
        commands,
    };
    let task = world.city.begin_push(id, push, CALLS);
    world.after(0, Happening::Poll(task));
}

/// Only a centre that went away, or has got the same meanwhile, may refuse it.
pub fn pushed(world: &mut World, answer: &Result<u64>) {
    let refused = answer.as_ref().err().map(|error| error.refusal());
    if refused.is_some_and(|refusal| refusal.status.as_u16() < 500 && refusal.code != "log.gap") {
        let code = refused.map_or("", |refusal| refusal.code);
        let broken = format!("the log of a newer station is refused: {code}");
        world.broken.push(broken);
    }
}

/// What of its log is not at the centre with a last word.
pub fn left(newer: &Newer, data: &Data) -> Option<String> {
    let open = newer.entries.iter().find(|entry| {
        let place = (newer.installation.id, entry.n);
        let known = data.log.get(&place);
        let there = known.is_some_and(|(id, link)| *id == entry.id && *link == entry.link);
        let row = data.commands.get(&entry.id);
        !there || !row.is_some_and(|row| super::city::is_final(&row.outcome))
    });
    open.map(|entry| format!("entry {} of a newer station has no last word", entry.n))
}
