//! R16 in the real window: somebody is served by hand, and then the computer is unplugged. Nothing of who was
//! there is in the station's folder, the home folder, temporary files and logs, nor in what the
//! window's engine has written to its folder in memory.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tests::browser::Browser;
use tests::canary::{self, Canary};
use tests::city::{COMMUNITY, City};
use tests::desk::PASSWORD;

use super::{ENTER, F2, F9, start, until};
use crate::at_rest::{LOGGING, kept_beside, planted_is_found};

/// Why a number is looked at, as it should be said: it stays in the record of acts in clear.
const WHY: &str = "与纸质档案核对";
const F3: &str = "\u{e033}";
/// A day in a window writes more than this.
const AT_LEAST_BYTES: u64 = 200_000;

#[test]
fn nothing_at_rest_says_who_was_at_the_window() {
    let city = City::open();
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let code = city.code(COMMUNITY);
    runtime.block_on(story(&city, &code, folder.path()));
}

async fn story(city: &City, code: &str, folder: &Path) {
    let began = Instant::now();
    let [temporary, runtime] = ["tmp", "run"].map(|name| folder.join(name));
    for made in [&temporary, &runtime] {
        std::fs::create_dir(made).expect("a folder");
    }
    let home = folder.join("home");
    let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let (home, temporary_path, runtime_path) = (path(&home), path(&temporary), path(&runtime));
    let around = [
        ("HOME", home.as_str()),
        ("XDG_CONFIG_HOME", &home),
        ("TMPDIR", &temporary_path),
        ("XDG_RUNTIME_DIR", &runtime_path),
        ("RUST_LOG", LOGGING),
    ];
    let counter = start::open_window_among(city, code, folder, &around).await;
    let [_, who] = canary::all();
    a_day(&counter, &who).await;
    kept_and_taken_along(&counter).await;
    counter.picture("at-rest-1-before-the-plug").await;
    let station = folder.join("station");
    let in_memory = in_memory(&station);
    assert!(
        in_memory.join("window").is_dir(),
        "the engine writes here: {in_memory:?}"
    );
    unplug(&station);

    let canaries = canary::all();
    let secrets: Vec<&str> = canaries.iter().flat_map(Canary::secrets).collect();
    let all = [folder.to_owned(), in_memory.clone()];
    let found = canary::search(&all, &secrets);
    let log = std::fs::read_to_string(folder.join("window.log")).expect("its log");
    assert!(log.contains("DEBUG"), "it logged: {} bytes", log.len());
    assert!(found.bytes > AT_LEAST_BYTES, "{found:?}");
    let [journal, backups] = kept_beside(&station);
    assert!(all.iter().any(|place| journal.starts_with(place)));
    let exports = canary::search(&[station.join("exports")], &[WHY]);
    assert!(!exports.hits.is_empty(), "why stands in what was exported");
    planted_is_found(&[station, journal, backups, temporary, runtime], &secrets);
    // A power cut would have taken it: it lies in memory.
    std::fs::remove_dir_all(&in_memory).expect("the folder in memory goes");
    println!(
        "proof\tR16\ta day in a window leaves no name, number or word\t{}\t{}\t{}\t{:.1}\t{}",
        found.files,
        found.files,
        found.hits.len(),
        began.elapsed().as_secs_f64(),
        if found.hits.is_empty() {
            "holds"
        } else {
            "FAILS"
        },
    );
    assert!(found.hits.is_empty(), "{:#?}", found.hits);
}

/// Wrong password, log-in, a person typed by hand, a form, the number in full, searches, a case.
async fn a_day(counter: &Browser, who: &Canary) {
    counter.see("login").await;
    counter.fill("login-password", who.words).await;
    counter.press(ENTER).await;
    counter.see("failure").await;
    counter.fill("login-password", PASSWORD).await;
    counter.press(ENTER).await;
    counter.see("today").await;
    counter.press(F2).await;
    counter.see("people").await;
    counter.press(F3).await;
    counter.see("hand").await;
    counter.press(&who.number).await;
    counter.press(ENTER).await;
    counter.press(who.name).await;
    until("the number fills in the rest", async || {
        let field = counter.see("field-birth").await;
        let input = field.prop("value").await.ok().flatten();
        input.is_some_and(|birth| !birth.is_empty())
    })
    .await;
    counter.press(ENTER).await;
    counter.press(ENTER).await;
    counter.press("1").await;
    counter.fill("hand-address", who.address).await;
    counter.press(F9).await;
    counter.read("face-name", who.name).await;
    counter.click("number-show").await;
    counter.click("why-other").await;
    counter.fill("why-words", WHY).await;
    counter.click("number-confirm").await;
    counter.read("number", &who.number).await;
    counter.click("number-hide").await;
    form(counter, who).await;
    for text in [who.name, who.number.as_str(), who.phone] {
        counter.press(F2).await;
        counter.see("people").await;
        counter.fill("people-search", text).await;
        counter.read("people", who.name).await;
        // Left empty for the next one.
        counter
            .fill("people-search", "\u{e009}a\u{e000}\u{e017}")
            .await;
    }
}

/// A backup, and the record of acts for an auditor.
async fn kept_and_taken_along(counter: &Browser) {
    counter.click("nav-settings").await;
    counter.click("open-storage").await;
    counter.click("storage-back-up").await;
    counter.read("storage-backups-state", "正常").await;
    counter.click("nav-settings").await;
    counter.click("to-audit").await;
    counter.click("audit-export").await;
    counter.fill("export-purpose", "审计").await;
    counter.picture("at-rest-2-audit-leaves").await;
    counter.press(F9).await;
    counter.see("audit-file").await;
    counter.picture("at-rest-3-audit-left").await;
}

/// A registration with their own words in it, filed.
async fn form(counter: &Browser, who: &Canary) {
    counter.press("1").await;
    super::fill_form(counter).await;
    for (field, text) in [("field-phone", who.phone), ("field-residence", who.address)] {
        counter.fill(field, "\u{e009}a\u{e000}").await;
        counter.fill(field, text).await;
    }
    until("it is saved", async || {
        let foot = counter.see("foot").await;
        foot.attr("data-checking").await.ok().flatten().as_deref() == Some("false")
    })
    .await;
    counter.press(F9).await;
    counter.read("standing", "已通过").await;
    counter.picture("at-rest-0-filed").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
}

/// The private folder of a station, in memory: see `station::private`.
fn in_memory(station: &Path) -> PathBuf {
    let name = domain::sync::sha256_hex(station.as_os_str().as_encoded_bytes());
    Path::new("/dev/shm").join(format!("yizhan-{}", &name[..16]))
}

/// Ends the window as a computer that is unplugged, and waits until nothing of it runs.
fn unplug(station: &Path) {
    let folder = station.display().to_string();
    let ours = || {
        let processes = std::fs::read_dir("/proc").expect("the processes").flatten();
        let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        pids.filter(|pid| {
            let words = std::fs::read_to_string(format!("/proc/{pid}/cmdline"));
            words.is_ok_and(|words| {
                words
                    .split('\0')
                    .next()
                    .is_some_and(|program| program.ends_with("/yizhan"))
                    && words.contains(&folder)
            })
        })
        .collect::<Vec<_>>()
    };
    let running = ours();
    assert!(!running.is_empty(), "the window runs");
    for pid in running {
        let killed = std::process::Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status();
        assert!(killed.expect("kill runs").success());
    }
    tests::eventually("nothing of it runs", || ours().is_empty().then_some(()));
}
