//! R17: every way to lose a station's keys, and the way back, with the real centre, officers and
//! store; and everything that must not open it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{Duration, Utc};
use domain::recovery::{Cause, digits};
use reqwest::Method;
use serde_json::{Value, json};
use station::view::{Door, RecoveryStands};
use tests::city::{COMMUNITY, City, OFFICERS, passphrase};
use tests::console::Reviewer;
use tests::desk::{Desk, PASSWORD, REGISTRATION, copy_folder};

const NEW: &str = "a new password 新";

/// A desk with work in it whose key is sealed to the officers.
pub(crate) fn desk_with_work(city: &City, officers: &[Reviewer]) -> Desk {
    let before = officers[0].get("/api/escrow")["sealed"].as_u64();
    let desk = city.desk(COMMUNITY);
    for sample in ["citizen", "moved"] {
        let page = desk.tap(sample);
        desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    }
    let page = desk.tap("hui");
    let draft = desk.draft("unemployment_registration", &page, REGISTRATION);
    desk.add_page(draft, "other_proof", 90);
    tests::eventually("the key is sealed to the officers", || {
        let sealed = officers[0].get("/api/escrow")["sealed"].as_u64();
        (sealed > before).then_some(())
    });
    tests::eventually("all is sent", || desk.has_sent_everything().then_some(()));
    desk
}

/// Drafts, cases of two residents, and the pages of the draft, as the desk shows them.
pub(crate) fn work(desk: &Desk) -> Value {
    let list = desk.station.get_worklist().expect("the worklist");
    let drafts: Vec<_> = list.drafts.iter().map(|row| row.draft).collect();
    let pages = drafts.iter().map(|draft| {
        let draft = desk.station.get_draft(*draft).expect("the draft");
        draft.pages.len()
    });
    let cases = desk.station.search_people("").map(|found| found.rows.len());
    json!({
        "drafts": drafts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "pages": pages.collect::<Vec<_>>(),
        "people": cases.unwrap_or_default(),
    })
}

/// The folder after the program has ended.
pub(crate) fn closed(desk: Desk) -> PathBuf {
    let folder = desk.folder.clone();
    drop(desk);
    folder
}

fn request_of(officer: &Reviewer, code: &str) -> Value {
    tests::eventually("the request is at the centre", || {
        let view = officer.get("/api/escrow");
        let requests = view["requests"].as_array().expect("requests").clone();
        requests
            .into_iter()
            .find(|request| request["code"] == json!(code))
    })
}

fn approve(officers: &[Reviewer], at: usize, request: &Value) -> Value {
    let id = request["request"].as_str().expect("an id");
    let word = json!({ "hash": request["hash"], "passphrase": passphrase(OFFICERS[at]) });
    let path = format!("/api/escrow/requests/{id}/approve");
    let (_, body) = officers[at].ask(Method::POST, &path, Some(word));
    serde_json::from_slice(&body).expect("JSON")
}

/// Asks, has two officers approve, and returns the release code they read out.
pub(crate) fn approved(desk: &Desk, officers: &[Reviewer], cause: Cause, login: &str) -> String {
    let view = desk
        .station
        .ask_recovery(cause, "张协理", login, "")
        .unwrap_or_else(|failure| panic!("{cause:?}: {failure:?}"));
    let shown = view.request.expect("a request");
    assert_eq!(
        shown.stands,
        RecoveryStands::Waiting { approvals: 0 },
        "{:?}",
        shown.failure
    );
    let request = request_of(&officers[0], &shown.code);
    let first = approve(officers, 0, &request);
    assert_eq!(first["approvals"], 1, "{first}");
    let second = approve(officers, 2, &request);
    let code = second["release_code"]
        .as_str()
        .unwrap_or_else(|| panic!("{second}"));
    let view = desk.station.look_recovery().expect("it looks");
    let stands = view.request.expect("a request").stands;
    assert_eq!(stands, RecoveryStands::Answered);
    code.to_owned()
}

fn recover(desk: &Desk, officers: &[Reviewer], cause: Cause, login: &str) {
    let code = approved(desk, officers, cause, login);
    let status = desk
        .station
        .finish_recovery(&code, NEW)
        .unwrap_or_else(|failure| panic!("{cause:?}: {failure:?}"));
    assert_eq!(status.door, Door::Open);
}

/// Loses something, recovers, and sees that nothing else was lost; a line for the table of proofs.
fn lose(about: &str, cause: Cause, login: &str, damage: impl FnOnce(&City, &Path)) {
    let began = Instant::now();
    let city = City::open();
    let officers = city.with_officers();
    let desk = desk_with_work(&city, &officers);
    let before = work(&desk);
    let folder = closed(desk);
    damage(&city, &folder);
    let desk = Desk::unpack(&folder, login);
    let failure = desk
        .station
        .log_in("zhang", "not the password")
        .expect_err("it is lost");
    println!("{about}: {}", failure.reason.code);
    recover(&desk, &officers, cause, login);
    let after = work(&desk);
    tests::eventually("it speaks to the centre again", || {
        desk.station.get_status().line.up.then_some(())
    });
    desk.station.lock().expect("it locks");
    let again = desk
        .station
        .log_in(login, NEW)
        .expect("the new password opens it");
    assert_eq!(again.door, Door::Open);
    let holds = if before == after { "holds" } else { "FAILS" };
    let lost = usize::from(before != after);
    let seconds = began.elapsed().as_secs_f64();
    println!("proof\tR17\t{about}\t1\t1\t{lost}\t{seconds:.1}\t{holds}");
    assert_eq!(before, after, "{about}: nothing is lost");
}

#[test]
fn a_forgotten_password_is_replaced_by_two_officers() {
    lose(
        "forgotten password",
        Cause::ForgottenPassword,
        "zhang",
        |_, _| {},
    );
}

#[test]
fn a_cleared_machine_secret_is_replaced() {
    lose(
        "machine secret gone",
        Cause::MachineSecretGone,
        "zhang",
        |_, folder| {
            std::fs::remove_file(folder.join("machine.secret")).expect("it was there");
        },
    );
}

#[test]
fn a_lost_key_file_comes_back_from_the_centre() {
    lose(
        "key file missing",
        Cause::KeyFileMissing,
        "zhang",
        |_, folder| {
            for name in ["keys.json", "keys.json.copy"] {
                std::fs::remove_file(folder.join(name)).expect("it was there");
            }
        },
    );
}

#[test]
fn when_all_staff_have_left_a_successor_gets_in() {
    lose("staff left", Cause::StaffLeft, "wang", |city, _| {
        city.remove_staff("zhang");
        city.add_staff("wang", "王接任", COMMUNITY);
    });
}

#[test]
fn a_disk_that_was_moved_to_another_computer_is_opened_there() {
    let began = Instant::now();
    let city = City::open();
    let officers = city.with_officers();
    let desk = desk_with_work(&city, &officers);
    let before = work(&desk);
    let here = closed(desk);
    let there = here.with_extension("moved");
    copy_folder(&here, &there);
    // Another computer's TPM, keyring or file holds another secret.
    std::fs::write(there.join("machine.secret"), [7; 32]).expect("a secret");
    let desk = Desk::unpack(&there, "zhang");
    let failure = desk
        .station
        .log_in("zhang", PASSWORD)
        .expect_err("another machine");
    assert_eq!(failure.reason.code, "keys.machine_changed");
    recover(&desk, &officers, Cause::DiskMoved, "zhang");
    let seconds = began.elapsed().as_secs_f64();
    let kept = work(&desk) == before;
    let (lost, holds) = if kept { (0, "holds") } else { (1, "FAILS") };
    println!("proof\tR17\tdisk moved\t1\t1\t{lost}\t{seconds:.1}\t{holds}");
    assert!(kept, "the work is as it was");
}

#[test]
fn the_printed_code_opens_without_a_line_and_ends_when_it_is_revoked() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let page = desk.tap("hui");
    desk.draft("unemployment_registration", &page, REGISTRATION);
    let before = work(&desk);
    let old = desk.station.make_printed_code().expect("a code").code;
    let code = desk.station.make_printed_code().expect("a newer code").code;
    city.stop_centre();
    let folder = closed(desk);
    std::fs::remove_file(folder.join("machine.secret")).expect("it was there");
    let desk = Desk::unpack(&folder, "zhang");
    assert!(
        desk.station
            .get_recovery()
            .expect("a view")
            .printed
            .is_some()
    );
    let refused = |code: &str| {
        let outcome = desk.station.open_printed(code, "zhang", NEW);
        outcome.expect_err("it must not open").reason.code
    };
    assert_eq!(refused(&old), "recovery.wrong_printed_code");
    assert_eq!(refused(&code[..code.len() - 1]), "recovery.misread_code");
    let typed = code.to_lowercase().replace('-', " ");
    let status = desk
        .station
        .open_printed(&typed, "zhang", NEW)
        .expect("it opens");
    assert_eq!(status.door, Door::Open);
    assert_eq!(work(&desk), before);
    desk.station.revoke_printed_code().expect("it is revoked");
    desk.station.lock().expect("it locks");
    let gone = desk
        .station
        .open_printed(&code, "zhang", NEW)
        .expect_err("revoked");
    assert_eq!(gone.reason.code, "keys.no_printed_code");
}

#[test]
fn an_answer_works_once_in_time_with_its_own_code_and_for_its_own_request() {
    let city = City::open();
    let officers = city.with_officers();
    let desk = desk_with_work(&city, &officers);
    desk.station.lock().expect("it locks");
    let code = approved(&desk, &officers, Cause::ForgottenPassword, "zhang");
    let kept = std::fs::read(desk.folder.join("recovery.json")).expect("the request");
    let wrong = desk
        .station
        .finish_recovery("00000000", NEW)
        .expect_err("another code");
    assert_eq!(
        (wrong.reason.code.as_str(), &*wrong.reason.with["left"]),
        ("recovery.wrong_code", "4")
    );
    let weak = desk
        .station
        .finish_recovery(&code, "short")
        .expect_err("a weak password");
    assert_eq!(weak.reason.code, "auth.weak_password");
    let late = Utc::now() + Duration::hours(25);
    let expired = station::recovery::redeem(&desk.folder, &code, NEW, late).expect_err("too late");
    assert_eq!(expired.code(), "recovery.expired");
    let spaced = format!("{} {}", &code[..4], &code[4..]);
    assert_eq!(digits(&spaced), code);
    desk.station
        .finish_recovery(&spaced, NEW)
        .expect("it opens");
    desk.station.lock().expect("it locks");
    let again = desk
        .station
        .finish_recovery(&code, "yet another one")
        .expect_err("used");
    assert_eq!(again.reason.code, "recovery.none");

    // The old answer to a new request.
    let old: Value = serde_json::from_slice(&kept).expect("JSON");
    let answer = old["stands"]["answer"].as_str().expect("an answer");
    let ask = || {
        desk.station
            .ask_recovery(Cause::ForgottenPassword, "张协理", "zhang", "")
    };
    ask().expect("a new request");
    let replayed = desk
        .station
        .bring_recovery(answer)
        .expect_err("another request's");
    assert_eq!(replayed.reason.code, "recovery.bad_answer");
    // One officer alone, twice: nothing is answered.
    let view = desk.station.look_recovery().expect("it looks");
    let request = request_of(&officers[0], &view.request.expect("a request").code);
    assert_eq!(approve(&officers, 1, &request)["approvals"], 1);
    assert_eq!(
        approve(&officers, 1, &request)["code"],
        "escrow.same_officer"
    );
    let stands = desk
        .station
        .look_recovery()
        .expect("it looks")
        .request
        .expect("one")
        .stands;
    assert_eq!(stands, RecoveryStands::Waiting { approvals: 1 });
}

#[test]
fn without_a_line_the_request_and_the_answer_are_carried_by_hand() {
    let city = City::open();
    let officers = city.with_officers();
    let desk = desk_with_work(&city, &officers);
    let before = work(&desk);
    desk.station.lock().expect("it locks");
    city.stop_centre();
    let view = desk
        .station
        .ask_recovery(Cause::ForgottenPassword, "张协理", "zhang", "")
        .expect("it is kept");
    let shown = view.request.expect("a request");
    assert_eq!(shown.stands, RecoveryStands::NotSent);
    assert_eq!(shown.failure.expect("why").code, "line.unreachable");
    assert!(shown.qr.len() > 20, "a QR code");
    let saved = desk.station.save_recovery().expect("a file");
    let text = std::fs::read_to_string(&saved).expect("the file");
    std::fs::remove_file(&saved).expect("ours");
    city.start_centre();
    let word = json!({ "ask": text });
    let (status, _) = officers[1].ask(Method::POST, "/api/escrow/requests", Some(word));
    assert!(status.is_success());
    let request = request_of(&officers[1], &shown.code);
    approve(&officers, 0, &request);
    let second = approve(&officers, 1, &request);
    let code = second["release_code"].as_str().expect("a code");
    let id = request["request"].as_str().expect("an id");
    let answer = officers[1].get(&format!("/api/escrow/requests/{id}/answer"));
    let answer = answer["answer"].as_str().expect("a text");
    let cut = desk
        .station
        .bring_recovery(&answer[..answer.len() - 9])
        .expect_err("cut off");
    assert_eq!(cut.reason.code, "recovery.bad_answer");
    desk.station.bring_recovery(answer).expect("it is taken");
    desk.station.finish_recovery(code, NEW).expect("it opens");
    assert_eq!(work(&desk), before);
}
