//! An officer looks into alarms about a station's audit in a real browser, and takes the list of stations along
//! as a file. Pictures are kept in `artefacts/`.

use std::path::Path;

use tests::browser::Browser;
use tests::city::{COMMUNITY, City};
use tests::desk::PASSWORD;

const ENTER: &str = "\u{e007}";

/// One of each kind, as they are kept.
const ALARMS: &str =
    "INSERT INTO witness_alarm (installation, n, hash, what, seen_n, rebuilt_n, at)
    SELECT i.id, a.n, decode(repeat('0' || a.n % 10, 32), 'hex'), a.what, a.seen, a.rebuilt,
        now() - a.ago * interval '1 minute'
    FROM installation i, (VALUES (418, 'back', 431, NULL, 90), (431, 'differs', 431, NULL, 60),
        (502, 'back', 511, 470, 5)) AS a (n, what, seen, rebuilt, ago)
    WHERE i.kind = 'station'";

#[test]
fn alarms_are_looked_into_and_a_list_is_taken_along_with_a_purpose() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    assert!(
        pages.join("console.html").exists(),
        "build the pages first: cargo xtask test does"
    );
    let city = City::open_with_pages(Some(pages));
    let _speaker = city.speaker(COMMUNITY);
    city.run_sql(ALARMS);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(story(&city, folder.path()));
    let made = city.query("SELECT details FROM audit WHERE kind = 'export.made'");
    assert!(made.contains("check"), "{made}");
}

async fn story(city: &City, folder: &Path) {
    let log = folder.join("chromedriver.log");
    let console = Browser::chromium(&folder.join("console"), &log).await;
    let page = |at: &str| format!("{}/console.html{at}", city.console_url());
    console.go(&page("")).await;
    console.fill("login-name", "street").await;
    console.fill("login-password", PASSWORD).await;
    console.press(ENTER).await;
    console.see("inbox-empty").await;
    console.go(&page("#/stations")).await;
    console.click("fleet-export").await;
    console.fill("export-purpose", "本站").await;
    console.picture("alarms-1-export").await;
    console.click("export-leave").await;
    console.see("fleet-export").await;

    console.click("station-row").await;
    console.read("alarms", "重新接续").await;
    console.picture("alarms-2-open").await;
    console.click("alarm-look").await;
    console
        .fill(
            "alarm-words",
            "该站换了硬盘，从备份恢复；已与站长电话核对。",
        )
        .await;
    console.picture("alarms-3-words").await;
    console.click("alarm-note").await;
    console.read("alarms", "王初审").await;
    assert!(!console.sees("alarm-look").await, "nothing is open");
    console.picture("alarms-4-looked-into").await;
    console.click("language").await;
    console.read("alarms", "looked into").await;
    console.picture("alarms-5-english").await;
    console.close().await;
}
