//! Enrolling, logging in, locking.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rand::RngCore;
use rand::rngs::OsRng;

use super::{Inner, Open, Station, held, tell_line};
use crate::desk::Desk;
use crate::door::{self, Founder};
use crate::enrol::{self, Trust};
use crate::error::{Error, Result};
use crate::keys::{Cost, Installation};
use crate::line::Line;
use crate::line::tls::Clock;
use crate::sync::Worker;
use crate::sync::hello::META_CENTRE_TIME;
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
        if password.chars().count() < door::PASSWORD_CHARS {
            return Err(Error::coded("auth.weak_password").into());
        }
        let installation = inner.installation(centre_url, code, ca_path)?;
        let clock = Arc::new(Clock::system());
        let line = Line::of(&installation, inner.switch.clone(), clock).map_err(Error::from)?;
        let known = enrol::login(line, login, password).map_err(Error::from)?;
        let founder = Founder {
            login,
            password,
            staff: known.staff,
        };
        door::found(
            &inner.folder,
            &installation,
            &founder,
            Cost::STANDARD,
            &inner.shelf,
        )?;
        held(&inner.unfounded).take();
        self.log_in(login, password)
    }

    /// Opens the store and starts the exchange with the centre.
    pub fn log_in(&self, login: &str, password: &str) -> Result<Status, Failure> {
        let inner = &self.0;
        inner.close();
        match door::unlock(&inner.folder, login, password, &inner.shelf, Utc::now()) {
            Ok(desk) => inner.begin(Arc::new(desk))?,
            Err(error) => {
                inner.mind(&error);
                return Err(error.into());
            }
        }
        inner.tell_status();
        Ok(inner.status())
    }

    /// Closes the store; the keys leave memory.
    pub fn lock(&self) -> Result<Status, Failure> {
        self.0.close();
        self.0.tell_status();
        Ok(self.0.status())
    }
}

impl Inner {
    /// The installation this code gives; asked for once.
    fn installation(
        &self,
        centre_url: &str,
        code: &str,
        ca_path: Option<String>,
    ) -> Result<Installation> {
        let mut unfounded = held(&self.unfounded);
        if let Some((used, installation)) = unfounded.as_ref()
            && used == code
        {
            return Ok(installation.clone());
        }
        let trust = match ca_path.filter(|path| !path.trim().is_empty()) {
            Some(path) => Trust::City(std::fs::read_to_string(&path).map_err(Error::disk(path))?),
            None => Trust::FirstUse,
        };
        let clock = Arc::new(Clock::system());
        let made = enrol::request(centre_url, code, &trust, &clock, &mut OsRng)?;
        let installation = Installation {
            id: made.enrolled.installation,
            community: made.enrolled.community,
            community_name: made.enrolled.community_name,
            station_url: made.enrolled.station_url,
            certificate_pem: made.enrolled.certificate_pem,
            key_pem: made.key_pem.to_string(),
            ca_pem: made.enrolled.ca_pem,
            log_key: *made.log_key,
        };
        *unfounded = Some((code.to_owned(), installation.clone()));
        Ok(installation)
    }

    fn begin(self: &Arc<Inner>, desk: Arc<Desk>) -> Result<()> {
        held(&self.broken).take();
        let told = desk.store.meta(META_CENTRE_TIME)?;
        let high_water = told.and_then(|text| text.parse::<DateTime<Utc>>().ok());
        let clock = Arc::new(Clock::new(Utc::now, high_water));
        let worker = Worker::start(Setup {
            store: desk.store.clone(),
            blobs: desk.blobs.clone(),
            line: Line::of(&desk.installation, self.switch.clone(), clock.clone())?,
            clock,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: OsRng.next_u64(),
            tell: tell_line(Arc::downgrade(self)),
        })
        .map_err(|error| Error::Bug(format!("no thread: {error}")))?;
        let pages = desk.clone();
        let known = desk.clone();
        self.devices()?.readers.open_desk(
            Arc::new(move |reading| {
                pages.person_page(&reading.identity, Some(reading.id), Utc::now())
            }),
            Arc::new(move |number, name| known.find_known_as(number, name).ok().flatten()),
        );
        *held(&self.open) = Some(Arc::new(Open { worker, desk }));
        Ok(())
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
