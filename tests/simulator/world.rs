//! A simulated city: its machines, its centre and the net between them, driven by one queue of
//! events and one random source. The same seed gives the same run.

use std::collections::BTreeMap;

use domain::sync::PushReply;
use domain::{Command, Division, Id};
use ed25519_dalek::SigningKey;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use station::keys::Installation;
use station::line::LineError;
use station::sync::effect::Effect;
use station::sync::event::{Event, Which};

use super::acts;
use super::bodies::Reply;
use super::city::{City, Done};
use super::hellos::Waiting;
use super::machine::{Machine, reads};
use super::net::{Answer, Call};
use super::newer::{self, Newer};
use super::tables::{Data, held};

/// How long people file and things go wrong.
const STORM_MS: u64 = 40_000;
/// How long after that everything may take to come to rest.
const REST_MS: u64 = 600_000;

pub enum Happening {
    Lane(usize, u64, Which),
    Arrive(u64),
    Answer(u64, Box<Answer>),
    Poll(u64),
    File(usize),
    Start(usize),
    StartCity,
    Sweep,
    Trouble,
    NewLogs,
    FileNewer,
    PushNewer,
}

/// What somebody filed, durably.
#[derive(Clone)]
pub struct Filed {
    pub machine: usize,
    pub command: Command,
    /// The disk that held it was put back to before it.
    pub lost: bool,
}

pub struct World {
    pub rng: StdRng,
    pub now: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    pub order: u64,
    pub calls: BTreeMap<u64, Call>,
    pub waiting: Vec<Waiting>,
    pub machines: Vec<Machine>,
    /// A station with a newer program.
    pub newer: Option<Newer>,
    pub city: City,
    pub filed: Vec<Filed>,
    pub storm: bool,
    pub broken: Vec<String>,
    /// Whether clocks go wrong.
    pub clocks: bool,
    pub city_copies: Vec<Data>,
    /// The next installation's number.
    pub enrolled: u8,
    pub counts: BTreeMap<&'static str, u64>,
}

impl World {
    pub fn new(seed: u64, clocks: bool) -> World {
        let mut world = World {
            rng: StdRng::seed_from_u64(seed),
            now: 0,
            queue: BTreeMap::new(),
            order: 0,
            calls: BTreeMap::new(),
            waiting: Vec::new(),
            machines: Vec::new(),
            newer: None,
            city: City::new(super::rules::first()),
            filed: Vec::new(),
            storm: true,
            broken: Vec::new(),
            clocks,
            city_copies: Vec::new(),
            enrolled: 10,
            counts: BTreeMap::new(),
        };
        for (number, community) in ["320302001002", "320302001002", "320303001001"]
            .iter()
            .enumerate()
        {
            let installation = installation(number as u8 + 2, community, &world.city.public_key());
            let key = SigningKey::from_bytes(&installation.log_key).verifying_key();
            world.city.enrol(
                installation.id,
                Some(&installation.community),
                key.to_bytes(),
            );
            let mut machine = Machine::new(installation);
            let off_s = world.rng.gen_range(-172_800..172_800);
            machine.clock_off_s = if clocks { off_s } else { 0 };
            machine.is_old = world.rng.gen_bool(0.15);
            world.machines.push(machine);
            world.at(0, Happening::Start(number));
            for _ in 0..world.rng.gen_range(3..7) {
                let when = world.rng.gen_range(0..STORM_MS);
                world.at(when, Happening::File(number));
            }
        }
        for _ in 0..2 {
            let home = world.machines[0].community().clone();
            let act = City::employment(&mut world.rng, &home);
            let id = acts::id(&mut world.rng, 0);
            let by = acts::clerk(&Division("3203".to_owned()));
            let task = world.city.begin_act(id, by, act);
            world.at(0, Happening::Poll(task));
        }
        newer::move_in(&mut world);
        world.at(500, Happening::Sweep);
        world.at(1_000, Happening::Trouble);
        world.at(5_000, Happening::NewLogs);
        world
    }

    /// Runs until everything rests; the reason when it never does.
    pub fn run(&mut self) {
        while let Some(((at, _), happening)) = self.queue.pop_first() {
            self.now = at;
            if self.storm && at >= STORM_MS {
                self.calm();
            }
            if at > STORM_MS + REST_MS {
                let why = super::rest::restless(self);
                self.broken.push(format!("no rest: {why}"));
                return;
            }
            self.happen(happening);
            let mut open = held(&self.city.database);
            self.broken.append(&mut open.broken);
            drop(open);
            if !self.broken.is_empty() || (!self.storm && super::rest::rests(self)) {
                return;
            }
        }
    }

    /// The storm is over: lines hold, machines stay up, nothing new is filed.
    fn calm(&mut self) {
        self.storm = false;
        self.city.set_faults(&mut self.rng, false);
        for machine in 0..self.machines.len() {
            self.machines[machine].cut_until = 0;
            self.machines[machine].crash();
            self.after(1, Happening::Start(machine));
        }
        self.after(1, Happening::StartCity);
    }

    pub fn after(&mut self, wait: u64, happening: Happening) {
        self.at(self.now + wait, happening);
    }

    fn at(&mut self, at: u64, happening: Happening) {
        self.order += 1;
        self.queue.insert((at, self.order), happening);
    }

    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Lane(machine, start, which) => {
                if self.machines[machine].starts == start {
                    self.lane(machine, which);
                }
            }
            Happening::Arrive(call) => self.arrive(call),
            Happening::Answer(call, answer) => self.answered(call, *answer),
            Happening::Poll(task) => self.poll(task),
            Happening::File(machine) => super::storm::file(self, machine),
            Happening::Start(machine) => self.start(machine),
            Happening::StartCity => self.city.up = true,
            Happening::Sweep => self.sweep(),
            Happening::Trouble => super::storm::trouble(self),
            Happening::NewLogs => super::copies::new_logs(self),
            Happening::FileNewer => newer::file(self),
            Happening::PushNewer => newer::push(self),
        }
    }

    fn start(&mut self, machine: usize) {
        if self.machines[machine].running.is_some() {
            return;
        }
        let seed = self.rng.r#gen();
        self.machines[machine].start(seed);
        super::check::views(self, machine);
        super::check::made_by_another_catalogue(self, machine);
        for which in [Which::Hello, Which::Push, Which::Pull, Which::Pages] {
            self.ring(machine, which);
        }
    }

    pub fn ring(&mut self, machine: usize, which: Which) {
        let start = self.machines[machine].starts;
        self.after(0, Happening::Lane(machine, start, which));
    }

    /// A lane looks at what there is to do.
    fn lane(&mut self, at: usize, which: Which) {
        let now = self.now;
        let Some(running) = self.machines[at].running.as_mut() else {
            return;
        };
        if running.calls.contains_key(&which) {
            return;
        }
        let look = Event::Look(which);
        let facts = running.store.sync_facts(&look).expect("the store is read");
        let start = self.machines[at].starts;
        let running = self.machines[at].running.as_mut().expect("it runs");
        match running.core.step(&facts, now, look).pop() {
            Some(Effect::Ask(request)) => self.ask(at, which, request),
            Some(Effect::Wait(Some(until))) => {
                self.at(until.max(now + 1), Happening::Lane(at, start, which));
            }
            _ => {}
        }
    }

    fn poll(&mut self, task: u64) {
        let commits = held(&self.city.database).commits;
        match self.city.poll(task) {
            None => {}
            Some(None) => {
                let wait = self.rng.gen_range(0..4);
                self.after(wait, Happening::Poll(task));
            }
            Some(Some((Some(call), Done::Pushed(answer)))) if newer::is_theirs(call) => {
                newer::pushed(self, &answer);
                self.after(0, Happening::Sweep);
            }
            Some(Some((Some(call), Done::Pushed(answer)))) => {
                super::check::acknowledged(self, self.installation_of(call), &answer);
                let answer = answer.map(|acked| PushReply { acked });
                self.reply(call, Reply::new(&answer));
                self.after(0, Happening::Sweep);
            }
            Some(Some((Some(call), Done::Greeted(done)))) => {
                let (heard, greeted) = *done;
                self.greeted(call, heard, greeted);
            }
            Some(Some(_)) => {}
        }
        if held(&self.city.database).commits != commits {
            self.wake_waiting();
            if self.storm && self.rng.gen_bool(0.02) {
                self.crash_city();
            }
        }
    }

    fn installation_of(&self, call: u64) -> Option<Id> {
        self.calls.get(&call).map(|call| call.installation)
    }

    pub fn crash_city(&mut self) {
        self.count("centre crashed");
        self.city.crash();
        self.waiting.clear();
        let open: Vec<u64> = self.calls.keys().copied().collect();
        for call in open {
            self.fail(call, 5, LineError::new("line.interrupted"));
        }
        let wait = self.rng.gen_range(10..3_000);
        self.after(wait, Happening::StartCity);
    }

    fn sweep(&mut self) {
        self.wake_waiting();
        if self.city.up {
            let bad = self.storm;
            self.city.set_faults(&mut self.rng, bad);
            let mut broken = self.city.build_snapshots(&mut self.rng);
            self.broken.append(&mut broken);
            let mut tasks = vec![self.city.begin_sweep()];
            // People are slower than machines: they come when nobody pushes.
            if self.city.is_idle() || self.rng.gen_bool(0.5) {
                for (id, by, act) in self.city.due(&mut self.rng, self.now, self.storm) {
                    tasks.push(self.city.begin_act(id, by, act));
                }
            }
            for task in tasks {
                self.after(0, Happening::Poll(task));
            }
        }
        for at in 0..self.machines.len() {
            if self.rng.gen_bool(0.3) {
                super::storm::amend(self, at);
            }
        }
        let wait = self.rng.gen_range(800..2_500);
        self.after(wait, Happening::Sweep);
    }

    /// Steps a station's core and does what it says, as its worker does; a crash may come after
    /// anything that is written.
    pub fn happened(&mut self, at: usize, which: Which, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let now = self.now;
            let Some(running) = self.machines[at].running.as_mut() else {
                return;
            };
            let facts = running.store.sync_facts(&event).expect("the store is read");
            for effect in running.core.step(&facts, now, event) {
                let machine = &self.machines[at];
                let Some(running) = machine.running.as_ref() else {
                    return;
                };
                let off_s = machine.clock_off_s;
                let written = reads(machine.is_old, || {
                    effect.write(&running.store, &|at| acts::clock(at, off_s))
                });
                match (&effect, &written) {
                    (_, Err(error)) => {
                        let code = error.code().to_owned();
                        super::check::store_said(self, at, &code);
                        let running = self.machines[at].running.as_mut().expect("it runs");
                        drop(running.core.store_failed(which, now, &code));
                        return;
                    }
                    (Effect::Fold { head, .. }, _) => events.push(Event::Folded { head: *head }),
                    (Effect::StageSnapshot(..) | Effect::StageChunks { .. }, _) => {
                        self.count("parts kept");
                        events.push(Event::Staged);
                    }
                    (Effect::LoadSnapshot, _) => {
                        super::snapshots::loaded(self, at);
                        events.push(Event::Loaded);
                    }
                    (Effect::Ring(which), _) => self.ring(at, *which),
                    (Effect::BeginFeedAgain, _) => self.count("feeds begun again"),
                    _ => {}
                }
                if matches!(written, Ok(true)) {
                    super::check::after_write(self, at);
                    if self.storm && self.rng.gen_bool(0.02) {
                        return super::storm::crash(self, at);
                    }
                }
            }
        }
    }

    /// The centre's tables are copied, or put back to an earlier copy.
    pub fn copy_city(&mut self) {
        let data = held(&self.city.database).data.clone();
        self.city_copies.push(data);
    }

    pub fn restore_city(&mut self) {
        let Some(copy) = self.city_copies.pop() else {
            return;
        };
        self.count("centre restored");
        self.crash_city();
        held(&self.city.database).restore(copy);
    }
}

pub fn installation(number: u8, community: &str, centre_key: &str) -> Installation {
    Installation {
        id: Id(uuid::Uuid::from_u128(u128::from(number))),
        community: Division(community.to_owned()),
        community_name: String::new(),
        station_url: String::new(),
        centre_url: String::new(),
        number: u32::from(number),
        until: None,
        certificate_pem: String::new(),
        key_pem: String::new(),
        ca_pem: String::new(),
        log_key: [number; 32],
        centre_key: centre_key.to_owned(),
    }
}
