//! A small picture of each page, sent before any page itself: who waits for the pages at the centre sees
//! meanwhile what is coming. It is made from the sealed page when its turn comes, and kept nowhere.

use std::sync::Arc;

use domain::sync::{PREVIEW_LIMIT_BYTES, PREVIEW_SIDE};
use drivers::document::file;

use super::exchange::Exchange;
use super::worker::News;
use crate::blobs::Blobs;
use crate::error::Result;
use crate::line::LineError;
use crate::store::PageOut;

impl Exchange {
    /// Sends the previews that have not left, in order of submission; asked again between the parts of
    /// pages, so that a new case's are not behind somebody's large pages. What ended it, when that is the
    /// line. A page that cannot be shown, and a centre that takes no previews, cost the preview alone.
    pub(super) async fn send_previews(&self) -> Result<Option<LineError>> {
        let store = &self.setup.store;
        while let Some(page) = store.preview_to_send()? {
            let Some(small) = self.small(&page).await else {
                store.preview_sent(&page.sha256)?;
                continue;
            };
            self.at_pace(small.len()).await;
            match self.setup.line.preview(&page.sha256, small).await {
                Ok(at) if at.stored => {
                    store.page_sent(&page.sha256)?;
                    (self.setup.tell)(News::Changed);
                }
                Ok(_) => store.preview_sent(&page.sha256)?,
                Err(error) if error.is_about_the_request() => {
                    tracing::warn!(code = error.reason.code, "a preview was refused");
                    store.preview_sent(&page.sha256)?;
                }
                Err(error) => return Ok(Some(error)),
            }
        }
        Ok(None)
    }

    /// Made beside this thread: the other lanes go on meanwhile.
    async fn small(&self, page: &PageOut) -> Option<Vec<u8>> {
        let (blobs, sha256) = (Arc::clone(&self.setup.blobs), page.sha256.clone());
        let made = tokio::task::spawn_blocking(move || made(&blobs, &sha256));
        made.await.ok()?
    }
}

/// The largest preview that is not too many bytes.
fn made(blobs: &Blobs, sha256: &str) -> Option<Vec<u8>> {
    let page = blobs.get(sha256).ok()?;
    let sides = [PREVIEW_SIDE, PREVIEW_SIDE * 3 / 4, PREVIEW_SIDE / 2];
    sides.into_iter().find_map(|side| {
        let small = file::thumbnail(&page, side).ok()?;
        (small.len() <= PREVIEW_LIMIT_BYTES).then_some(small)
    })
}
