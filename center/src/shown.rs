//! The certificates that this centre shows: its own for the ports of stations, which is made anew before it
//! ends, and the console's, whose files are read again when they change. A process may be up for years.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::ca::{Ca, Identity, end_of};
use crate::config::Config;
use crate::error::{Doing, Result};
use crate::tls::InForce;

/// Our own is made anew so long before its end; others are warned of.
const AHEAD: TimeDelta = TimeDelta::days(30);
/// The root cannot be made anew without every station: that is a plan, and takes time.
const ROOT_AHEAD: TimeDelta = TimeDelta::days(2 * 365);

/// See the module.
pub struct Shown {
    host: String,
    own: Arc<InForce>,
    console: Option<Console>,
}

struct Console {
    certificate: PathBuf,
    key: PathBuf,
    /// What was read last, used or not.
    read: Mutex<Identity>,
    shown: Arc<InForce>,
}

impl Shown {
    /// Makes our own, and reads the console's where there is one.
    pub fn new(ca: &Ca, config: &Config) -> Result<Shown> {
        let console = config.console_tls.as_ref().map(|files| -> Result<Console> {
            let (certificate, key) = (files.certificate.clone(), files.key.clone());
            let identity = read(&certificate, &key)?;
            Ok(Console {
                shown: Arc::new(InForce::new(&identity)?),
                read: Mutex::new(identity),
                certificate,
                key,
            })
        });
        Ok(Shown {
            host: config.host.clone(),
            own: Arc::new(InForce::new(&ca.server(&config.host)?)?),
            console: console.transpose()?,
        })
    }

    /// For the ports of stations.
    pub fn own(&self) -> Arc<InForce> {
        self.own.clone()
    }

    /// For the console; None where it has no files.
    pub fn console(&self) -> Option<Arc<InForce>> {
        self.console.as_ref().map(|console| console.shown.clone())
    }

    /// Says what ends before long and has to be seen to by a person.
    pub fn warn(&self, ca: &Ca, now: DateTime<Utc>) {
        let root = ca.der().ok().and_then(|der| end_of(&der));
        if let Some(until) = root.filter(|until| *until < now + ROOT_AHEAD) {
            tracing::warn!(%until, "the city's CA ends: every station has to learn another before");
        }
        let console = self.console().and_then(|shown| end_of(&shown.der()));
        if let Some(until) = console.filter(|until| *until < now + AHEAD) {
            tracing::warn!(%until, "the console's certificate ends soon: put another in its place");
        }
    }

    /// Makes our own anew when it ends before long, and reads the console's again when its files are
    /// others. One that cannot be used changes nothing.
    pub fn keep_fresh(&self, ca: &Ca, now: DateTime<Utc>) -> Result<()> {
        if end_of(&self.own.der()).is_none_or(|until| until < now + AHEAD) {
            self.own.replace(&ca.server(&self.host)?)?;
            tracing::info!("this centre's certificate was made anew");
        }
        let Some(console) = &self.console else {
            return Ok(());
        };
        let identity = read(&console.certificate, &console.key)?;
        let mut last = console.read.lock().unwrap_or_else(PoisonError::into_inner);
        if identity == *last {
            return Ok(());
        }
        *last = identity;
        console.shown.replace(&last)?;
        drop(last);
        tracing::info!("the console's certificate is another");
        self.warn(ca, now);
        Ok(())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Identity> {
    let read = |path: &Path| std::fs::read_to_string(path).doing("read", path);
    Ok(Identity {
        certificate_pem: read(certificate)?,
        key_pem: read(key)?,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::ConsoleTls;

    fn write(dir: &Path, certificate: &Identity, key: &Identity) {
        fs::write(dir.join("console.pem"), &certificate.certificate_pem).unwrap();
        fs::write(dir.join("console.key"), &key.key_pem).unwrap();
    }

    #[test]
    fn a_process_that_is_up_for_a_year_shows_a_new_certificate_and_the_consoles_new_files() {
        let dir = tempfile::tempdir().unwrap();
        crate::keys::make_folder(&dir.path().join("keys")).unwrap();
        let ca = Ca::open_or_make(dir.path()).unwrap();
        let [first, second] = [0, 1].map(|_| ca.server("console.example").unwrap());
        write(dir.path(), &first, &first);
        let mut config = Config::new(dir.path(), "postgresql://nowhere", dir.path());
        config.console_tls = Some(ConsoleTls {
            certificate: dir.path().join("console.pem"),
            key: dir.path().join("console.key"),
        });
        let shown = Shown::new(&ca, &config).unwrap();
        let (own, console) = (shown.own(), shown.console().unwrap());
        let (was, consoles) = (own.der(), console.der());
        let now = Utc::now();
        for days in [0, 300, 360] {
            shown.keep_fresh(&ca, now + TimeDelta::days(days)).unwrap();
            assert_eq!(own.der(), was, "after {days} days");
        }
        shown.keep_fresh(&ca, now + TimeDelta::days(368)).unwrap();
        assert_ne!(own.der(), was);
        assert_eq!(console.der(), consoles, "the files are the same");

        // The files are written one after the other, and between them they do not fit.
        write(dir.path(), &second, &first);
        assert!(shown.keep_fresh(&ca, now).is_err());
        assert_eq!(console.der(), consoles);
        write(dir.path(), &second, &second);
        shown.keep_fresh(&ca, now).unwrap();
        assert_ne!(console.der(), consoles);
        fs::remove_file(dir.path().join("console.pem")).unwrap();
        assert!(
            shown.keep_fresh(&ca, now).is_err(),
            "it goes on with what it has"
        );
    }
}
