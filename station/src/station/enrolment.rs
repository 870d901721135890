//! Before a machine belongs to a city: who answers at the address, a person's word that it is the
//! right one, and the one-time code.

use std::sync::Arc;

use rand::rngs::OsRng;

use super::{Inner, Station, held};
use crate::enrol;
use crate::error::{Error, Result};
use crate::keys::Installation;
use crate::line::tls::Clock;
use crate::view::{Failure, FoundCentre};

/// A centre that answered here, and whether a person has confirmed it.
pub(super) struct Met {
    found: enrol::Found,
    confirmed: bool,
}

impl Station {
    /// Asks who answers at an address. Nothing is told to it; the fingerprint is for a person to
    /// compare with what the city published.
    pub fn find_centre(&self, centre_url: &str) -> Result<FoundCentre, Failure> {
        let clock = Arc::new(Clock::system());
        let found = enrol::find_centre(centre_url.trim(), &clock).map_err(Error::from)?;
        let shown = FoundCentre {
            city: found.city_name.clone(),
            fingerprint: groups(&found.fingerprint),
        };
        let confirmed = false;
        *held(&self.0.met) = Some(Met { found, confirmed });
        Ok(shown)
    }

    /// A person has compared the fingerprint; `fingerprint` is the one they saw, in groups or not.
    /// `enrol.unconfirmed` when it is not that of the centre found.
    pub fn confirm_centre(&self, fingerprint: &str) -> Result<(), Failure> {
        let plain = |text: &str| text.replace(char::is_whitespace, "").to_lowercase();
        let mut met = held(&self.0.met);
        match met.as_mut() {
            Some(met) if plain(fingerprint) == met.found.fingerprint => {
                met.confirmed = true;
                Ok(())
            }
            _ => Err(Error::coded("enrol.unconfirmed").into()),
        }
    }
}

impl Inner {
    /// The installation this code gives; asked for once.
    pub(super) fn installation(
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
        let ca_pem = self.trusted(centre_url, ca_path)?;
        let clock = Arc::new(Clock::system());
        let made = enrol::request(centre_url, code, &ca_pem, &clock, &mut OsRng)?;
        let installation = made.into_installation(centre_url);
        *unfounded = Some((code.to_owned(), installation.clone()));
        Ok(installation)
    }

    /// The CA that came with the machine, or that a person has confirmed for this very address.
    fn trusted(&self, centre_url: &str, ca_path: Option<String>) -> Result<String> {
        if let Some(path) = ca_path.filter(|path| !path.trim().is_empty()) {
            return std::fs::read_to_string(path.trim())
                .map_err(|_| Error::coded("enrol.no_ca_file"));
        }
        let met = held(&self.met);
        let confirmed = met.as_ref().filter(|met| met.confirmed);
        confirmed
            .filter(|met| met.found.centre_url == centre_url)
            .map(|met| met.found.ca_pem.clone())
            .ok_or_else(|| Error::coded("enrol.unconfirmed"))
    }
}

fn groups(hex: &str) -> Vec<String> {
    let upper = hex.to_uppercase();
    let fours = upper.as_bytes().chunks(4);
    fours
        .map(|four| String::from_utf8_lossy(four).into_owned())
        .collect()
}
