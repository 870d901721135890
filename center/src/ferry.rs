//! The ferry at the centre: a file that a station wrote onto a registered stick goes the way of a push, a
//! hello, its pages and a pull, by the same code as on the line, and is answered with a file. Off unless
//! the city allows it (`catalog/policy/ferry.toml`).
//!
//! Files may come twice and in any order. Entries ahead of the log's end are parked until what lies before
//! them has come, by ferry or by the line.

mod answer;
mod heard;
mod policy;
pub mod sticks;

use audit::Event;
use audit::event::Carried;
use chrono::Utc;
use crypto::{BoxKey, BoxPublicKey, Suite};
use domain::ferry::{self, FerryTerms, PageAt, Up, Way, message, purpose};
use domain::sync::{BLOB_PART_BYTES, Entry, PUSH_LIMIT, Push};
use domain::{Id, Staff};
use ed25519_dalek::{Signature, VerifyingKey};

use crate::database::Tx;
use crate::decide::chain;
use crate::error::{Error, Result};
use crate::store::blob::digest;
use crate::store::installation::Installation;
use crate::sync::Station;
use crate::{Center, database, orders, refusal, store, sync};

pub use policy::Policy;

/// Entries of one installation that may wait for what lies before them: years of a counter's work. What is
/// not parked comes again with a later file.
const PARKED_LIMIT: u64 = 20_000;

/// What came of a file.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Whose it was.
    pub installation: Id,
    /// Entries that were new.
    pub entries: u64,
    /// Entries that wait for what lies before them.
    pub parked: u64,
    /// Pages that the centre has, of those in the file.
    pub pages: u64,
    /// Pages that are not what they should be; the station sends them again.
    pub damaged: u64,
    /// Where the log ends now.
    pub acked: u64,
    /// Reports on orders that were in the file.
    pub reports: u64,
    /// The station may speak no more, and hears that.
    pub revoked: bool,
    /// The name of the answer.
    pub name: String,
    /// The answer, sealed to the station.
    pub answer: Vec<u8>,
}

impl Center {
    /// The ferry's terms for a lease; None when there is no ferry.
    pub(crate) async fn ferry_terms(&self, tx: &Tx<'_>) -> Result<Option<FerryTerms>> {
        if !self.ferry.allowed {
            return Ok(None);
        }
        let key = self.ferry_key(self.config.suite()?)?.public();
        Ok(Some(FerryTerms {
            key: hex::encode(key.to_bytes()),
            withdrawn: store::ferry_stick::withdrawn(tx).await?,
        }))
    }

    /// Whose file it is, before anything of it is opened: `ferry.unreadable` for what is none.
    pub fn ferry_from(&self, bytes: &[u8]) -> Result<Id> {
        Ok(parts(bytes)?.head.installation)
    }

    /// Takes a file in, and answers it. `by` is who brought it; the caller has looked whether the station is
    /// one of theirs.
    pub async fn take_ferry(&self, by: &Staff, bytes: &[u8]) -> Result<Taken> {
        if !self.ferry.allowed {
            return Err(Error::Refused(&refusal::FERRY_OFF));
        }
        let file = parts(bytes)?;
        let (head, way) = (&file.head, Way::Up);
        let installation = self.ferried(head.installation, head.stick).await?;
        let signed = signature_of(&installation, &message(way, file.text), file.signature);
        if head.way != way || !signed {
            return Err(unreadable());
        }
        let suite = file.sealed.first().and_then(|id| Suite::of(*id));
        let key = self.ferry_key(suite.ok_or_else(unreadable)?)?;
        let packed = key.open(&purpose(way, installation.id), file.sealed);
        let packed = packed.ok_or_else(unreadable)?;
        let (up, raw): (Up, _) = ferry::unpack(&packed).map_err(|_| unreadable())?;
        let pages = ferry::pages(&up.pages, &raw).ok_or_else(unreadable)?;
        let to = hex::decode(&up.to).ok();
        let to = to.and_then(|bytes| BoxPublicKey::read(&bytes));
        let to = to.ok_or_else(unreadable)?;
        let community = installation.community.clone().ok_or_else(unreadable)?;
        self.arrive(&installation).await?;
        let station = Station {
            id: installation.id,
            community,
        };
        let (before, mut acked) = (installation.acked, installation.acked);
        let (mut stored, mut damaged) = (Vec::new(), 0);
        if installation.revoked_at.is_none() {
            if let Some(push) = up.push.clone() {
                self.take_entries(&installation, push).await?;
            }
            acked = self.drain(installation.id).await?;
            (stored, damaged) = self.take_pages(&station, &up, &pages).await?;
        }
        // Behind what else was in the file: the receipt of a wipe is the station's last word.
        let revoked = self.hear(&station, &up.hello).await?;
        let pages = stored.len() as u64;
        let answer = match revoked {
            true => self.ended(&station, head.stick, &to)?,
            false => {
                self.answer(&station, head.stick, &to, &up.hello, stored)
                    .await?
            }
        };
        let taken = Taken {
            installation: installation.id,
            entries: acked.saturating_sub(before),
            parked: self.parked(installation.id).await?,
            pages,
            damaged,
            acked,
            reports: up.hello.reports.len() as u64,
            revoked,
            name: answer.name,
            answer: answer.bytes,
        };
        self.note_taken(by, head.stick, &taken).await?;
        Ok(taken)
    }

    /// Entries whose gap was filled meanwhile, by ferry or by the line.
    pub async fn drain_ferry(&self) -> Result<()> {
        let ready = {
            let mut client = self.database.decide().await?;
            let tx = database::begin(&mut client).await?;
            store::ferry_entry::ready(&tx).await?
        };
        for installation in ready {
            if let Err(error) = self.drain(installation).await {
                tracing::warn!(%error, %installation, "what is parked stays for now");
            }
        }
        Ok(())
    }

    /// The first word of a machine from where it goes on may come by ferry: by it it has come, before its
    /// entries are looked at. All that it wrote where it was had to be here before it could leave.
    async fn arrive(&self, installation: &Installation) -> Result<()> {
        let (Some(parent), None) = (installation.moving_from, installation.revoked_at) else {
            return Ok(());
        };
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        orders::has_moved(&tx, installation, parent).await?;
        tx.commit().await?;
        Ok(())
    }

    fn ferry_key(&self, suite: Suite) -> Result<BoxKey> {
        let key = BoxKey::new(suite, self.ferry_secret.clone());
        key.ok_or(Error::Certificate("the ferry's key".to_owned()))
    }

    /// The station behind a file, if the stick that carried it may still be used. One that may speak no
    /// more is still heard on what it has carried out, as on the line.
    async fn ferried(&self, installation: Id, stick: Id) -> Result<Installation> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let unknown = Error::Refused(&refusal::STATION_UNKNOWN);
        let found = store::installation::find(&tx, installation).await?;
        let found = found.ok_or(unknown)?;
        let stick = store::ferry_stick::find(&tx, stick).await?;
        let good =
            stick.is_some_and(|kept| kept.withdrawn_at.is_none() && kept.stick.until > Utc::now());
        match good {
            true => Ok(found),
            false => Err(Error::Refused(&refusal::FERRY_UNKNOWN_STICK)),
        }
    }

    /// Entries that go on where the log ends are pushed; others are parked.
    async fn take_entries(&self, installation: &Installation, push: Push) -> Result<()> {
        chain::numbered(push.from, &push.commands)?;
        if push.commands.len() > PUSH_LIMIT || !push.commands.iter().all(is_shaped) {
            return Err(unreadable());
        }
        if push.from <= installation.acked + 1 {
            self.push(installation.id, push).await?;
            return Ok(());
        }
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let parked = store::ferry_entry::count(&tx, installation.id).await?;
        if parked + push.commands.len() as u64 > PARKED_LIMIT {
            tracing::warn!(installation = %installation.id, parked, "too many entries wait for what lies before them");
            return Ok(());
        }
        store::ferry_entry::park(&tx, &self.seals, installation.id, &push.commands).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Pushes what is parked and follows the log's end; where that is then. The entry that turns out not
    /// to follow is let go of: the station has it, and sends it again.
    async fn drain(&self, id: Id) -> Result<u64> {
        loop {
            let mut client = self.database.decide().await?;
            let tx = database::begin(&mut client).await?;
            let acked = store::installation::may_speak(&tx, id).await?.acked;
            store::ferry_entry::forget(&tx, id, acked).await?;
            let next =
                store::ferry_entry::following(&tx, &self.seals, id, acked, PUSH_LIMIT).await?;
            tx.commit().await?;
            drop(client);
            if next.is_empty() {
                return Ok(acked);
            }
            let push = Push {
                from: acked + 1,
                commands: next.clone(),
            };
            match self.push(id, push).await {
                Ok(_) => {}
                Err(error) if error.refusal().status.is_client_error() => {
                    self.drain_singly(id, next).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Pushes parked entries up to the one that does not follow, and lets go of that.
    async fn drain_singly(&self, id: Id, entries: Vec<Entry>) -> Result<()> {
        for entry in entries {
            let n = entry.n;
            let push = Push {
                from: n,
                commands: vec![entry],
            };
            match self.push(id, push).await {
                Ok(_) => {}
                Err(error) if error.refusal().status.is_client_error() => {
                    tracing::warn!(%error, installation = %id, n, "a parked entry does not follow");
                    let mut client = self.database.decide().await?;
                    let tx = database::begin(&mut client).await?;
                    store::ferry_entry::forget_one(&tx, id, n).await?;
                    tx.commit().await?;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Pages go in by the parts of the line; those that are here whole, and how many were refused. The
    /// station has them still, and sends them again.
    async fn take_pages(
        &self,
        station: &Station,
        up: &Up,
        raw: &[&[u8]],
    ) -> Result<(Vec<String>, u64)> {
        let (mut stored, mut damaged) = (Vec::new(), 0);
        for (page, bytes) in up.pages.iter().zip(raw) {
            match self.take_page(station, page, bytes).await {
                Ok(true) => stored.push(page.sha256.clone()),
                Ok(false) => {}
                Err(error) if error.refusal().status.is_client_error() => {
                    tracing::warn!(%error, installation = %station.id, "a page is not what it should be");
                    damaged += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok((stored, damaged))
    }

    /// Whether the page is here whole now.
    async fn take_page(&self, station: &Station, page: &PageAt, bytes: &[u8]) -> Result<bool> {
        let sha256 = digest(&page.sha256).ok_or_else(unreadable)?;
        let mut offset = 0;
        let stored = loop {
            let end = bytes.len().min(offset + BLOB_PART_BYTES);
            let part = bytes::Bytes::copy_from_slice(&bytes[offset..end]);
            let size = Some(page.size_bytes);
            let blob = sync::take_part(self, station, &sha256, offset as u64, size, part).await?;
            offset = usize::try_from(blob.have).unwrap_or(usize::MAX).max(end);
            if blob.stored || offset >= bytes.len() {
                break blob.stored;
            }
        };
        if stored {
            self.complete_pages(&station.community, &sha256).await?;
        }
        Ok(stored)
    }

    async fn parked(&self, installation: Id) -> Result<u64> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        store::ferry_entry::count(&tx, installation).await
    }

    async fn note_taken(&self, by: &Staff, stick: Id, taken: &Taken) -> Result<()> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let event = Event::FerryCarried(Carried {
            stick: stick.0,
            step: "taken".to_owned(),
            installation: taken.installation.0,
            entries: taken.entries,
            parked: taken.parked,
            pages: taken.pages,
            facts: 0,
        });
        store::audit::append(&tx, Some(by), &event).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn parts(bytes: &[u8]) -> Result<ferry::File<'_>> {
    ferry::read(bytes).map_err(|why| {
        tracing::debug!(%why, "no ferry file");
        unreadable()
    })
}

fn signature_of(installation: &Installation, message: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_bytes(&installation.log_key);
    key.is_ok_and(|key| {
        key.verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    })
}

/// Whether link and signature are what they are kept as; whether they are right is looked at when the
/// entry's turn comes.
fn is_shaped(entry: &Entry) -> bool {
    let bytes = |text: &str| hex::decode(text).map_or(0, |bytes| bytes.len());
    (bytes(&entry.link), bytes(&entry.signature)) == (32, 64)
}

fn unreadable() -> Error {
    Error::Refused(&refusal::FERRY_UNREADABLE)
}
