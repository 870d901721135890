//! kill -9 in the middle of a form: the last keystroke that was acknowledged is there afterwards.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, REGISTRATION};

const KILLS: usize = 4;
/// Set for the process that is killed: the station's folder.
const FOLDER: &str = "YIZHAN_TEST_TYPING_FOLDER";

#[test]
fn no_acknowledged_keystroke_is_lost_to_a_kill() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let folder = desk.folder.clone();
    drop(desk);
    let mut rng = StdRng::seed_from_u64(97);
    let mut at = 0;
    for _ in 0..KILLS {
        let wait = Duration::from_millis(rng.gen_range(5..250));
        let acknowledged = type_and_kill(&folder, wait);
        assert!(acknowledged > at, "it went on where it was");
        let desk = Desk::unpack(&folder, "zhang");
        desk.log_in();
        let page = desk.tap("citizen");
        let form = desk
            .station
            .open_draft("unemployment_registration", page.reading, None);
        let form = form.expect("the form opens again");
        at = form.answers["wish"].parse().expect("a number");
        // The one after it may have been made durable without being acknowledged.
        assert!(
            at == acknowledged || at == acknowledged + 1,
            "{at} after {acknowledged}"
        );
        assert_eq!(
            form.answers["phone"], "13900000000",
            "the rest of the form too"
        );
        assert_eq!(desk.station.get_status().drafts, 1, "one form, not several");
    }
}

/// Starts a process that types on and on, and kills it; the last keystroke it acknowledged.
fn type_and_kill(folder: &Path, wait: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "killed_while_typing::types_until_killed",
            "--exact",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its words")).lines();
    // A torn last line was not said whole: numbers end with a mark.
    let kept = |line: &String| {
        let number = line.strip_prefix("kept ")?.strip_suffix('.')?;
        number.parse::<u64>().ok()
    };
    let mut last = None;
    while last.is_none() {
        let line = lines
            .next()
            .expect("it types before it ends")
            .expect("words");
        last = kept(&line);
    }
    std::thread::sleep(wait);
    child.kill().expect("it is killed");
    child.wait().expect("it is gone");
    for line in lines.map_while(Result::ok) {
        last = kept(&line).or(last);
    }
    last.expect("at least one was acknowledged")
}

/// Not a test by itself: the process above.
#[test]
fn types_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let desk = Desk::unpack(Path::new(&folder), "zhang");
    desk.log_in();
    let page = desk.tap("citizen");
    let form = desk
        .station
        .open_draft("unemployment_registration", page.reading, None);
    let form = form.expect("the form opens");
    let mut answers = form.answers;
    answers.extend(tests::desk::answers(REGISTRATION));
    let typed = answers.get("wish").and_then(|wish| wish.parse().ok());
    for stroke in typed.unwrap_or(0_u64) + 1.. {
        answers.insert("wish".into(), stroke.to_string());
        let saved = desk.station.save_answers(form.draft, answers.clone());
        saved.expect("it is kept");
        println!("kept {stroke}.");
    }
}
