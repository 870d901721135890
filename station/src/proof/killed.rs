//! R2: kill -9 in the middle of opening and saving: what was acknowledged is there, and log, journal,
//! audit, view, pages and drafts agree.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rusqlite::Connection;

use super::city::read;
use super::count::{self, Row};
use super::*;
use crate::store::audit;

/// Kills of one folder; then a new one, so that it stays as large as a day's work.
const KILLS_A_FOLDER: u64 = 30;
/// People that one process serves at most.
const PEOPLE: u32 = 30;
const FOLDER: &str = "YIZHAN_STATION_KILLED_FOLDER";
const FIRST: &str = "YIZHAN_STATION_KILLED_FIRST";

#[test]
fn nothing_acknowledged_is_lost_to_a_kill() {
    let Some(row) = Row::begin("R2", "saved work outlives kill -9") else {
        return;
    };
    let kills = count::of(6, 1_000);
    let mut rng = StdRng::seed_from_u64(20_261_123);
    let (mut kept, mut lost, mut done) = (0, Vec::new(), 0);
    while done < kills {
        let some = KILLS_A_FOLDER.min(kills - done);
        kept += one_folder(some, &mut rng, &mut lost);
        done += some;
    }
    assert!(kept > kills / 3, "{kept} were acknowledged");
    row.end(kills, kept, &lost);
}

/// Kills a station again and again; how much was acknowledged and is there.
fn one_folder(kills: u64, rng: &mut StdRng, lost: &mut Vec<String>) -> u64 {
    let folder = founded();
    let (mut filed, mut typed) = (Vec::new(), None);
    for kill in 0..kills as u32 {
        // Half of them while the station starts and saves its first, half while it is at work.
        let at_work = rng.gen_bool(0.5);
        let wait = Duration::from_millis(rng.gen_range(5..250));
        for line in run_and_kill(folder.path(), kill * PEOPLE + 1, at_work, wait) {
            match line.split_once(' ') {
                Some(("filed", case)) => filed.push(case.parse::<Id>().unwrap()),
                Some(("typed", text)) => typed = Some(text.to_owned()),
                _ => {}
            }
        }
    }
    let desk = open(folder.path());
    let gone = filed
        .iter()
        .filter(|case| desk.get_case(**case, now()).is_err());
    lost.extend(gone.map(|case| format!("case {case}")));
    let entries = desk.store.outbox_page(2_000, 16 << 20).unwrap();
    let worklist = desk.get_worklist().unwrap();
    if worklist.waiting.len() != entries.len().min(crate::worklist::ROWS) {
        let (waiting, log) = (worklist.waiting.len(), entries.len());
        lost.push(format!("{waiting} cases wait, {log} commands do"));
    }
    let journaled = desk.store.journal_state().last;
    if journaled != entries.len() as u64 {
        lost.push(format!(
            "{} commands, {journaled} in the journal",
            entries.len()
        ));
    }
    // Every case names the same page.
    if !entries.is_empty() && desk.store.unsent().unwrap().pages != 1 {
        lost.push("the page list".into());
    }
    let known = |text: &String| {
        let in_draft = worklist.drafts.iter().any(|row| {
            let draft = desk.get_draft(row.draft, now()).unwrap();
            draft.answers.get("situation") == Some(text)
        });
        let in_log = |text: &str| {
            entries
                .iter()
                .any(|entry| read(entry).act_text().contains(text))
        };
        in_draft || in_log(text)
    };
    // One more may be durable: the kill came between its commit and its answer.
    if let Some(last) = typed.filter(|last| !known(last) && !known(&next_keystroke(last))) {
        lost.push(format!("the last keystroke that was answered, {last}"));
    }
    if let Err(said) = desk.store.looks_whole() {
        lost.push(said);
    }
    let verdict = desk.verify_audit().unwrap();
    if verdict.fault.is_some() {
        lost.push(format!("the audit: {:?}", verdict.fault));
    }
    let recorded = desk.store.read(filings).unwrap();
    if recorded != entries.len() {
        lost.push(format!("{} commands, {recorded} recorded", entries.len()));
    }
    filed.len() as u64
}

/// Cases that were filed, as the audit has it.
fn filings(connection: &Connection) -> crate::error::Result<usize> {
    let mut count = 0;
    audit::each(connection, |record| {
        count += usize::from(record.kind == "case.submitted");
        Ok(())
    })?;
    Ok(count)
}

/// What is typed after a keystroke: `第7人第2字` after `第7人第1字`.
fn next_keystroke(text: &str) -> String {
    let (before, count) = text.trim_end_matches('字').rsplit_once('第').unwrap();
    format!("{before}第{}字", count.parse::<u32>().unwrap() + 1)
}

trait ActText {
    fn act_text(&self) -> String;
}

impl ActText for domain::Command {
    fn act_text(&self) -> String {
        serde_json::to_string(&self.act).unwrap()
    }
}

fn run_and_kill(folder: &Path, first: u32, at_work: bool, wait: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "proof::killed::files_until_killed",
            "--exact",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    let until = if at_work { "filed " } else { "starts" };
    for line in lines.by_ref().map_while(Result::ok) {
        let reached = line.contains(until);
        told.push(line);
        if reached {
            break;
        }
    }
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    // A torn last line was not said whole; every whole one ends with a full stop.
    told.extend(lines.map_while(Result::ok));
    told.into_iter()
        .filter_map(|line| line.strip_suffix('.').map(str::to_owned))
        .collect()
}

/// Not a test by itself: the process above.
#[test]
fn files_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let first: u32 = std::env::var(FIRST).unwrap().parse().unwrap();
    let say = |text: String| {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).unwrap();
        out.flush().unwrap();
    };
    say("\nit starts.\n".into());
    let desk = open(Path::new(&folder));
    for order in first..first + PEOPLE {
        let draft = hardship_draft(&desk, &identity("王示范", order));
        for keystroke in 0..4 {
            let text = format!("第{order}人第{keystroke}字");
            let mut answers = draft.answers.clone();
            answers.insert("situation".into(), text.clone());
            desk.save_answers(draft.draft, answers, now()).unwrap();
            say(format!("typed {text}.\n"));
        }
        let filed = desk.submit(draft.draft, now()).unwrap();
        say(format!("filed {}.\n", filed.case));
    }
}
