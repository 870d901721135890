//! The catalogue that the centre names: taken from what lies here, or else asked for, and tried as a
//! whole. What cannot be used is written down, so that it is told and not asked for again.

use std::sync::Arc;

use domain::Reason;
use domain::bundle::{Offer, message};
use serde::{Deserialize, Serialize};

use super::event::{Event, NoCatalogue};
use super::exchange::Exchange;
use super::lane::Ms;
use crate::catalog::{Catalogues, NotTaken};
use crate::error::Result;
use crate::lease::is_signed;
use crate::store::Store;

/// Meta key: what was refused.
const META_REFUSED: &str = "catalogue_refused";

/// By which catalogue the station works, and where it keeps others.
#[derive(Clone)]
pub struct Rules {
    /// Those on this machine.
    pub catalogues: Arc<Catalogues>,
    /// The address of the one that the desk was opened with.
    pub in_use: Arc<str>,
}

/// One that was refused, and by which program: another one may be able to use it.
#[derive(Serialize, Deserialize)]
struct Refused {
    offer: Offer,
    version: String,
    reason: Reason,
}

impl Store {
    /// The catalogue that the centre names and this program cannot use, and why.
    pub fn refused_catalogue(&self) -> Result<Option<(Offer, Reason)>> {
        let text = self.meta(META_REFUSED)?;
        let kept = text.and_then(|text| serde_json::from_str::<Refused>(&text).ok());
        let ours = kept.filter(|kept| kept.version == env!("CARGO_PKG_VERSION"));
        Ok(ours.map(|kept| (kept.offer, kept.reason)))
    }

    /// Writes that down, or that there is none.
    pub fn tell_catalogue(&self, refused: Option<&(Offer, Reason)>) -> Result<()> {
        let kept = refused.map(|(offer, reason)| Refused {
            offer: offer.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            reason: reason.clone(),
        });
        self.set_meta(META_REFUSED, &serde_json::to_string(&kept)?)
    }
}

impl Exchange {
    /// Tells the core what is kept.
    pub(super) fn look_at_catalogues(&self) -> Result<()> {
        if let Some(rules) = &self.setup.rules {
            let refused = self.setup.store.refused_catalogue()?;
            let mut core = self.core.borrow_mut();
            core.keeps_catalogues(rules.catalogues.pointed(), refused);
        }
        Ok(())
    }

    pub(super) async fn catalogue(&self, offer: Offer) {
        let answer = self.take_catalogue(&offer).await;
        match &answer {
            Ok(()) => tracing::info!(sha256 = offer.sha256, "another catalogue is here"),
            Err(why) => tracing::error!(sha256 = offer.sha256, ?why, "a catalogue was not taken"),
        }
        self.happened(Event::Catalogue { offer, answer });
    }

    async fn take_catalogue(&self, offer: &Offer) -> Result<(), NoCatalogue> {
        let Some(rules) = &self.setup.rules else {
            return Err(NoCatalogue::Later(None));
        };
        let centre_key = &self.setup.installation.centre_key;
        // What is not the centre's is not even asked for.
        if !is_signed(centre_key, &message(&offer.sha256), &offer.signature) {
            return Err(NoCatalogue::Refused(Reason::new("catalog.forged")));
        }
        let file = match rules.catalogues.at_hand(offer) {
            Some(file) => file,
            None => {
                let answer = self.setup.line.catalogue(offer).await;
                answer.map_err(|error| {
                    let asked = error.retry_after.map(|pause| pause.as_millis());
                    NoCatalogue::Later(asked.and_then(|ms| Ms::try_from(ms).ok()))
                })?
            }
        };
        rules
            .catalogues
            .take(offer, &file, centre_key)
            .map_err(|why| match why {
                NotTaken::Damaged => NoCatalogue::Damaged,
                NotTaken::Overtaken => NoCatalogue::Later(None),
                NotTaken::Refused(reason) => NoCatalogue::Refused(reason),
                NotTaken::Disk(error) => {
                    tracing::error!(code = error.code(), %error, "a catalogue was not kept");
                    NoCatalogue::Later(None)
                }
            })
    }
}
