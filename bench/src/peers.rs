//! `peers`: one station sends a log of commands to the centre's process and takes the whole feed into its
//! encrypted database, over TLS, everything checked, decided and folded; PouchDB sends the very same
//! commands to express-pouchdb as documents and takes the very same facts, over plain HTTP, with nothing looked
//! at. Needs Node; it installs what `bench/peers` names, and nothing else does.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::sync::{FeedAt, FeedFact, PULL_LIMIT, Pull, Push, first_sum};
use serde_json::{Value, json};
use station::line::Line;
use station::line::tls::Clock;
use station::sync::FOLD_LIMIT;
use xtask::process;

use crate::Failed;
use crate::city::City;
use crate::herd::enter;
use crate::herd::station::Waiting;
use crate::measured::Measured;
use crate::place::Place;

const COMMANDS: u64 = 10_000;
const BATCH: u64 = 1_000;

/// Runs it; the line to print.
pub fn run() -> Result<Measured, Failed> {
    let theirs = install()?;
    let mut city = City::new()?;
    let mut waiting = enter::stations(&mut city, 1, COMMANDS, BATCH)?;
    let waiting = waiting.pop().ok_or("no station")?;
    let runtime = tokio::runtime::Runtime::new()?;
    let line = Line::of(
        &waiting.installation,
        Arc::default(),
        Arc::new(Clock::system()),
    );
    let line = line.map_err(|error| error.to_string())?;
    let push = runtime.block_on(push(&line, &waiting))?;
    let place = Place::new()?;
    let (pull, facts) = runtime.block_on(pull(&line, &place))?;
    city.kill()?;
    let folder = tempfile::tempdir()?;
    let said = compare(&theirs, folder.path(), &waiting, &facts)?;
    let their = |key: &str| said[key].as_f64().ok_or(format!("peers say no {key}"));
    let (their_push_s, their_pull_s) = (their("push_s")?, their("pull_s")?);
    let (push_s, pull_s) = (push.as_secs_f64(), pull.as_secs_f64());
    Ok(Measured::from(format!(
        "scenario=peers commands={COMMANDS} facts={} push_s={push_s:.2} pouchdb_push_s={their_push_s:.2} \
         push_ratio={:.2} pull_s={pull_s:.2} pouchdb_pull_s={their_pull_s:.2} pull_ratio={:.2}",
        facts.len(),
        push_s / their_push_s,
        pull_s / their_pull_s,
    )))
}

/// `npm ci` where the lock file is; the script.
fn install() -> Result<std::path::PathBuf, Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let mut npm = Command::new("npm");
    npm.arg("ci").current_dir(&folder);
    process::output("npm ci", &mut npm)?;
    Ok(folder.join("peers.mjs"))
}

async fn push(line: &Line, waiting: &Waiting) -> Result<Duration, Failed> {
    let began = Instant::now();
    for batch in &waiting.pushes {
        let reply = line.push(batch.packed.clone()).await;
        let acked = reply.map_err(|error| error.reason.code)?.acked;
        if acked != batch.last {
            return Err(format!("{acked} acknowledged of {}", batch.last).into());
        }
    }
    Ok(began.elapsed())
}

/// The whole feed into an empty station, page after page as its own exchange does.
async fn pull(line: &Line, place: &Place) -> Result<(Duration, Vec<FeedFact>), Failed> {
    let (mut all, mut waiting) = (Vec::new(), Vec::new());
    let mut after = FeedAt {
        seq: 0,
        sum: first_sum(),
    };
    let began = Instant::now();
    loop {
        let asked = Pull {
            after: after.clone(),
            limit: PULL_LIMIT,
        };
        let reply = line.pull(&asked).await.map_err(|error| error.reason.code)?;
        if let Some(last) = reply.facts.last() {
            (after.seq, after.sum) = (last.seq, last.sum.clone());
        }
        let is_end = after.seq >= reply.head;
        waiting.extend(reply.facts);
        if is_end || waiting.len() >= FOLD_LIMIT {
            place.desk.store.apply_facts(&waiting)?;
            all.append(&mut waiting);
        }
        if is_end {
            return Ok((began.elapsed(), all));
        }
    }
}

/// The same documents for the others.
fn compare(
    script: &Path,
    folder: &Path,
    waiting: &Waiting,
    facts: &[FeedFact],
) -> Result<Value, Failed> {
    let (mut up, mut down) = (String::new(), String::new());
    for batch in &waiting.pushes {
        let push: Push = serde_json::from_slice(&zstd::decode_all(&*batch.packed.bytes)?)?;
        for entry in push.commands {
            let document = json!({ "_id": entry.id, "entry": entry });
            writeln!(up, "{document}")?;
        }
    }
    for fact in facts {
        let document = json!({ "_id": format!("{:010}", fact.seq), "fact": fact });
        writeln!(down, "{document}")?;
    }
    let (commands, stored) = (folder.join("commands.jsonl"), folder.join("facts.jsonl"));
    std::fs::write(&commands, up)?;
    std::fs::write(&stored, down)?;
    let mut node = Command::new("node");
    node.arg(script).arg(folder).arg(&commands).arg(&stored);
    let said = process::output("peers.mjs", &mut node)?;
    Ok(serde_json::from_str(said.trim())?)
}
