//! A station as a process: its store on a disk, and what lies in memory and is gone with a crash.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use domain::sync::LogAt;
use domain::{Act, Catalog, Command, Division, Id, Outcome};
use station::journal::{Contents, Kept};
use station::keys::{DataKey, Installation, Keys};
use station::store::Store;
use station::store::whole::Whole;
use station::sync::core::Core;
use station::sync::event::Which;
use station::sync::health::Surroundings;
use station::sync::hello::Speaker;
use tempfile::TempDir;

use super::city::City;
use super::rules;
use super::tables::held;
use super::uploads::Sending;

const FILE: &str = "station.db";

fn keys() -> Keys {
    DataKey::recovered(&[7; 32]).expect("32 bytes").derive()
}

/// A folder in memory where there is one: a simulation is about what is written, not about disks.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    };
    made.expect("a folder")
}

/// An empty store, made once.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    let make = || {
        let folder = folder();
        let path = folder.path().join(FILE);
        drop(Store::create(&path, &keys(), rules::first()).expect("a store"));
        folder
    };
    TEMPLATE.get_or_init(make).path()
}

fn copy(from: &Path, to: &Path) {
    for end in ["", "-wal"] {
        let name = format!("{FILE}{end}");
        let _ = std::fs::remove_file(to.join(&name));
        if from.join(&name).exists() {
            std::fs::copy(from.join(&name), to.join(&name)).expect("a copy");
        }
    }
    let _ = std::fs::remove_file(to.join(format!("{FILE}-shm")));
}

/// What is in memory while it runs.
pub struct Running {
    pub store: Store,
    pub core: Core,
    /// The call that each lane waits for.
    pub calls: BTreeMap<Which, u64>,
    /// The page under way.
    pub sending: Option<Sending>,
    /// Drawn at this start.
    run: Id,
    /// So many hellos find no room for this start's number; None once it is written down.
    uncounted: Cell<Option<u64>>,
}

/// Changes that an old program has never heard of.
const NEWER: &[&str] = &["renumbered", "person_moved", "case_reassigned"];

/// Reads facts as an old program does, or as this one.
pub fn reads<T>(is_old: bool, act: impl FnOnce() -> T) -> T {
    #[cfg(debug_assertions)]
    domain::older::knows_nothing_of(if is_old { NEWER } else { &[] });
    let done = act();
    #[cfg(debug_assertions)]
    domain::older::knows_nothing_of(&[]);
    done
}

/// The logs of a machine, each with the entry behind which it began.
type Lineage = Vec<(Id, u64)>;

pub struct Machine {
    pub installation: Installation,
    folder: TempDir,
    copies: Vec<(TempDir, Installation, Lineage)>,
    pub lineage: Lineage,
    pub running: Option<Running>,
    /// Grows with every start: what an earlier one waited for means nothing to a later one.
    pub starts: u64,
    /// The latest of its requests that the centre has seen.
    pub arrived: u64,
    /// The line is cut until then.
    pub cut_until: u64,
    /// Its program is from before there were snapshots, orders and some changes.
    pub is_old: bool,
    /// The catalogue that the centre named last: it holds from the next start on.
    pub named: String,
    /// By which it works.
    pub catalog: Arc<Catalog>,
    /// By how much its clock is wrong.
    pub clock_off_s: i64,
    /// The most of its log and of its pages that was ever seen (I9).
    pub most: (u64, usize),
}

impl Machine {
    pub fn new(installation: Installation) -> Machine {
        let folder = folder();
        copy(template(), folder.path());
        Machine {
            lineage: vec![(installation.id, 0)],
            installation,
            folder,
            copies: Vec::new(),
            running: None,
            starts: 0,
            arrived: 0,
            cut_until: 0,
            is_old: false,
            named: String::new(),
            catalog: rules::first(),
            clock_off_s: 0,
            most: (0, 0),
        }
    }

    pub fn start(&mut self, seed: u64) {
        self.starts += 1;
        let path = self.folder.path().join(FILE);
        self.catalog = rules::named(&self.named);
        let catalog = Arc::clone(&self.catalog);
        let store = Store::open(&path, &keys(), catalog).expect("the store opens");
        store.set_here(&self.installation.community);
        store.show_by_catalogue().expect("it is shown");
        store.offer_pages_again().expect("pages are offered");
        let mut core = Core::new(seed ^ self.starts);
        let more = self.reads(|| store.reads_more().expect("the store is read"));
        core.reads_more(more);
        self.running = Some(Running {
            store,
            core,
            calls: BTreeMap::new(),
            sending: None,
            run: Id(uuid::Uuid::from_u64_pair(seed, self.starts)),
            uncounted: Cell::new(Some((seed % 6).saturating_sub(3))),
        });
    }

    /// Does something as this machine's program does it: an old one does not know every fact.
    pub fn reads<T>(&self, act: impl FnOnce() -> T) -> T {
        reads(self.is_old, act)
    }

    /// Who speaks. An old program says nothing of itself.
    pub fn speaker(&self, now_ms: u64) -> Speaker {
        let running = self.running.as_ref().expect("it runs");
        let clock = super::acts::clock(now_ms, self.clock_off_s);
        let uncounted = match running.uncounted.get() {
            Some(0) => {
                running.store.count_start().expect("a start is counted");
                None
            }
            other => other.map(|hellos| hellos - 1),
        };
        running.uncounted.set(uncounted);
        let is_named = uncounted.is_none() && !self.is_old;
        Speaker {
            version: String::new(),
            run: Some(running.run).filter(|_| is_named),
            bundle: None,
            around: Some((Surroundings::default(), clock)).filter(|_| !self.is_old),
        }
    }

    pub fn crash(&mut self) {
        self.running = None;
    }

    pub fn whole(&self) -> Whole {
        let running = self.running.as_ref().expect("it runs");
        running.store.whole().expect("the store is read")
    }

    /// A backup of the store.
    pub fn back_up(&mut self) {
        let copied = folder();
        copy(self.folder.path(), copied.path());
        let kept = (copied, self.installation.clone(), self.lineage.clone());
        self.copies.push(kept);
    }

    /// One of the backups takes the store's place; false when there is none.
    pub fn roll_back(&mut self, which: usize) -> bool {
        let Some((copied, installation, lineage)) =
            self.copies.get(which % self.copies.len().max(1))
        else {
            return false;
        };
        self.running = None;
        copy(copied.path(), self.folder.path());
        (self.installation, self.lineage) = (installation.clone(), lineage.clone());
        self.most = (0, 0);
        true
    }

    /// Another machine from a copy of this one's disk.
    pub fn clone_disk(&self) -> Machine {
        let mut clone = Machine::new(self.installation.clone());
        clone.lineage.clone_from(&self.lineage);
        copy(self.folder.path(), clone.folder.path());
        clone
    }

    /// The log goes on in a new one.
    pub fn leave_log(&mut self, new: Installation, from: &LogAt) {
        let running = self.running.as_ref().expect("it runs");
        running
            .store
            .begin_new_log(&new, "", from)
            .expect("it goes on");
        self.lineage.push((new.id, from.last));
        self.installation = new;
    }

    /// Whose log an entry stands in.
    pub fn log_of(&self, n: u64) -> Id {
        let logs = self.lineage.iter().rev();
        let found = logs.clone().find(|(_, from)| *from < n);
        found.expect("the first begins at nothing").0
    }

    /// Files a command: durable when this returns.
    pub fn file(&self, command: &Command) -> Result<(), station::Error> {
        let running = self.running.as_ref().expect("it runs");
        let at = running.store.log_at()?;
        let entry = super::acts::entry(&self.installation, &at, command);
        let number = match &command.act {
            Act::Submit(submit) => submit.identity.document.number.clone(),
            Act::SettleAnswer(act) => number_of(&self.whole(), act.person),
            Act::Amend(amend) => {
                let whole = self.whole();
                let mut cases = whole.cases.iter().filter_map(|kept| kept.shown());
                let case = cases.find(|case| case.id == amend.case);
                number_of(
                    &whole,
                    case.expect("a counter corrects what it shows").person,
                )
            }
            _ => panic!("a counter files, corrects and settles"),
        };
        let kept = Kept {
            subject: running.store.subject(&number),
            serial: entry.n,
            draft: None,
            entry,
        };
        let mut contents = Contents::default();
        contents.entries.insert(kept.entry.n, kept);
        running.store.bring_back(self.installation.id, &contents)?;
        Ok(())
    }

    /// Its disk is put back or copied: from now on its audit may not be what it was.
    pub fn second_life(&self, city: &City) {
        let mut open = held(&city.database);
        open.second_lives.insert(self.installation.id);
    }

    pub fn community(&self) -> &Division {
        &self.installation.community
    }
}

/// The number of somebody who is shown.
fn number_of(whole: &Whole, person: Id) -> String {
    let mut people = whole.people.iter().filter_map(|kept| kept.shown());
    let person = people.find(|shown| shown.id == person);
    let person = person.expect("a counter works with whom it shows");
    person.identity.document.number.clone()
}

/// The ids of a log, and those of them that were refused.
pub fn ids(whole: &Whole) -> (Vec<Id>, Vec<Id>) {
    let refused = whole.log.iter().filter(|logged| {
        let outcome = logged.outcome.as_ref();
        outcome.is_some_and(|o| matches!(o, Outcome::Rejected { .. } | Outcome::Held { .. }))
    });
    (
        whole.log.iter().map(|logged| logged.entry.id).collect(),
        refused.map(|logged| logged.entry.id).collect(),
    )
}
