//! All stations at once: each says hello, then pushes batch after batch, and comes again when the
//! centre refuses or is away, no sooner than it says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::sync::{AuditHead, FeedAt, Hello, PROTOCOL, Unsent, first_sum};
use station::line::tls::Clock;
use station::line::{Line, LineError};
use tokio::task::JoinSet;

use super::station::{Batch, Waiting};

/// The first pause after a failure; it doubles up to [`PAUSE_MAX_MS`], with jitter.
const PAUSE_MS: u64 = 250;
const PAUSE_MAX_MS: u64 = 8_000;
/// A station that has got nowhere after so many tries ends the measurement.
const TRIES: u32 = 200;

/// How far the herd is.
pub struct Progress {
    /// Commands acknowledged so far.
    pub acked: AtomicU64,
    /// Commands in all.
    pub wanted: u64,
}

impl Progress {
    /// At the start.
    pub fn new(wanted: u64) -> Progress {
        Progress {
            acked: AtomicU64::new(0),
            wanted,
        }
    }
}

/// What the stations saw.
#[derive(Default)]
pub struct Told {
    /// Commands acknowledged.
    pub acked: u64,
    /// Requests sent.
    pub requests: u64,
    /// Requests that were refused or failed.
    pub refused: u64,
    /// When each station's first batch was acknowledged.
    pub first_acks: Vec<Duration>,
    /// When each station was done.
    pub dones: Vec<Duration>,
}

/// Lets all stations go.
pub async fn all(
    waiting: Vec<Waiting>,
    twice: bool,
    progress: Arc<Progress>,
) -> Result<Told, String> {
    let began = Instant::now();
    let mut herd = JoinSet::new();
    for (order, station) in waiting.into_iter().enumerate() {
        let progress = Arc::clone(&progress);
        herd.spawn(one(station, order as u64, twice, progress, began));
    }
    let mut told = Told::default();
    while let Some(ended) = herd.join_next().await {
        let one = ended.map_err(|error| error.to_string())??;
        told.acked += one.acked;
        told.requests += one.requests;
        told.refused += one.refused;
        told.first_acks.extend(one.first_acks);
        told.dones.extend(one.dones);
    }
    Ok(told)
}

async fn one(
    station: Waiting,
    order: u64,
    twice: bool,
    progress: Arc<Progress>,
    began: Instant,
) -> Result<Told, String> {
    let clock = Arc::new(Clock::system());
    let line = Line::of(&station.installation, Arc::default(), clock);
    let line = line.map_err(|error| error.to_string())?;
    let mut told = Told::default();
    let mut pause = Pause::new(order);
    let after_ms = loop {
        told.requests += 1;
        match line.hello(&hello(&station)).await {
            Ok(answer) => break answer.pace.after_ms.max(answer.pace.push_after_ms),
            Err(error) => told.come_again(&mut pause, &error).await?,
        }
    };
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    for batch in &station.pushes {
        let acked = loop {
            told.requests += 1;
            match push(&line, batch, twice).await {
                Ok(acked) => break acked,
                Err(error) => told.come_again(&mut pause, &error).await?,
            }
        };
        pause.reset();
        if acked < batch.last {
            return Err(format!("{acked} acknowledged, {} sent", batch.last));
        }
        progress
            .acked
            .fetch_add(acked - told.acked, Ordering::Relaxed);
        told.acked = acked;
        if told.first_acks.is_empty() {
            told.first_acks.push(began.elapsed());
        }
    }
    told.dones.push(began.elapsed());
    Ok(told)
}

async fn push(line: &Line, batch: &Batch, twice: bool) -> Result<u64, LineError> {
    if !twice {
        return Ok(line.push(batch.packed.clone()).await?.acked);
    }
    let (one, other) = tokio::join!(
        line.push(batch.packed.clone()),
        line.push(batch.packed.clone())
    );
    Ok(one?.acked.max(other?.acked))
}

impl Told {
    /// Sits out the pause after a refusal; an error when the station gets nowhere.
    async fn come_again(&mut self, pause: &mut Pause, error: &LineError) -> Result<(), String> {
        self.refused += 1;
        if pause.tries == TRIES {
            return Err(format!("a station got nowhere: {}", error.reason.code));
        }
        tokio::time::sleep(pause.next(error.retry_after)).await;
        Ok(())
    }
}

/// Pauses with a jitter of their own, so that the herd spreads.
struct Pause {
    next_ms: u64,
    tries: u32,
    state: u64,
}

impl Pause {
    fn new(seed: u64) -> Pause {
        Pause {
            next_ms: PAUSE_MS,
            tries: 0,
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    fn reset(&mut self) {
        self.next_ms = PAUSE_MS;
        self.tries = 0;
    }

    fn next(&mut self, asked: Option<Duration>) -> Duration {
        self.tries += 1;
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let jitter = self.state % self.next_ms;
        let own = Duration::from_millis(self.next_ms / 2 + jitter);
        self.next_ms = (self.next_ms * 2).min(PAUSE_MAX_MS);
        asked.map_or(own, |asked| asked + Duration::from_millis(jitter))
    }
}

fn hello(station: &Waiting) -> Hello {
    Hello {
        protocol: PROTOCOL,
        version: "bench".into(),
        boots: 1,
        run: None,
        restored: false,
        feed: FeedAt {
            seq: 0,
            sum: first_sum(),
        },
        log: station.log.clone(),
        unsent: Unsent {
            commands: station.log.last,
            pages: 0,
        },
        audit: AuditHead::default(),
        lease: 0,
        bundle: None,
        heartbeat: None,
        reports: Vec::new(),
        wait_ms: 0,
    }
}
