//! The centre's own audit as a whole: written out for an auditor, with what was seen of the
//! stations' audits, and verified.

use audit::file::{self, Writer};
use audit::{Event, Head, verify};
use domain::{Reason, Staff, id_number};

use crate::error::{Error, Result};
use crate::exports::WhatFor;
use crate::{Center, database, refusal, store};

/// Whose chain this is in an exported file. A station knows one centre.
pub const ORIGIN: &str = "centre";
/// The first bad record of the audit; particulars `n` and `what`.
pub const TAMPERED: &str = "audit.tampered";
const PAGE: i64 = 5_000;

/// Words that somebody wrote and the audit keeps for ever, in clear and in every file of it:
/// `audit.number_in_words` where a document's number stands in them.
pub fn plain(words: &str) -> Result<&str> {
    match id_number::stands_in(words) {
        true => Err(Error::Refused(&refusal::AUDIT_NUMBER_IN_WORDS)),
        false => Ok(words.trim()),
    }
}

/// What verifying came to.
pub struct Verdict {
    /// Records looked at.
    pub records: u64,
    /// The head's first bytes, hex.
    pub head: String,
    /// The first bad record, and what is wrong with it.
    pub fault: Option<Reason>,
}

/// The chain for somebody who takes it away, and said what for: recorded first, so that it is in the file.
pub async fn take_out(center: &Center, by: Option<&Staff>, what_for: &WhatFor) -> Result<String> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let event = Event::ExportMade {
        what: "audit".to_owned(),
        rows: store::audit::head(&tx).await?.n + 1,
        reason: what_for.recorded(),
    };
    store::audit::append(&tx, by, &event).await?;
    tx.commit().await?;
    drop(client);
    export(center).await
}

/// The chain as a file's text. Its tail is measured by the head's own row: records that were cut off
/// are missed there.
pub async fn export(center: &Center) -> Result<String> {
    let written = |error: std::io::Error| Error::Fault(error.to_string());
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let mut writer = Writer::begin(Vec::new(), ORIGIN).map_err(written)?;
    let (head, mut after) = (store::audit::head(&tx).await?, 0);
    loop {
        let page = store::audit::page(&tx, after, PAGE).await?;
        for kept in page.iter().filter(|kept| kept.n <= head.n) {
            writer.record(&kept.record()).map_err(written)?;
        }
        match page.last() {
            Some(last) if last.n < head.n => after = last.n,
            _ => break,
        }
    }
    for witness in store::witness::all(&tx).await? {
        writer.witness(&witness).map_err(written)?;
    }
    let bytes = writer.end_at(&head).map_err(written)?;
    String::from_utf8(bytes).map_err(|error| Error::Fault(error.to_string()))
}

/// Verifies the whole chain.
pub async fn verify(center: &Center) -> Result<Verdict> {
    let text = export(center).await?;
    // Hashing a year takes a second: not on a thread that serves.
    let judged = tokio::task::spawn_blocking(move || judge(&text)).await;
    judged.map_err(|error| Error::Fault(error.to_string()))?
}

fn judge(text: &str) -> Result<Verdict> {
    let chain = file::read(text).map_err(|error| Error::Fault(error.to_string()))?;
    let short = |head: &Head| hex::encode(&head.hash[..4]);
    Ok(match verify::chain(&chain, &[]) {
        Ok(head) => Verdict {
            records: head.n,
            head: short(&head),
            fault: None,
        },
        Err(fault) => Verdict {
            records: chain.records.len() as u64,
            head: short(&chain.end),
            fault: Some(
                Reason::new(TAMPERED)
                    .with("n", fault.n)
                    .with("what", fault.wrong.name()),
            ),
        },
    })
}
