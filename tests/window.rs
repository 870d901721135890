//! The real window and the real console, by hand: log in, tap, fill by keyboard alone, scan,
//! submit, review in the browser, see the decision. Pictures are kept in `artefacts/`.

mod at_rest;
mod capture;
mod devices;
mod ferry;
mod long_names;
mod new_log;
mod papers;
mod receipts;
pub(crate) mod start;
mod substitute;
mod sync;
mod tour;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use tests::browser::Browser;
use tests::city::{COMMUNITY, City};
use tests::desk::PASSWORD;

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const DOWN: &str = "\u{e015}";
const F1: &str = "\u{e031}";
const F2: &str = "\u{e032}";
const F6: &str = "\u{e036}";
const F8: &str = "\u{e038}";
const F9: &str = "\u{e039}";
const F12: &str = "\u{e03c}";

/// What the assistant types, by field; what is filled in already is only confirmed.
const ANSWERS: &[(&str, &str)] = &[
    ("phone", "13900000000"),
    ("household_type", "10"),
    ("education", "21"),
    ("unemployed_since", "20260131"),
    ("reason", "7"),
    ("declares_unemployed", "1"),
    ("category", "B"),
    ("visited_on", "20260120"),
    ("visit_opinion", "入户所见与所述相符"),
];

#[test]
fn a_whole_case_by_keyboard_and_its_decision_within_two_seconds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pages = root.join("ui/dist");
    assert!(
        pages.join("index.html").exists(),
        "build the pages first: cargo xtask test does"
    );
    let city = City::open_with_pages(Some(pages));
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let code = city.code(COMMUNITY);
    runtime.block_on(story(&city, &code, folder.path()));
}

async fn story(city: &City, code: &str, folder: &Path) {
    let counter = start::open_window(city, code, folder).await;
    log_in(&counter).await;
    tour::faces(&counter).await;
    devices::tried(&counter).await;
    devices::typed(&counter).await;

    // A card on the reader: virtual card, driver, pcscd, PC/SC.
    counter.click("tap-card-moved").await;
    counter.read("face-name", "周样例").await;
    counter.click("demo-close").await;
    counter.picture("counter-4-person").await;

    // 失业登记, without the mouse; granted by the city while she looks.
    counter.press("1").await;
    fill_form(&counter).await;
    counter.picture("counter-5-form").await;
    counter.press(F9).await;
    let took = counter.read("standing", "已通过").await;
    println!("decision=registration on_screen_ms={}", took.as_millis());
    assert!(!counter.sees("submitted-pending").await, "nothing is open");
    counter.picture("counter-6-submitted").await;

    // 就业困难人员认定: the card that was read still counts, papers from scanner and file.
    counter.click("back-to-person").await;
    counter.see("person").await;
    counter.press("2").await;
    counter.read("evidence", "已读证").await;
    fill_form(&counter).await;
    counter.picture("counter-7-hardship").await;
    papers::handle(&counter).await;
    papers::photographed(&counter).await;
    counter.press(F9).await;
    counter.see("submitted").await;
    counter.read("standing", "街道初审").await;
    counter.picture("counter-9-in-review").await;

    review(city, &folder.join("browser"), folder, &counter).await;
    correct(&counter).await;
    tour::offline(&counter).await;
    tour::search(&counter).await;
    tour::english(&counter).await;
    devices::stopped(&counter, &folder.join("tray")).await;
    counter.close().await;
}

async fn log_in(counter: &Browser) {
    // The hand is already in the password's place.
    counter.see("login").await;
    counter.picture("counter-1-login").await;
    counter.fill("login-password", PASSWORD).await;
    counter.press(ENTER).await;
    counter.see("today").await;
    counter.read("status-line", "线路正常").await;
    counter.picture("counter-2-today").await;
    counter.press(F1).await;
    counter.see("help").await;
    counter.picture("counter-3-help").await;
    counter.press(ESCAPE).await;
}

/// The street looks at the scan and returns the case; the counter shows it within two seconds.
async fn review(city: &City, profile: &Path, folder: &Path, counter: &Browser) {
    let console = Browser::chromium(profile, &folder.join("chromedriver.log")).await;
    console
        .go(&format!("{}/console.html", city.console_url()))
        .await;
    console.see("login-name").await;
    console.picture("console-1-login").await;
    console.fill("login-name", "street").await;
    console.fill("login-password", PASSWORD).await;
    console.press(ENTER).await;
    console.see("inbox-row").await;
    console.picture("console-2-inbox").await;
    console.click("inbox-row").await;
    console.see("page-image").await;
    papers::until_loaded(&console, "page-image").await;
    console.picture("console-3-case").await;
    console.click("language").await;
    console.picture("console-5-english").await;
    console.click("language").await;
    console.click("return").await;
    console.click("return-field-visit_opinion").await;
    console.fill("return-reason", "请写明走访时在场人员").await;
    console.picture("console-4-return").await;
    console.click("confirm").await;

    let took = counter.read("standing", "退回").await;
    println!("decision=returned on_screen_ms={}", took.as_millis());
    assert!(
        took < Duration::from_secs(2),
        "on the counter's screen after {took:?}"
    );
    counter.read("submitted-next", "补正").await;
    counter.picture("counter-10-returned").await;
    console.close().await;
}

/// From 今日 the returned case opens at the field named, is corrected and sent again.
async fn correct(counter: &Browser) {
    counter.click("nav-today").await;
    counter.see("list-returned").await;
    counter.picture("counter-11-today").await;
    counter.press(DOWN).await;
    counter.press(ENTER).await;
    counter.see("amend").await;
    counter.picture("counter-12-case").await;
    counter.press(F9).await;
    counter.see("amends").await;
    until("the hand is at the field named", async || {
        counter.focus().await == "field-visit_opinion"
    })
    .await;
    counter.picture("counter-13-amend").await;
    counter.press("，本人和邻居在场").await;
    counter.press(F9).await;
    counter.see("submitted").await;
    counter.read("standing", "街道初审").await;
}

/// Goes from field to field by Enter, typing where something is missing.
async fn fill_form(counter: &Browser) {
    counter.see("foot").await;
    let mut last = String::new();
    for _ in 0..40 {
        let focus = counter.focus().await;
        let Some(field) = focus.strip_prefix("field-") else {
            break;
        };
        let field = field.split("-option").next().unwrap_or(field);
        assert_ne!(focus, last, "Enter goes on from {focus}");
        let empty = counter
            .script(
                "const e = document.activeElement; return (e.value ?? '') === ''",
                Vec::new(),
            )
            .await;
        if empty == json!(true)
            && let Some((_, answer)) = ANSWERS.iter().find(|(name, _)| *name == field)
        {
            counter.press(answer).await;
        }
        last = focus;
        counter.press(ENTER).await;
    }
    until("what was typed is saved", async || {
        let foot = counter.see("foot").await;
        foot.attr("data-checking").await.ok().flatten().as_deref() == Some("false")
    })
    .await;
}

/// Waits for what no single element says.
async fn until(what: &str, ask: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !ask().await {
        assert!(began.elapsed() < Duration::from_secs(10), "not yet: {what}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}
