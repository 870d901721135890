//! Disks that are copied and put back, and the new logs that come of it.

use domain::new_log::{NewLog, new_log_message};
use domain::sync::LogAt;
use ed25519_dalek::{Signer, SigningKey};
use rand::Rng;

use super::acts;
use super::world::{Happening, World, installation};

/// More machines than this, clones among them, are too many.
const MACHINES: usize = 5;

/// A backup of a station's store is made.
pub fn back_up(world: &mut World, at: usize) {
    if world.machines[at].running.is_some() {
        world.machines[at].back_up();
    }
}

/// A backup takes a store's place: through the recovery page, which says so, or by somebody who
/// copied files.
pub fn roll_back(world: &mut World, at: usize) {
    let which = world.rng.gen_range(0..8);
    world.machines[at].second_life(&world.city);
    if !world.machines[at].roll_back(which) {
        return;
    }
    world.count("rolled back");
    world.machines[at].second_life(&world.city);
    let seed = world.rng.r#gen();
    let says_so = world.rng.gen_bool(0.5);
    world.machines[at].start(seed);
    if says_so {
        let now = acts::clock(world.now, 0);
        let running = world.machines[at].running.as_ref().expect("it runs");
        running.store.note_restored(now).expect("it is noted");
    }
    let log = world.machines[at].whole().log;
    let there: Vec<_> = log.iter().map(|logged| logged.entry.id).collect();
    for filed in world.filed.iter_mut().filter(|filed| filed.machine == at) {
        filed.lost = !there.contains(&filed.command.id);
    }
    world.machines[at].crash();
    world.after(200, Happening::Start(at));
}

/// A second machine runs from a copy of a disk.
pub fn copy(world: &mut World, at: usize) {
    if world.machines.len() >= MACHINES || world.machines[at].running.is_none() {
        return;
    }
    world.count("cloned");
    world.machines[at].second_life(&world.city);
    let clone = world.machines[at].clone_disk();
    world.machines.push(clone);
    let number = world.machines.len() - 1;
    world.after(1, Happening::Start(number));
    for _ in 0..world.rng.gen_range(1..4) {
        let wait = world.rng.gen_range(0..15_000);
        world.after(wait, Happening::File(number));
    }
}

/// Somebody at the centre gives codes to those whose log contradicts.
pub fn new_logs(world: &mut World) {
    for at in 0..world.machines.len() {
        let machine = &world.machines[at];
        let wants = machine
            .running
            .as_ref()
            .is_some_and(|r| r.core.wants_new_log());
        if wants && world.city.up {
            new_log(world, at);
        }
    }
    world.after(4_000, Happening::NewLogs);
}

fn new_log(world: &mut World, at: usize) {
    let machine = &world.machines[at];
    let old = machine.installation.clone();
    let store = &machine.running.as_ref().expect("it runs").store;
    let entries = store.common_entries().expect("there is one");
    let mut new = installation(world.enrolled, &old.community.0, &old.centre_key);
    new.number = u32::from(world.enrolled);
    world.enrolled += 1;
    let key = SigningKey::from_bytes(&new.log_key)
        .verifying_key()
        .to_bytes();
    let fits = |from: &&LogAt| {
        let said = new_log_message(old.id, from.last, &from.link, &hex::encode(key));
        let signature = SigningKey::from_bytes(&old.log_key).sign(&said);
        let asked = NewLog {
            parent: old.id,
            n: from.last,
            link: from.link.clone(),
            signature: hex::encode(signature.to_bytes()),
        };
        world.city.go_on(&asked, new.id, key).is_ok()
    };
    let Some(from) = entries.iter().find(fits).cloned() else {
        let broken = format!("{at} cannot go on from any of {entries:?}");
        return world.broken.push(broken);
    };
    world.count("new logs");
    // A centre that came back from an older copy would not know this installation.
    world.city_copies.clear();
    world.machines[at].leave_log(new, &from);
    world.machines[at].crash();
    world.after(100, Happening::Start(at));
}
