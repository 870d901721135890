//! Pages up, in parts, each going on where the centre stands; and down again where our own copy
//! has rotted.
//!
//! Previews go before pages, pages in order of submission. A page that fails for itself waits for itself:
//! the others go past it.

use domain::Reason;
use domain::sync::sha256_hex;

use super::event::Which;
use super::exchange::Exchange;
use super::seen::PageFailed;
use super::upload::{Next, Upload};
use super::worker::News;
use crate::error::Result;
use crate::line::LineError;
use crate::store::PageOut;

/// Pages sent in one round, beside those in a pause of their own.
const ROUND_LIMIT: usize = 64;

impl Exchange {
    /// Sends every page that is not in a pause of its own.
    pub(super) async fn send_pages(&self) {
        let limit = ROUND_LIMIT + self.pages.borrow().len();
        let store = &self.setup.store;
        let both = store
            .pages_to_send(limit)
            .and_then(|pages| Ok((pages, store.pages_to_fetch()?)));
        let (mut pages, lost) = match both {
            Ok(both) => both,
            Err(error) => return self.store_failed(Which::Pages, &error),
        };
        let is_left = |sha256: &String| pages.iter().chain(&lost).any(|p| p.sha256 == *sha256);
        self.pages.borrow_mut().retain(|sha256, _| is_left(sha256));
        self.shared
            .seen()
            .failed
            .retain(|sha256, _| is_left(sha256));
        match self.send_previews().await {
            Ok(None) => {}
            Ok(Some(error)) => return self.line_failed(Which::Pages, &error),
            Err(error) => return self.store_failed(Which::Pages, &error),
        }
        for page in &pages {
            if self.page_next_try(&page.sha256).is_some() {
                continue;
            }
            match self.send_page(page).await {
                Err(error) => {
                    let reason = Reason::new(error.code());
                    self.page_failed(page, Some(&reason));
                    self.trouble(Which::Pages, reason);
                }
                Ok(Next::Line(error)) => return self.line_failed(Which::Pages, &error),
                Ok(Next::Refused(error)) => {
                    self.note_part(None, 0);
                    tracing::warn!(code = error.reason.code, "a page was refused");
                    self.page_failed(page, Some(&error.reason));
                    self.trouble(Which::Pages, error.reason);
                    self.answered(true, None);
                }
                Ok(_) => {
                    if let Err(error) = self.setup.store.page_sent(&page.sha256) {
                        return self.store_failed(Which::Pages, &error);
                    }
                    self.pages.borrow_mut().remove(&page.sha256);
                    self.shared.seen().failed.remove(&page.sha256);
                    self.note_part(None, 0);
                    self.succeeded(Which::Pages);
                    (self.setup.tell)(News::Changed);
                }
            }
        }
        for page in &lost {
            if self.page_next_try(&page.sha256).is_some() {
                continue;
            }
            match self.fetch(page).await {
                Ok(true) => {}
                Err(error) if !error.is_about_the_request() => {
                    return self.line_failed(Which::Pages, &error);
                }
                // The centre has it: nobody waits for it.
                Ok(false) | Err(_) => self.page_failed(page, None),
            }
        }
        // A full round leaves pages that nobody has tried yet.
        if pages.len() < limit {
            pages.extend(lost);
            self.rest(&pages);
        }
    }

    /// Takes a page back from the centre, whose own copy here has rotted; false when it did not come.
    async fn fetch(&self, page: &PageOut) -> Result<bool, LineError> {
        let mut plain = Vec::new();
        while (plain.len() as u64) < page.size_bytes {
            let offset = plain.len() as u64;
            let part = self.setup.line.page_part(&page.sha256, offset).await?;
            if part.is_empty() {
                return Ok(false);
            }
            plain.extend(part);
        }
        if sha256_hex(&plain) != page.sha256 {
            return Ok(false);
        }
        let blobs = &self.setup.blobs;
        let kept = blobs.put(&plain, &blobs.steady());
        let noted = kept.and_then(|_| self.setup.store.page_found(&page.sha256));
        if let Err(error) = &noted {
            tracing::warn!(%error, "a page that came again could not be kept");
        }
        (self.setup.tell)(News::Changed);
        Ok(noted.is_ok())
    }

    async fn send_page(&self, page: &PageOut) -> Result<Next> {
        let line = &self.setup.line;
        let mut upload = Upload::new(page.size_bytes);
        let (mut bytes, mut have) = (None, 0);
        let mut next = Next::Ask;
        loop {
            let answer = match next {
                Next::Ask => line.blob_at(&page.sha256).await,
                Next::Send { offset, len } => {
                    if let Some(error) = self.send_previews().await? {
                        return Ok(Next::Line(error));
                    }
                    self.note_part(Some(offset), 0);
                    have = offset;
                    let bytes = match &bytes {
                        Some(bytes) => bytes,
                        None => bytes.insert(self.setup.blobs.get(&page.sha256)?),
                    };
                    let start = usize::try_from(offset).unwrap_or(usize::MAX);
                    let Some(part) = bytes.get(start..start.saturating_add(len)) else {
                        return Ok(Next::Refused(LineError::new("page.refused")));
                    };
                    let part = part.to_vec();
                    self.at_pace(part.len()).await;
                    line.blob_part(&page.sha256, offset, page.size_bytes, part)
                        .await
                }
                ended => return Ok(ended),
            };
            if let (Ok(at), Some(_)) = (&answer, &bytes) {
                self.note_part(Some(at.have), at.have.saturating_sub(have));
            }
            next = upload.told(answer);
        }
    }

    /// The lane sleeps until the first page's pause is over, when all that is left is in one.
    fn rest(&self, pages: &[PageOut]) {
        let waits = pages
            .iter()
            .filter_map(|page| self.page_next_try(&page.sha256))
            .min();
        if let Some(next) = waits {
            self.with_lane(Which::Pages, |lane| lane.wait_until(next));
        }
    }

    fn page_next_try(&self, sha256: &str) -> Option<u64> {
        self.pages
            .borrow()
            .get(sha256)
            .and_then(|lane| lane.next_try(self.now()))
    }

    /// A page failed for itself; why, where somebody waits for it.
    fn page_failed(&self, page: &PageOut, why: Option<&Reason>) {
        let (now, jitter) = (self.now(), self.jitter());
        let name = page.sha256.clone();
        let mut pages = self.pages.borrow_mut();
        let next = pages.entry(name.clone()).or_default();
        let next_try = self.wall(next.failed(now, None, jitter));
        if let Some(reason) = why.cloned() {
            let failed = PageFailed { reason, next_try };
            self.shared.seen().failed.insert(name, failed);
        }
    }
}
