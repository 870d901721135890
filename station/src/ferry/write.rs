//! Onto the stick: what is unsent, cut into files that each can be taken by itself and in any order.

use std::path::Path;

use audit::Event;
use audit::event::Carried;
use chrono::{DateTime, Utc};
use crypto::{BoxKey, BoxPublicKey};
use domain::Id;
use domain::ferry::{
    self, FILES, FOLDER, FORMAT, Head, PAGES_BYTES, PageAt, Unreadable, Up, Way, message, purpose,
};
use domain::sync::{Entry, Hello, PUSH_LIMIT, Push, sha256_hex};
use ed25519_dalek::Signer;

use super::{Trip, set_trips, trips};
use crate::desk::Desk;
use crate::disk;
use crate::error::{Error, Result};
use crate::lease::Elapsed;
use crate::orders::Patience;
use crate::store::{PageOut, outbox};
use crate::sync::health::Surroundings;
use crate::sync::hello::Speaker;
use crate::sync::plan::PUSH_BODY_LIMIT_BYTES;
use crate::view::FerryWritten;

/// Pages that are looked at for one trip.
const PAGES: usize = 4_000;

impl Desk {
    /// Writes everything unsent onto a registered stick, as far as one trip goes. Files of earlier
    /// trips that lie there go: what they hold is in these, or was acknowledged.
    pub fn write_ferry(
        &self,
        folder: &Path,
        around: Surroundings,
        now: DateTime<Utc>,
    ) -> Result<FerryWritten> {
        let stick = self.find_stick(folder, now)?;
        let terms = self.ferry_terms()?;
        let to = hex::decode(&terms.key)
            .ok()
            .and_then(|key| BoxPublicKey::read(&key));
        let to = to.ok_or_else(|| Error::coded("ferry.unreadable"))?;
        let own = BoxKey::random(to.suite());
        self.store
            .settle_wipe(&self.installation, now, Patience::NoLine)?;
        let (entries, pages) = (self.unsent_entries()?, self.unsent_pages()?);
        let files = entries.len().max(pages.len()).max(1);
        let hello = self.words(around, now)?;
        let trip = Trip {
            key: hex::encode(&*own.to_bytes()),
            acked: self.store.acked()?,
            feed: hello.feed.clone(),
            asked: Elapsed::contact(&self.store.stamp().moment(), now),
            at: now,
            reports: hello.reports.iter().map(|report| report.order).collect(),
            is_written: false,
        };
        // The answer can be opened before it can come.
        let acked = trip.acked;
        self.store.write(|tx| {
            let mut all = trips(tx)?;
            all.push(trip);
            set_trips(tx, &all)
        })?;
        let place = folder.join(FOLDER);
        disk::make_folder(&place)?;
        let mut before = self.files_on(folder, Way::Up)?;
        let mut written = FerryWritten {
            folder: place.display().to_string(),
            ..FerryWritten::default()
        };
        for at in 0..files {
            let (push, raw) = (entries.get(at), pages.get(at));
            let push = push.map(|commands| Push {
                from: commands.first().map_or(1, |entry| entry.n),
                commands: commands.clone(),
            });
            let raw = self.open_pages(raw.map_or(&[], Vec::as_slice))?;
            let up = Up {
                hello: hello_in(&hello, at + 1 == files),
                acked,
                to: hex::encode(own.public().to_bytes()),
                pages: raw.iter().map(|(page, _)| page.clone()).collect(),
                push,
            };
            let bytes = self.file(stick.id, &to, &up, &raw, now)?;
            let name = format!(
                "up-{}-{}-{at:02}.ferry",
                self.installation.id,
                now.format("%Y%m%d%H%M%S")
            );
            let path = place.join(name);
            disk::write_whole(&path, &bytes)?;
            before.retain(|before| *before != path);
            written.files += 1;
            written.entries += up.push.map_or(0, |push| push.commands.len() as u64);
            written.pages += raw.len() as u64;
            written.size_bytes += bytes.len() as u64;
        }
        self.store.write(|tx| {
            let mut all = trips(tx)?;
            if let Some(trip) = all.last_mut() {
                trip.is_written = true;
            }
            set_trips(tx, &all)
        })?;
        for path in before {
            disk::remove(&path)?;
        }
        let unsent = self.store.unsent()?;
        written.entries_left = unsent.commands.saturating_sub(written.entries);
        written.pages_left = unsent.pages.saturating_sub(written.pages);
        self.store.note(&Event::FerryCarried(Carried {
            stick: stick.id.0,
            step: "written".to_owned(),
            installation: self.installation.id.0,
            entries: written.entries,
            parked: 0,
            pages: written.pages,
            facts: 0,
        }))?;
        Ok(written)
    }

    /// As on the line.
    fn words(&self, around: Surroundings, now: DateTime<Utc>) -> Result<Hello> {
        let speaker = Speaker {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run: None,
            bundle: Some(self.shelf.address.to_string()),
            around: Some((around, now)),
        };
        Ok(self.store.hello(&speaker, 0)?.0)
    }

    /// Entries of each file.
    fn unsent_entries(&self) -> Result<Vec<Vec<Entry>>> {
        let mut after = self.store.acked()?;
        let mut files = Vec::new();
        while files.len() < FILES {
            let limit = PUSH_BODY_LIMIT_BYTES;
            let entries = self
                .store
                .read(|c| outbox::page(c, after, PUSH_LIMIT, limit))?;
            let Some(last) = entries.last() else {
                break;
            };
            after = last.n;
            files.push(entries);
        }
        Ok(files)
    }

    /// Pages of each file.
    fn unsent_pages(&self) -> Result<Vec<Vec<PageOut>>> {
        let (mut files, mut bytes) = (Vec::<Vec<PageOut>>::new(), PAGES_BYTES);
        for page in self.store.pages_to_send(PAGES)? {
            if bytes >= PAGES_BYTES {
                if files.len() == FILES {
                    break;
                }
                files.push(Vec::new());
                bytes = 0;
            }
            bytes += page.size_bytes;
            if let Some(last) = files.last_mut() {
                last.push(page);
            }
        }
        Ok(files)
    }

    /// Pages with their bytes; one that cannot be read here any more stays behind.
    fn open_pages(&self, pages: &[PageOut]) -> Result<Vec<(PageAt, Vec<u8>)>> {
        let mut opened = Vec::new();
        for page in pages {
            match self.blobs.get(&page.sha256) {
                Ok(bytes) => {
                    let at = PageAt {
                        sha256: page.sha256.clone(),
                        size_bytes: bytes.len() as u64,
                    };
                    opened.push((at, bytes));
                }
                Err(error) if error.code() == "page.gone" => {}
                Err(error) => return Err(error),
            }
        }
        Ok(opened)
    }

    fn file(
        &self,
        stick: Id,
        to: &BoxPublicKey,
        up: &Up,
        raw: &[(PageAt, Vec<u8>)],
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>> {
        let bug = |why: Unreadable| Error::Bug(why.to_string());
        let raw: Vec<&[u8]> = raw.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        let packed = ferry::pack(up, &raw).map_err(bug)?;
        let sealed = to.seal(&purpose(Way::Up, self.installation.id), &packed);
        let head = Head {
            format: FORMAT,
            way: Way::Up,
            installation: self.installation.id,
            stick,
            made_at: now,
            sealed_sha256: sha256_hex(&sealed),
        };
        let text = serde_json::to_string(&head)?;
        let signature = self.log_key.sign(&message(Way::Up, &text)).to_bytes();
        Ok(ferry::write(&text, &signature, &sealed))
    }
}

/// What one of the files says. The receipt of a wipe is the last word: what comes behind it is not taken
/// any more.
fn hello_in(hello: &Hello, is_last: bool) -> Hello {
    let mut hello = hello.clone();
    hello
        .reports
        .retain(|report| is_last || report.receipt.is_none());
    hello
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receipt_of_a_wipe_is_in_the_last_file_alone() {
        let id = Id(uuid::Uuid::nil());
        let hello: Hello = serde_json::from_value(serde_json::json!({
            "protocol": 1, "version": "", "boots": 1, "wait_ms": 0,
            "feed": { "seq": 0, "sum": "" }, "log": { "last": 0, "link": "" },
            "unsent": { "commands": 0, "pages": 0 },
            "reports": [
                { "order": id, "state": "done" },
                { "order": id, "state": "done", "receipt": { "body": "{}", "signature": "" } },
            ],
        }))
        .unwrap();
        assert_eq!(hello_in(&hello, false).reports, hello.reports[..1]);
        assert_eq!(hello_in(&hello, true).reports, hello.reports);
    }
}
