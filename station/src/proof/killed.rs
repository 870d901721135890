//! kill -9 in the middle of saving: what was acknowledged is there, and log, view, pages and
//! drafts agree.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::city::read;
use super::*;

const KILLS: u32 = 6;
const FOLDER: &str = "YIZHAN_STATION_KILLED_FOLDER";
const FIRST: &str = "YIZHAN_STATION_KILLED_FIRST";

#[test]
fn nothing_acknowledged_is_lost_to_a_kill() {
    let folder = founded();
    let mut rng = StdRng::seed_from_u64(20_261_123);
    let (mut filed, mut typed) = (Vec::new(), Vec::new());
    for kill in 0..KILLS {
        let wait = Duration::from_millis(rng.gen_range(5..250));
        for line in run_and_kill(folder.path(), kill * 100 + 1, wait) {
            match line.split_once(' ') {
                Some(("filed", case)) => filed.push(case.parse::<Id>().unwrap()),
                Some(("typed", text)) => typed.push(text.to_owned()),
                _ => {}
            }
        }
    }
    assert!(filed.len() >= KILLS as usize, "{} filed", filed.len());
    let desk = open(folder.path());
    for case in &filed {
        desk.get_case(*case, now()).unwrap();
    }
    let entries = desk.store.outbox_page(2_000, 8 << 20).unwrap();
    let worklist = desk.get_worklist().unwrap();
    assert_eq!(worklist.waiting.len(), entries.len(), "log and view agree");
    assert_eq!(
        desk.store.unsent().unwrap().pages,
        1,
        "every case names the same page"
    );
    let last = typed.last().unwrap();
    let known = |text: &String| {
        let in_draft = worklist.drafts.iter().any(|row| {
            desk.get_draft(row.draft, now())
                .unwrap()
                .answers
                .get("situation")
                == Some(text)
        });
        in_draft
            || entries
                .iter()
                .any(|entry| read(entry).act_text().contains(text.as_str()))
    };
    // One more may be durable: the kill came between its commit and its answer.
    assert!(
        known(last) || known(&next_keystroke(last)),
        "the last keystroke that was answered, {last}, is there"
    );
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

fn run_and_kill(folder: &Path, first: u32, wait: Duration) -> Vec<String> {
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
    for line in lines.by_ref().map_while(Result::ok) {
        let filed = line.starts_with("filed ");
        told.push(line);
        if filed {
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
    let desk = open(Path::new(&folder));
    let say = |text: String| {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).unwrap();
        out.flush().unwrap();
    };
    for order in first..first + 100 {
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
