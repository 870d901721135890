//! Enrolling, logging in, locking.

use std::sync::{Arc, Weak};
use std::time::Duration;

use audit::Event;
use chrono::Utc;
use rand::RngCore;
use rand::rngs::OsRng;

use super::{Inner, Open, Station, held, tell_line};
use crate::desk::Desk;
use crate::door::{self, Entered, Founder};
use crate::enrol;
use crate::error::{Error, Result};
use crate::keys::{Attempts, Cost, OwnCard};
use crate::line::Line;
use crate::line::tls::Clock;
use crate::storage::Upkeep;
use crate::sync::Worker;
use crate::sync::catalogue::Rules;
use crate::sync::worker::Setup;
use crate::view::{Door, Failure, Status};

impl Station {
    /// Joins the city with a one-time code: certificate, keys, an empty store, and the first staff
    /// member, whose password the centre confirms. Open when it returns.
    pub fn enrol(
        &self,
        centre_url: &str,
        code: &str,
        ca_path: Option<String>,
        login: &str,
        password: &str,
    ) -> Result<Status, Failure> {
        let inner = &self.0;
        if door::look(&inner.folder) != Door::Enrol {
            return Err(Error::coded("station.already_enrolled").into());
        }
        door::strong(password)?;
        let installation = inner.installation(centre_url, code, ca_path)?;
        let clock = Arc::new(Clock::system());
        let line = Line::of(&installation, inner.switch.clone(), clock).map_err(Error::from)?;
        let known = enrol::login(line, login, password).map_err(Error::from)?;
        let founder = Founder {
            login,
            password,
            staff: known.staff,
            mark: known.mark,
        };
        door::found(
            &inner.folder,
            &installation,
            &founder,
            Cost::calibrated(),
            &inner.shelf(),
        )?;
        held(&inner.unfounded).take();
        self.log_in(login, password)
    }

    /// Opens the store and starts the exchange with the centre. Where the city asks for a second
    /// factor, with the person's own card: [`crate::door::card::CODES`] say that one is waited for.
    pub fn log_in(&self, login: &str, password: &str) -> Result<Status, Failure> {
        let card = self.0.own_card();
        let entered = self.let_in(login, password, card.as_ref(), Entry::ORDINARY);
        self.0.or_wait_for_card(entered)
    }

    pub(super) fn let_in(
        &self,
        login: &str,
        password: &str,
        card: Option<&OwnCard>,
        entry: Entry,
    ) -> Result<Status, Failure> {
        let inner = &self.0;
        inner.close();
        let entered = door::enter(
            &inner.folder,
            login,
            password,
            card,
            &inner.shelf(),
            Utc::now(),
        );
        match entered {
            Ok(mut entered) => {
                let store = &entered.desk.store;
                match entered.let_in {
                    Some(code) => store.admit_substitute(code)?,
                    None if entry.by_lease => store.admit_staff(entered.desk.staff.id)?,
                    None => {}
                }
                // A full disk keeps nobody from what is there.
                unless_full(store.tick_lease().map(drop))?;
                if entered.let_in.is_none() {
                    unless_full(inner.sweep_after(store, &entered.held))?;
                    if entry.settles_card {
                        inner.settle_card(&mut entered, password, card)?;
                    }
                }
                inner.begin(entered)?;
            }
            Err(error) => {
                inner.mind(&error);
                return Err(error.into());
            }
        }
        inner.tell_status();
        Ok(inner.status())
    }

    /// Somebody is at the desk: a key, the pointer, a touch.
    pub fn note_activity(&self) {
        self.0.note_activity();
    }

    /// Closes the store; the keys leave memory.
    pub fn lock(&self) -> Result<Status, Failure> {
        self.0.close();
        self.0.tell_status();
        Ok(self.0.status())
    }
}

/// What a log-in is held to.
pub(super) struct Entry {
    /// The lease has to name them. Whom the centre has just named in its answer to a recovery is let in
    /// before the lease that names them has come; once it is here, it decides.
    pub by_lease: bool,
    /// The city's word on the second factor is acted on. Somebody who has just come back in gets a card
    /// bound the next time.
    pub settles_card: bool,
}

impl Entry {
    const ORDINARY: Entry = Entry {
        by_lease: true,
        settles_card: true,
    };
    pub(super) const REGAINED: Entry = Entry {
        by_lease: false,
        settles_card: false,
    };
}

impl Inner {
    /// The card that was laid down for a log-in, given away.
    pub(super) fn own_card(&self) -> Option<OwnCard> {
        self.devices.get()?.readers.take_own_card()
    }

    /// After a failure that asks for somebody's own card, the next card on a reader is taken as that.
    pub(super) fn or_wait_for_card<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        if let (Err(failure), Some(devices)) = (&outcome, self.devices.get())
            && door::card::CODES.contains(&failure.reason.code.as_str())
        {
            devices.readers.want_own_card();
        }
        outcome
    }

    /// Binds a card, or lets it go, as the city asks.
    fn settle_card(
        &self,
        entered: &mut Entered,
        password: &str,
        card: Option<&OwnCard>,
    ) -> Result<()> {
        let asked = entered.desk.store.lease_status()?.second_factor;
        let _one = self.change_of_keys();
        let mut file = door::keys_of(&self.folder)?;
        let (login, held) = (&entered.login, &entered.held);
        let changed =
            door::card::settle(&self.folder, &mut file, held, login, password, card, asked)?;
        if changed {
            entered.card = card.filter(|_| asked).cloned();
            let what = "own_card".to_owned();
            unless_full(entered.desk.store.note(&Event::KeysChanged { what }))?;
        }
        Ok(())
    }

    pub(super) fn begin(self: &Arc<Inner>, entered: Entered) -> Result<()> {
        let Entered {
            desk,
            held: keys,
            login,
            card,
            let_in,
        } = self.with_trusted_catalogue(entered)?;
        let desk = Arc::new(desk);
        held(&self.broken).take();
        self.note_activity();
        let high_water = desk.store.high_water()?;
        let clock = Arc::new(Clock::new(Utc::now, high_water));
        let worker = Worker::start(Setup {
            store: desk.store.clone(),
            blobs: desk.blobs.clone(),
            line: Line::of(&desk.installation, self.switch.clone(), clock.clone())?,
            installation: desk.installation.clone(),
            custody: Some(self.custody(&desk, &keys)),
            rules: Some(Rules {
                catalogues: self.catalogues.clone(),
                in_use: desk.shelf.address.clone(),
            }),
            clock,
            around: super::health::looking(Arc::downgrade(self)),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: OsRng.next_u64(),
            tell: tell_line(Arc::downgrade(self)),
        })
        .map_err(|error| Error::Bug(format!("no thread: {error}")))?;
        let opened = desk.store.note(&Event::SessionOpened {
            how: match (&card, let_in) {
                (None, Some(_)) => "substitute".into(),
                (Some(_), Some(_)) => "substitute_card".into(),
                (Some(_), None) => "password_card".into(),
                (None, None) => "password".into(),
            },
        });
        unless_full(opened)?;
        unless_full(self.tell_refused(&desk))?;
        let told = Arc::downgrade(self);
        let tell = Arc::new(move || {
            if let Some(inner) = told.upgrade() {
                inner.tell(super::Event::Storage);
                inner.tell_status();
            }
        });
        let upkeep = Upkeep::start(desk.clone(), self.folder.clone(), tell)
            .map_err(|error| Error::Bug(format!("no thread: {error}")))?;
        let pages = desk.clone();
        let known = desk.clone();
        self.devices()?.readers.open_desk(
            Arc::new(move |reading| pages.take_card(reading, Utc::now())),
            Arc::new(move |number, name| known.find_known_as(number, name).ok().flatten()),
        );
        keep_up(Arc::downgrade(&desk))?;
        *held(&self.open) = Some(Arc::new(Open {
            worker,
            upkeep,
            catalogues: self.catalogues.clone(),
            desk,
            held: keys,
            login,
            card,
            let_in,
        }));
        Ok(())
    }

    /// Writes the log-ins that were refused into the audit. Cut off in between they are told twice,
    /// never lost.
    fn tell_refused(&self, desk: &Desk) -> Result<()> {
        let mut attempts = Attempts::load(&self.folder);
        let untold = attempts.untold();
        if untold.is_empty() {
            return Ok(());
        }
        for (login, times) in untold {
            desk.store.note(&Event::SessionRefused { login, times })?;
        }
        attempts.told();
        attempts.save(&self.folder)
    }

    /// Notes something of the session that has just begun.
    pub(super) fn note(&self, event: &Event) -> Result<()> {
        unless_full(self.open()?.desk.store.note(event))
    }

    /// A store that cannot be opened stands before everything else until it can.
    fn mind(&self, error: &Error) {
        let path = match error {
            Error::Missing(path) | Error::Unreadable { path, .. } => path.clone(),
            other if other.code() == "store.newer" => self.folder.clone(),
            _ => return,
        };
        *held(&self.broken) = Some(door::unreadable(error, path));
        self.tell_status();
    }
}

/// Lets it pass that there was no room to note something.
fn unless_full(noted: Result<()>) -> Result<()> {
    match noted {
        Err(error) if error.code() == "store.disk_full" => {
            tracing::warn!("the disk is full, and the audit lacks a record");
            Ok(())
        }
        other => other,
    }
}

/// What is done beside the work, a step at a time, for as long as the desk is open: search keys that
/// are due, and then what has run out of its time.
fn keep_up(desk: Weak<Desk>) -> Result<()> {
    /// Between steps others may write.
    const PAUSE: Duration = Duration::from_millis(50);
    /// Between looks for what has run out, in seconds.
    const LOOK_EACH: u32 = 3_600;
    let work = move || {
        let mut rest = 0;
        while let Some(open) = desk.upgrade() {
            let pause = match rest {
                0 => {
                    let more = step(&open).unwrap_or_else(|error| {
                        tracing::warn!(%error, "upkeep tries again with its next look");
                        false
                    });
                    if !more {
                        rest = LOOK_EACH;
                    }
                    PAUSE
                }
                _ => {
                    rest -= 1;
                    Duration::from_secs(1)
                }
            };
            drop(open);
            std::thread::sleep(pause);
        }
    };
    let thread = std::thread::Builder::new().name("upkeep".to_owned());
    thread
        .spawn(work)
        .map(|_| ())
        .map_err(|error| Error::Bug(format!("no thread: {error}")))
}

/// One step of the upkeep; true while there is more.
fn step(desk: &Desk) -> Result<bool> {
    Ok(desk.store.fill_keys()? || desk.purge(Utc::now())?)
}
