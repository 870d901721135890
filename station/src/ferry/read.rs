//! From the stick: the centre's answer, taken in as a hello's, a pull's and a page's answer are. An answer
//! that comes twice, or after a later one, changes nothing.

use std::path::Path;

use audit::Event;
use audit::event::Carried;
use chrono::{DateTime, Utc};
use domain::Reason;
use domain::ferry::{self, Down, Ended, Way, message, purpose};
use domain::snapshot::{Header, Offer};

use super::{Trip, trips};
use crate::catalog::{Catalogues, NotTaken};
use crate::desk::Desk;
use crate::disk;
use crate::error::{Error, Result};
use crate::lease::{self, is_signed};
use crate::orders;
use crate::store::{meta, outbox};
use crate::sync::FOLD_LIMIT;
use crate::sync::hello::META_DURABLE;
use crate::sync::plan::{self, LogNews};
use crate::view::{FerryRead, FerryRefused};

impl Desk {
    /// Takes in every answer for this machine that lies on a registered stick, and removes it from there.
    /// `ferry.none` when there is none; one that cannot be used stays, and is told beside the others.
    pub(crate) fn read_ferry(
        &self,
        folder: &Path,
        catalogues: &Catalogues,
        now: DateTime<Utc>,
    ) -> Result<FerryRead> {
        let stick = self.find_stick(folder, now)?;
        let files = self.files_on(folder, Way::Down)?;
        if files.is_empty() {
            return Err(Error::coded("ferry.none"));
        }
        let mut read = FerryRead::default();
        for path in files {
            let bytes = disk::read(&path).map_err(Error::disk(&path))?;
            match self.take_answer(&bytes, Some(catalogues), &mut read) {
                Ok(()) => {
                    read.files += 1;
                    disk::remove(&path)?;
                }
                Err(error) => {
                    let name = path.file_name().unwrap_or_default();
                    read.refused.push(FerryRefused {
                        file: name.to_string_lossy().into_owned(),
                        reason: Reason::new(error.code()),
                    });
                }
            }
        }
        read.acked = self.store.acked()?;
        self.store.note(&Event::FerryCarried(Carried {
            stick: stick.id.0,
            step: "answered".to_owned(),
            installation: self.installation.id.0,
            entries: read.acked,
            parked: 0,
            pages: read.pages,
            facts: read.facts,
        }))?;
        Ok(read)
    }

    /// Takes one answer in. Each step is durable by itself, and comes to the same when it is done again.
    pub(crate) fn take_answer(
        &self,
        bytes: &[u8],
        catalogues: Option<&Catalogues>,
        read: &mut FerryRead,
    ) -> Result<()> {
        let unreadable = || Error::coded("ferry.unreadable");
        let file = ferry::read(bytes).map_err(|_| unreadable())?;
        let (head, id) = (&file.head, self.installation.id);
        let said = message(Way::Down, file.text);
        let signature = hex::encode(file.signature);
        let signed = is_signed(&self.installation.centre_key, &said, &signature);
        if head.way != Way::Down || head.installation != id || !signed {
            return Err(unreadable());
        }
        let kept = self.store.read(trips)?;
        let opened = kept.iter().find_map(|trip| {
            let key = trip.key()?;
            let plain = key.open(&purpose(Way::Down, id), file.sealed)?;
            Some((trip.clone(), plain))
        });
        // Sealed to a key that is not remembered: the answer to a trip long ago.
        let (trip, packed) = opened.ok_or_else(|| Error::coded("ferry.stale"))?;
        let Ok((down, raw)) = ferry::unpack::<Down>(&packed) else {
            let (last, _): (Ended, _) = ferry::unpack(&packed).map_err(|_| unreadable())?;
            self.reported_by(&trip, true)?;
            return Err(Error::coded(&last.ended));
        };
        // With an answer the centre has heard what was reported then, but for the receipt of a wipe: with
        // that it answers nothing more than that this station has ended.
        self.reported_by(&trip, false)?;
        self.take_log(&trip, &down)?;
        let setup = (&down.reply.lease, &self.installation);
        self.store
            .take_lease_by_ferry(setup.0, setup.1, &trip.asked)?;
        // Before the facts: who is to load them all anew finds them all in this file.
        let forged = self.obey_all(&down)?;
        read.facts += self.take_facts(&trip, &down, &raw)?;
        // After the facts: those may ask once more for pages that had not come when they were told.
        for sha256 in &down.stored {
            self.store.page_sent(sha256)?;
            read.pages += 1;
        }
        if let Some(catalogues) = catalogues {
            self.take_catalogue(&down, catalogues)?;
        }
        forged.map_or(Ok(()), Err)
    }

    fn reported_by(&self, trip: &Trip, has_ended: bool) -> Result<()> {
        let mut heard = self.store.reports()?;
        heard.retain(|report| {
            trip.reports.contains(&report.order) && (has_ended || report.receipt.is_none())
        });
        self.store.reported(&heard)
    }

    /// Carries out what is ordered, each once whichever way it comes; their reports go with the next files,
    /// or by the line. What is not the centre's is not done, and costs nothing else of the answer.
    fn obey_all(&self, down: &Down) -> Result<Option<Error>> {
        let mut forged = None;
        for value in &down.reply.orders {
            match orders::read(value, &self.installation) {
                Ok(Some(order)) => {
                    self.store.obey(&order, &self.installation, Utc::now())?;
                }
                Ok(None) => tracing::warn!("an order of a kind that this program does not know"),
                Err(error) => forged = Some(error),
            }
        }
        Ok(forged)
    }

    /// The catalogue that came along, as one that the line brings: it holds from the next log-in. What
    /// cannot be used is told, and costs nothing else of the answer.
    fn take_catalogue(&self, down: &Down, catalogues: &Catalogues) -> Result<()> {
        let (store, centre_key) = (&self.store, &self.installation.centre_key);
        let (Some(offer), Some(file)) = (&down.reply.bundle, &down.catalogue) else {
            return Ok(());
        };
        // Of an answer that was overtaken the centre's word may be the one before.
        let told = lease::verify(&down.reply.lease, centre_key, self.installation.id)?;
        let is_late = store.lease()?.is_some_and(|kept| kept.serial > told.serial);
        let file = hex::decode(file).ok();
        let Some(file) = file.filter(|_| offer.is_sane() && !is_late) else {
            return Ok(());
        };
        match catalogues.take_by_ferry(offer, &file, centre_key) {
            Ok(()) => store.tell_catalogue(None),
            Err(NotTaken::Refused(reason)) => store.tell_catalogue(Some(&(offer.clone(), reason))),
            Err(why) => {
                tracing::warn!(?why, "the line will bring the catalogue");
                Ok(())
            }
        }
    }

    /// Where the centre's log ends: as a hello's answer says it.
    fn take_log(&self, trip: &Trip, down: &Down) -> Result<()> {
        let (reply, store) = (&down.reply, &self.store);
        let (last, acked) = (store.log_at()?.last, store.acked()?);
        let ours = store.read(|c| outbox::link_of(c, reply.acked))?;
        let acked = match plan::log_news(reply, last, ours.as_deref(), trip.acked) {
            LogNews::Conflict => return Err(Error::coded("log.conflict")),
            LogNews::Acked(theirs) => theirs,
            LogNews::Same => acked.max(reply.acked),
        };
        store.set_acked(acked)?;
        store.write(|tx| {
            let durable = meta::number(tx, META_DURABLE)?.max(reply.durable);
            meta::set_number(tx, META_DURABLE, durable)
        })
    }

    /// Facts behind what is folded, or a snapshot and the facts behind it; how many were new.
    fn take_facts(&self, trip: &Trip, down: &Down, raw: &[u8]) -> Result<u64> {
        let store = &self.store;
        let stale = |error: Error| match error.code() {
            "feed.gap" | "feed.differs" => Error::coded("ferry.stale"),
            _ => error,
        };
        // What was said then is no more: the line, or another answer, has been quicker.
        let at = store.feed_at()?;
        if down.begins_again {
            if at == trip.feed {
                store.begin_feed_again()?;
            } else if at.seq < down.after.seq {
                return Err(Error::coded("ferry.stale"));
            }
        }
        if let Some(offer) = &down.snapshot {
            self.load_from(offer, raw)?;
        }
        let before = store.feed_at()?.seq;
        for facts in down.facts.chunks(FOLD_LIMIT) {
            store.apply_facts(facts).map_err(stale)?;
        }
        Ok(store.feed_at()?.seq.saturating_sub(before.min(at.seq)))
    }

    fn load_from(&self, offer: &Offer, raw: &[u8]) -> Result<()> {
        let unreadable = || Error::coded("ferry.unreadable");
        let store = &self.store;
        if !offer.is_readable() || offer.seq <= store.feed_at()?.seq {
            return Ok(());
        }
        let head = usize::try_from(offer.header_bytes).ok();
        let parts = head.and_then(|head| raw.split_at_checked(head));
        let (head, rest) = parts.ok_or_else(unreadable)?;
        let header = Header::read(head, offer).map_err(|_| unreadable())?;
        let chunks = match rest.is_empty() {
            true => Vec::new(),
            false => header.take(0, rest).ok_or_else(unreadable)?,
        };
        let chunks: Vec<_> = chunks.into_iter().map(<[u8]>::to_vec).collect();
        if chunks.len() != header.chunks.len() {
            return Err(unreadable());
        }
        store.stage_snapshot(offer, head)?;
        store.stage_chunks(0, &chunks)?;
        store.load_snapshot()
    }
}
