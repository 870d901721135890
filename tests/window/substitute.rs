//! A substitute at the real window while the line is cut: an officer gives the code out in the console, it is
//! misheard once, she captures, and files once the line is back. And a password that was changed at the
//! centre, said at the counter. Pictures are kept in `artefacts/`.

use std::path::Path;

use tests::browser::Browser;
use tests::city::{COMMUNITY, City};
use tests::desk::PASSWORD;

use super::{ENTER, F9, F12, fill_form, log_in, start};

const OWN: &str = "for these hours";

#[test]
fn a_substitute_sits_down_with_a_code_from_the_console() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    let city = City::open_with_pages(Some(pages));
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let code = city.code(COMMUNITY);
    runtime.block_on(story(&city, &code, folder.path()));
}

async fn story(city: &City, code: &str, folder: &Path) {
    let counter = start::open_window(city, code, folder).await;
    log_in(&counter).await;
    let console = at_the_station(city, folder).await;
    console.read("substitute", "未用过").await;
    cut_and_lock(&counter).await;

    console.click("substitute-ask").await;
    console.fill("substitute-who", "李").await;
    console
        .fill("substitute-reason", "光缆被挖断，张协理请病假")
        .await;
    console.picture("substitute-1-console-form").await;
    console.click("substitute-give").await;
    let given = console.text("substitute-code").await;
    console.picture("substitute-2-console-code").await;
    console.click("substitute-hide").await;
    assert!(!console.sees("substitute-code").await, "shown once");

    sits_down(&counter, &given).await;
    captures(&counter).await;
    counter.press(F12).await;
    counter.click("line-switch").await;
    counter.read("substitute-banner", "市中心已确认").await;
    counter.press(F12).await;
    counter.press(F9).await;
    counter.see("submitted").await;
    counter.picture("substitute-8-filed").await;

    console.read("substitute-line", "已代班").await;
    console.picture("substitute-9-console-used").await;
    console.click("language").await;
    console.read("substitute-line", "was let in").await;
    console.picture("substitute-10-console-english").await;
    console.close().await;
    counter.close().await;
}

/// An officer of the street looks at the station's page.
async fn at_the_station(city: &City, folder: &Path) -> Browser {
    let log = folder.join("chromedriver.log");
    let console = Browser::chromium(&folder.join("console"), &log).await;
    let page = |at: &str| format!("{}/console.html{at}", city.console_url());
    console.go(&page("")).await;
    console.fill("login-name", "street").await;
    console.fill("login-password", PASSWORD).await;
    console.press(ENTER).await;
    console.see("inbox-empty").await;
    console.go(&page("#/stations")).await;
    console.click("station-row").await;
    console.see("substitute").await;
    console
}

async fn cut_and_lock(counter: &Browser) {
    counter.click("line-switch").await;
    counter.read("status-line", "线路已断开").await;
    counter.click("nav-settings").await;
    counter.click("lock").await;
    counter.see("login").await;
}

/// One digit is misheard first; the page says in which group.
async fn sits_down(counter: &Browser, given: &str) {
    counter.click("let-in").await;
    counter.see("substitute").await;
    counter.fill("substitute-name", "李协理").await;
    let digits: String = given.chars().filter(char::is_ascii_digit).collect();
    let mut misheard = digits.clone().into_bytes();
    misheard[7] = if misheard[7] == b'9' { b'0' } else { b'9' };
    let misheard = String::from_utf8(misheard).expect("digits");
    counter.fill("substitute-code", &misheard).await;
    counter.fill("new-password", OWN).await;
    counter.fill("new-password-again", OWN).await;
    counter.click("substitute-enter").await;
    counter.read("failure", "第 2 组").await;
    counter.picture("substitute-3-misheard").await;
    counter.click("language-en").await;
    counter.read("failure", "Group 2").await;
    counter.picture("substitute-4-english").await;
    counter.click("language-zh-CN").await;
    counter
        .fill("substitute-code", "\u{e009}a\u{e000}\u{e017}")
        .await;
    counter.fill("substitute-code", &digits).await;
    counter.click("substitute-enter").await;
    counter.see("today").await;
    counter.read("substitute-banner", "李协理").await;
    counter.picture("substitute-5-at-the-desk").await;
}

/// A form is captured and kept; filing is refused in words.
async fn captures(counter: &Browser) {
    counter.click("tap-card-citizen").await;
    counter.read("face-name", "王样本").await;
    counter.click("demo-close").await;
    counter.press("1").await;
    fill_form(counter).await;
    counter.press(F9).await;
    counter.read("failure", "代班").await;
    counter.picture("substitute-6-kept-not-filed").await;
}

#[test]
fn a_password_that_was_changed_at_the_centre_is_said_at_the_counter() {
    let city = City::open();
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let code = city.code(COMMUNITY);
    runtime.block_on(changed(&city, &code, folder.path()));
}

async fn changed(city: &City, code: &str, folder: &Path) {
    const NEW: &str = "another horse 驿站";
    let counter = start::open_window(city, code, folder).await;
    log_in(&counter).await;
    // The city has a runtime of its own.
    std::thread::scope(|scope| {
        let set = scope.spawn(|| city.set_password("zhang", NEW));
        set.join().expect("it is set");
    });
    counter.read("password-changed", "市中心改过").await;
    counter.picture("password-1-changed").await;
    counter.click("nav-settings").await;
    counter.click("lock").await;
    counter.see("login").await;
    counter.fill("login-password", NEW).await;
    counter.press(ENTER).await;
    counter.read("failure", "原密码").await;
    counter.picture("password-2-at-the-door").await;
    counter.fill("login-password", PASSWORD).await;
    counter.press(ENTER).await;
    counter.click("password-changed-open").await;
    counter.fill("password-old", PASSWORD).await;
    counter.fill("password-new", NEW).await;
    counter.fill("password-again", NEW).await;
    counter.press(ENTER).await;
    counter.see("password-done").await;
    super::until("the banner goes", async || {
        !counter.sees("password-changed").await
    })
    .await;
    counter.picture("password-3-set-here").await;
    counter.close().await;
}
