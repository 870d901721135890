//! A station's work on a model disk, with every promise that it gave: what was typed, taken and
//! filed, in the order it was answered.

use domain::case::Answers;

use super::city::read;
use super::model::Mount;
use super::*;
use crate::backup;
use crate::error::{Error, Result};

/// Something a person was told is saved.
#[derive(Clone, Debug)]
pub(crate) enum Promise {
    /// The station is founded: keys, store, identity.
    Founded,
    /// This keystroke of the form of this person.
    Typed { draft: Id, order: u32, stroke: u32 },
    /// A page of a form.
    Taken { sha256: String },
    /// The form of this person.
    Filed { case: Id, order: u32, stroke: u32 },
    /// A backup of so much of the log: this one, or a later one that took its place.
    BackedUp { last: u64 },
}

/// What befalls an act of the work.
pub(crate) trait Fate {
    /// The act failed; returns when it is worth trying again. Panics when it may not fail.
    fn failed(&mut self, error: &Error, mount: &Mount, promises: &[Promise]);
}

/// Nothing may fail.
pub(crate) struct Smooth;

impl Fate for Smooth {
    fn failed(&mut self, error: &Error, _: &Mount, _: &[Promise]) {
        panic!("{error}");
    }
}

/// The work at one mount.
pub(crate) struct Work<'a> {
    mount: &'a Mount,
    fate: &'a mut dyn Fate,
    /// Seconds of the day that have passed: each act has its own.
    passed_s: i64,
    /// Given so far, oldest first.
    pub promises: Vec<Promise>,
}

impl<'a> Work<'a> {
    pub(crate) fn at(mount: &'a Mount, fate: &'a mut dyn Fate) -> Work<'a> {
        Work {
            mount,
            fate,
            passed_s: 0,
            promises: Vec::new(),
        }
    }

    /// Where the work is done.
    pub(crate) fn mount(&self) -> &'a Mount {
        self.mount
    }

    /// Tries until it is done.
    fn insist<T>(&mut self, mut act: impl FnMut() -> Result<T>) -> T {
        for _ in 0..3 {
            match act() {
                Ok(done) => return done,
                Err(error) => self.fate.failed(&error, self.mount, &self.promises),
            }
        }
        panic!("it fails again and again");
    }

    /// The time of the next act.
    fn time(&mut self) -> DateTime<Utc> {
        self.passed_s += 1;
        now() + chrono::Duration::seconds(self.passed_s)
    }

    fn promise(&mut self, promise: Promise) {
        self.promises.push(promise);
        self.mount.disk.promise();
    }

    /// The station's very first start.
    pub(crate) fn found(&mut self) {
        let desk = self.mount.desk();
        self.insist(|| {
            crate::disk::make_folder(&desk)?;
            try_found(&desk)
        });
        self.promise(Promise::Founded);
    }

    /// The morning's log-in.
    pub(crate) fn open(&mut self) -> Desk {
        let (folder, at) = (self.mount.desk(), self.time());
        self.insist(|| unlock(&folder, LOGIN, PASSWORD, &shelf(), at))
    }

    /// One person at the counter, with one page and some keystrokes; filed when `file` says so.
    pub(crate) fn serve(&mut self, desk: &Desk, order: u32, file: bool) {
        let who = identity("王示范", order);
        let at = self.time();
        let draft = self.insist(|| desk.open_draft(HARDSHIP, card(&who), at));
        let draft = draft.draft;
        for stroke in 0..3 {
            self.type_into(desk, draft, order, stroke);
        }
        let (picture, at) = (picture(order as u8), self.time());
        let taken = self.insist(|| desk.add_page(draft, "household_book", picture.clone(), at));
        for page in taken.pages {
            self.promise(Promise::Taken {
                sha256: page.manifest.sha256,
            });
        }
        self.type_into(desk, draft, order, 3);
        if file {
            let at = self.time();
            let filed = self.insist(|| desk.submit(draft, at));
            self.promise(Promise::Filed {
                case: filed.case,
                order,
                stroke: 3,
            });
        }
    }

    fn type_into(&mut self, desk: &Desk, draft: Id, order: u32, stroke: u32) {
        let mut answers = hardship_answers();
        answers.insert("situation".into(), typed(order, stroke));
        let at = self.time();
        self.insist(|| desk.save_answers(draft, answers.clone(), at));
        self.promise(Promise::Typed {
            draft,
            order,
            stroke,
        });
    }

    /// The evening's backup.
    pub(crate) fn back_up(&mut self, desk: &Desk) {
        let (folder, at) = (self.mount.desk(), self.time());
        let source = backup::Source {
            folder: &folder,
            store: &desk.store,
            blobs: &desk.blobs,
            installation: &desk.installation,
            keys: &desk.keys,
        };
        let places = Places::load(&folder);
        let to = places.backups_of(&folder);
        let made = self.insist(|| backup::make(&source, &to, &places, at));
        let last = made.manifest.log.last;
        self.promise(Promise::BackedUp { last });
    }

    /// The idle moment's checkpoint.
    pub(crate) fn rest(&mut self, desk: &Desk) {
        self.insist(|| desk.store.checkpoint());
    }
}

/// Founds a station; one that a failure left founded is taken as it is.
pub(crate) fn try_found(folder: &Path) -> Result<()> {
    if matches!(crate::door::look(folder), crate::view::Door::Login { .. }) {
        return Ok(());
    }
    let founder = Founder {
        login: LOGIN,
        password: PASSWORD,
        staff: staff(),
        mark: None,
    };
    found(folder, &installation(), &founder, Cost::CHEAP, &shelf())
}

/// What stands in the form after a keystroke.
fn typed(order: u32, stroke: u32) -> String {
    format!("第{order}人第{stroke}字")
}

fn stroke_of(answers: &Answers) -> Option<(u32, u32)> {
    let text = answers.get("situation")?.strip_prefix('第')?;
    let (order, rest) = text.split_once("人第")?;
    Some((order.parse().ok()?, rest.strip_suffix('字')?.parse().ok()?))
}

/// What of the promises is not kept, in words; and whether log, view and pages agree.
pub(crate) fn broken(desk: &Desk, promises: &[Promise]) -> Vec<String> {
    look_through(desk, promises).unwrap_or_else(|error| vec![format!("unreadable: {error}")])
}

fn look_through(desk: &Desk, promises: &[Promise]) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let worklist = desk.get_worklist()?;
    let entries = desk.store.outbox_page(2_000, 8 << 20)?;
    let commands: Vec<_> = entries.iter().map(read).collect();
    if worklist.waiting.len() != commands.len() {
        let (waiting, log) = (worklist.waiting.len(), commands.len());
        broken.push(format!("{waiting} cases wait, {log} commands do"));
    }
    let mut drafts = Vec::new();
    for row in &worklist.drafts {
        drafts.push(desk.get_draft(row.draft, now())?);
    }
    let filed: Vec<_> = commands
        .iter()
        .filter_map(|command| match &command.act {
            domain::Act::Submit(submit) => Some(submit),
            _ => None,
        })
        .collect();
    let in_drafts = drafts.iter().flat_map(|draft| &draft.pages);
    let named = in_drafts.map(|page| &page.manifest.sha256);
    let named = named.chain(filed.iter().flat_map(|s| &s.pages).map(|page| &page.sha256));
    for sha256 in named {
        if let Err(error) = desk.blobs.get(sha256) {
            broken.push(format!("a page that a row names: {error}"));
        }
    }
    for promise in promises {
        let kept = match promise {
            Promise::Founded => true,
            Promise::Typed {
                draft,
                order,
                stroke,
            } => {
                let reaches = |answers| {
                    stroke_of(answers).is_some_and(|(who, at)| who == *order && at >= *stroke)
                };
                let in_form = drafts.iter().find(|form| form.draft == *draft);
                in_form.is_some_and(|form| reaches(&form.answers))
                    || filed.iter().any(|submit| reaches(&submit.answers))
            }
            Promise::Taken { sha256 } => desk.blobs.get(sha256).is_ok(),
            Promise::BackedUp { last } => {
                let folder = crate::disk::folder_of(desk.store.path());
                let backups = Places::load(folder).backups_of(folder);
                let found = backup::list(&backups, &desk.keys.backup);
                let reaches = |found: &backup::Found| {
                    let good = backup::check(&found.folder, &desk.keys);
                    good.is_ok_and(|found| found.log.last >= *last)
                };
                found.iter().any(reaches)
            }
            Promise::Filed { case, .. } => desk.get_case(*case, now()).is_ok_and(|found| {
                let there = stroke_of(&found.answers);
                matches!(promise, Promise::Filed { order, stroke, .. }
                    if there == Some((*order, *stroke)))
            }),
        };
        if !kept {
            broken.push(format!("{promise:?}"));
        }
    }
    if let Err(said) = desk.store.looks_whole() {
        broken.push(said);
    }
    Ok(broken)
}
