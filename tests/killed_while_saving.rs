//! kill -9 while cases are being saved: every case that was acknowledged is there afterwards, and
//! case, outbox and page list agree.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, REGISTRATION};

/// Kills of a station with everything around it; `cargo xtask prove store` does the full thousand on
/// the desk alone.
const KILLS: usize = 5;
/// Set for the process that is killed: the station's folder.
const FOLDER: &str = "YIZHAN_TEST_KILLED_FOLDER";

#[test]
fn nothing_acknowledged_is_lost_to_a_kill() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    city.line.cut();
    let folder = desk.folder.clone();
    drop(desk);

    let mut rng = StdRng::seed_from_u64(20261123);
    let mut acknowledged = Vec::new();
    for _ in 0..KILLS {
        let wait = Duration::from_millis(rng.gen_range(30..400));
        acknowledged.extend(run_and_kill(&folder, wait));
    }
    assert!(
        !acknowledged.is_empty(),
        "it was killed before it could save anything"
    );

    let desk = Desk::unpack(&folder, "zhang");
    desk.log_in();
    for case in &acknowledged {
        let case: domain::Id = case.parse().expect("an id");
        desk.station
            .get_case(case)
            .unwrap_or_else(|f| panic!("{case} is lost: {f:?}"));
    }
    let list = desk.station.get_worklist().expect("the worklist");
    let unsent = desk.station.get_status().unsent_commands as usize;
    assert_eq!(
        list.waiting.len(),
        unsent,
        "every case waits in the outbox, and nothing else"
    );
    assert!(unsent >= acknowledged.len());
}

/// Starts a process that files case after case, and kills it some time after its first.
fn run_and_kill(folder: &Path, wait: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "killed_while_saving::files_until_killed",
            "--exact",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its words")).lines();
    let saved = |line: &String| line.strip_prefix("saved ").map(str::to_owned);
    let mut acknowledged = Vec::new();
    while let Some(Ok(line)) = lines.next() {
        if let Some(case) = saved(&line) {
            acknowledged.push(case);
            break;
        }
    }
    std::thread::sleep(wait);
    child.kill().expect("it is killed");
    child.wait().expect("it is gone");
    // What was written before the kill is still in the pipe; a torn last line was not said whole.
    acknowledged.extend(
        lines
            .map_while(Result::ok)
            .filter_map(|line| saved(&line).filter(|case| case.parse::<domain::Id>().is_ok())),
    );
    acknowledged
}

/// Not a test by itself: the process above.
#[test]
fn files_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let desk = Desk::unpack(Path::new(&folder), "zhang");
    desk.log_in();
    let mut content = drivers::virtual_card::samples::find("citizen")
        .expect("a sample")
        .card;
    for order in (101..999).step_by(2) {
        let pid = std::process::id();
        let digits = format!("3203901988{:02}12{order:03}", 1 + pid % 12);
        let check = domain::id_number::check_character(&digits).expect("digits");
        content.id_number = format!("{digits}{check}");
        content.birth = chrono::NaiveDate::from_ymd_opt(1988, 1 + pid % 12, 12).expect("a day");
        let page = desk.tap_card(&content);
        let answers = [REGISTRATION, &[("reason", "5")]].concat();
        let filed = desk.file(
            "unemployment_registration",
            &page,
            &answers,
            &["other_proof"],
        );
        println!("saved {}", filed.case);
    }
}
