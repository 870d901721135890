//! `audit`: records verified a second from an exported file (parsing, chain, hashes), against SM3
//! alone over the same bytes, record by record.

use std::time::Instant;

use audit::file::{self, Writer};
use audit::{Head, Record, verify};
use sm3::{Digest, Sm3};
use uuid::Uuid;

use crate::Failed;
use crate::figures::median_ms;
use crate::measured::Measured;

const RECORDS: u64 = 100_000;
const REPETITIONS: usize = 5;
const REQUIRED_PER_S: f64 = 100_000.0;
/// What a record's canonical form adds to its two texts, bytes.
const FIXED_BYTES: usize = 112;

/// Runs it; the line to print.
pub fn run() -> Result<Measured, Failed> {
    let text = chain()?;
    let (mut ours, mut limits) = (Vec::new(), Vec::new());
    let content: Vec<Vec<u8>> = (0..RECORDS)
        .map(|n| {
            let size = FIXED_BYTES + record(n).kind.len() + record(n).details.len();
            vec![n as u8; size]
        })
        .collect();
    for _ in 0..REPETITIONS {
        let began = Instant::now();
        let head = verify::chain(&file::read(&text)?, &[]).map_err(|fault| fault.to_string())?;
        ours.push(began.elapsed());
        if head.n != RECORDS {
            return Err("the chain is shorter than it was made".into());
        }
        let began = Instant::now();
        let mut folded = 0;
        for bytes in &content {
            folded ^= Sm3::digest(bytes)[0];
        }
        limits.push(began.elapsed());
        std::hint::black_box(folded);
    }
    let (ours_ms, limit_ms) = (median_ms(&mut ours), median_ms(&mut limits));
    let rate = |ms: f64| RECORDS as f64 / ms * 1_000.0;
    let line = format!(
        "scenario=audit records_per_s={:.0} sm3_alone_per_s={:.0} ratio={:.2} \
         records={RECORDS} file_bytes={} repetitions={REPETITIONS}",
        rate(ours_ms),
        rate(limit_ms),
        ours_ms / limit_ms,
        text.len(),
    );
    Ok(Measured::from(line).at_least("records_per_s", rate(ours_ms), REQUIRED_PER_S))
}

fn chain() -> Result<String, Failed> {
    let mut writer = Writer::begin(Vec::new(), "station:bench")?;
    let mut head = Head::EMPTY;
    for n in 0..RECORDS {
        let next = record(n).chained(&head);
        writer.record(&next)?;
        head = next.head();
    }
    Ok(String::from_utf8(writer.end()?)?)
}

fn record(n: u64) -> Record<'static> {
    let at_ms = 1_764_000_000_000 + n as i64 * 1_000;
    Record {
        n,
        at_ms,
        running_ms: n * 1_000,
        boots: 1,
        high_water_ms: at_ms,
        who: Some(Uuid::from_u128(n.into())),
        kind: "case.submitted",
        about: Some([n as u8; 16]),
        details: r#"{"business":"unemployment_registration","log":1234}"#,
        previous: [0; 32],
        hash: [0; 32],
    }
}
