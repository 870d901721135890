//! The centre as a process: the product's own steps on the tables in memory, as many at once as come
//! in, each going on when the scheduler says.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use center::decide::chain;
use center::decide::own::take_own;
use center::decide::push::take_push;
use center::decide::waiting::decide_again;
use center::decide::{Rules, Tables};
use center::store::installation::Installation;
use center::store::staff::{Member, Role};
use center::sync::Station;
use center::sync::greet::{Greeted, greet};
use center::{Error, Result, feed};
use domain::new_log::NewLog;
use domain::order::What;
use domain::sync::{
    Entry, FeedAt, FeedFact, Hello, PROTOCOL, Pull, PullReply, Push, first_link, sum_after,
};
use domain::{Act, Catalog, Change, Command, Division, Fact, Id, Outcome, Staff};
use ed25519_dalek::SigningKey;
use rand::Rng;
use rand::rngs::StdRng;

use super::acts;
use super::ground::{Ground, Ordered};
use super::tables::{Database, Fault, Shared, held};
use super::transaction::{Memory, TAKEN};

/// A hello that came in.
pub struct Heard {
    pub installation: Id,
    pub hello: Hello,
    pub now_ms: u64,
    pub is_first: bool,
    /// The machine has started again since it said this.
    pub is_late: bool,
}

/// What a task comes to.
pub enum Done {
    Pushed(Result<u64>),
    Greeted(Box<(Heard, Result<Greeted>)>),
    Own,
}

type Running = Pin<Box<dyn Future<Output = Done> + Send>>;

pub struct City {
    pub database: Shared,
    /// The catalogue in force.
    pub catalog: Arc<Catalog>,
    log: Id,
    key: SigningKey,
    tasks: BTreeMap<u64, (Running, Option<u64>)>,
    next: u64,
    pub up: bool,
    /// Lowest protocol that may do new work.
    pub minimum_protocol: u32,
}

impl City {
    pub fn new(catalog: Arc<Catalog>) -> City {
        let city = City {
            database: Shared::default(),
            catalog,
            log: Id(uuid::Uuid::from_u128(1)),
            key: SigningKey::from_bytes(&[1; 32]),
            tasks: BTreeMap::new(),
            next: 0,
            up: true,
            minimum_protocol: PROTOCOL,
        };
        let public = city.key.verifying_key().to_bytes();
        city.enrol(city.log, None, public);
        city
    }

    pub fn enrol(&self, id: Id, community: Option<&Division>, log_key: [u8; 32]) {
        let row = Installation {
            id,
            community: community.cloned(),
            log_key,
            acked: 0,
            link: first_link(),
            durable: 0,
            revoked_at: None,
            number: community.map(|_| 1),
            certificate_until: None,
            moving_from: None,
        };
        let mut open = held(&self.database);
        open.data.installations.insert(id, row);
        if let Some(community) = community {
            let staff = acts::clerk(community);
            let member = Member {
                staff: staff.clone(),
                login: staff.name,
                role: Role::Station,
                password_hash: None,
            };
            open.data.staff.insert(staff.id, member);
        }
    }

    /// Somebody at the centre lets a log go on in a new one; where the old one ends when it cannot.
    pub fn go_on(&self, new: &NewLog, id: Id, log_key: [u8; 32]) -> std::result::Result<(), u64> {
        let row = {
            let open = held(&self.database);
            let parent = open.data.installations[&new.parent].clone();
            let there = open
                .data
                .log
                .get(&(new.parent, new.n))
                .map(|(_, link)| link.as_str());
            chain::descends(&parent, there, new, &hex::encode(log_key))
                .map_err(|error| error.problem().acked.unwrap_or(0))?;
            parent
        };
        self.enrol(id, row.community.as_ref(), log_key);
        let mut open = held(&self.database);
        if let Some(row) = open.data.installations.get_mut(&id) {
            (row.acked, row.link) = (new.n, new.link.clone());
        }
        Ok(())
    }

    /// A push begins; the task that it is.
    pub fn begin_push(&mut self, installation: Id, push: Push, call: u64) -> u64 {
        let (database, catalog) = (Arc::clone(&self.database), Arc::clone(&self.catalog));
        let task = async move {
            let rules = rules(&catalog);
            if let Err(error) = chain::numbered(push.from, &push.commands) {
                return Done::Pushed(Err(error));
            }
            let entries: &[Entry] = &push.commands;
            loop {
                let tables = Memory::begin(&database);
                match take_push(tables, &rules, installation, entries, None).await {
                    Err(Error::Fault(why)) if why == TAKEN => {}
                    taken => return Done::Pushed(taken.map(|taken| taken.acked)),
                }
            }
        };
        self.begin(Box::pin(task), Some(call))
    }

    /// Held commands whose wait is over are decided again.
    pub fn begin_sweep(&mut self) -> u64 {
        let (database, catalog) = (Arc::clone(&self.database), Arc::clone(&self.catalog));
        let task = async move {
            let rules = rules(&catalog);
            let ready = Memory::begin(&database)
                .ready(200)
                .await
                .unwrap_or_default();
            for id in ready {
                let again = decide_again(Memory::begin(&database), &rules, id, None).await;
                drop(again);
            }
            Done::Own
        };
        self.begin(Box::pin(task), None)
    }

    /// Somebody at the centre acts.
    pub fn begin_act(&mut self, id: Id, by: Staff, act: Act) -> u64 {
        let (database, catalog) = (Arc::clone(&self.database), Arc::clone(&self.catalog));
        let (log, key) = (self.log, self.key.clone());
        let task = async move {
            let rules = rules(&catalog);
            let command = Command {
                id,
                after: None,
                replaces: None,
                by,
                acted_on: rules.today,
                made_at: acts::begin(),
                catalogue: String::new(),
                act,
            };
            let body = serde_json::to_string(&command).expect("a command is JSON");
            let mut tables = Memory::begin(&database);
            let taken = take_own(&mut tables, &rules, (log, &key), &command, &body).await;
            if matches!(taken, Ok(Some(_))) {
                drop(tables.commit().await);
            }
            Done::Own
        };
        self.begin(Box::pin(task), None)
    }

    /// A newer centre tells something that nobody here can read.
    pub fn begin_newer(&mut self, feed: Division, person: Id, cause: Id) -> u64 {
        let database = Arc::clone(&self.database);
        let task = async move {
            let mut tables = Memory::begin(&database);
            let heads = tables.lock_heads(&[&feed]).await.unwrap_or_default();
            let Some(at) = heads.get(&feed).cloned() else {
                return Done::Own;
            };
            let fact = Fact {
                entity: person,
                cause,
                index: 0,
                change: Change::Unknown(serde_json::json!({ "kind": "teleported" })),
            };
            let body = serde_json::to_string(&fact).expect("a fact is JSON");
            let seq = at.seq + 1;
            let sum = sum_after(&at.sum, &body);
            let fact = FeedFact {
                seq,
                body,
                sum: sum.clone(),
            };
            let told = center::store::fact::Told {
                feed: &feed,
                before: at.sum,
                facts: vec![fact],
            };
            drop(tables.add_facts(&[told]).await);
            let heads = BTreeMap::from([(feed.clone(), FeedAt { seq, sum })]);
            drop(tables.advance_heads(&heads).await);
            drop(tables.commit().await);
            Done::Own
        };
        self.begin(Box::pin(task), None)
    }

    fn begin(&mut self, task: Running, call: Option<u64>) -> u64 {
        self.next += 1;
        self.tasks.insert(self.next, (task, call));
        self.next
    }

    /// Lets a task go on to its next wait; what it came to, and for which call.
    pub fn poll(&mut self, task: u64) -> Option<Option<(Option<u64>, Done)>> {
        let (running, call) = self.tasks.get_mut(&task)?;
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(done) = running.as_mut().poll(&mut context) else {
            return Some(None);
        };
        let call = *call;
        self.tasks.remove(&task);
        Some(Some((call, done)))
    }

    pub fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The process ends: what is not committed never was.
    pub fn crash(&mut self) {
        self.tasks.clear();
        held(&self.database).crash();
        self.up = false;
    }

    /// A hello begins to be answered: when it arrives, or when it has waited.
    pub fn begin_hello(&mut self, call: u64, heard: Heard) -> u64 {
        let found = {
            let open = held(&self.database);
            known(&open, heard.installation).cloned()
        };
        let ground = Ground {
            memory: Memory::begin(&self.database),
            now: acts::clock(heard.now_ms, 0),
            minimum_protocol: self.minimum_protocol,
            catalogue: self.catalog.hash.clone(),
            key: self.key.clone(),
            is_late: heard.is_late,
        };
        let task = async move {
            let greeted = match found {
                Ok(Installation {
                    id,
                    community: Some(community),
                    ..
                }) => {
                    greet(
                        ground,
                        &Station { id, community },
                        &heard.hello,
                        heard.is_first,
                    )
                    .await
                }
                Ok(_) => Err(Error::Refused(&center::refusal::STATION_UNKNOWN)),
                Err(error) => Err(error),
            };
            Done::Greeted(Box::new((heard, greeted)))
        };
        self.begin(Box::pin(task), Some(call))
    }

    /// What a hello that waits is waiting for: facts of its community, orders for it.
    pub fn news(&self, installation: Id) -> (u64, usize) {
        let open = held(&self.database);
        let row = open.data.installations.get(&installation);
        let feed = row.and_then(|row| row.community.as_ref());
        let head = feed.map_or(0, |feed| open.data.head(feed));
        let orders = open.data.orders.iter();
        let theirs = orders.filter(|ordered| ordered.installation == installation);
        (head, theirs.count())
    }

    /// An officer orders something.
    pub fn order(&self, id: Id, installation: Id, now_ms: u64, what: What) {
        let at = acts::clock(now_ms, 0);
        let ordered = Ordered::new(id, installation, at, what, &self.key);
        held(&self.database).data.orders.push(ordered);
    }

    /// The key that stations have pinned.
    pub fn public_key(&self) -> String {
        hex::encode(self.key.verifying_key().to_bytes())
    }

    pub fn pull(&self, installation: Id, pull: &Pull) -> Result<PullReply> {
        let open = held(&self.database);
        let row = known(&open, installation)?;
        let name = row.community.clone().unwrap_or(Division(String::new()));
        let there = open.data.sum(&name, pull.after.seq);
        let limit = feed::continues(pull, there.as_ref())?;
        Ok(PullReply {
            facts: open.data.after(&name, pull.after.seq, limit.min(40)),
            head: open.data.head(&name),
        })
    }

    /// What the next commits meet.
    pub fn set_faults(&self, rng: &mut StdRng, bad: bool) {
        let mut open = held(&self.database);
        open.faults = match bad {
            true => (0..24)
                .map(|_| match rng.gen_range(0..12) {
                    0 => Fault::Before,
                    1 => Fault::After,
                    _ => Fault::None,
                })
                .collect(),
            false => Vec::new(),
        };
    }
}

fn rules(catalog: &Catalog) -> Rules<'_> {
    Rules {
        catalog,
        today: "2026-11-23".parse().expect("a day"),
        let_in_days: 14,
    }
}

fn known(open: &Database, installation: Id) -> Result<&Installation> {
    let row = open.data.installations.get(&installation);
    row.ok_or(Error::Refused(&center::refusal::STATION_UNKNOWN))
}

/// Whether a command has its last word.
pub fn is_final(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted | Outcome::Rejected { .. })
}
