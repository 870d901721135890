//! The screens around keys, recovery and restoring in English and with names as long as they come: nothing
//! is pushed out of the window. Pictures are kept in `artefacts/`.

use std::path::Path;

use serde_json::json;
use tests::browser::Browser;
use tests::city::{COMMUNITY, City};
use tests::desk::PASSWORD;

use super::{ENTER, log_in, start};

/// Names of staff, as long as documents have them.
const STAFF: [(&str, &str); 3] = [
    ("abduweli", "阿卜杜外力·艾则孜·买买提吐尔逊"),
    (
        "gulnur.muhammattursun",
        "古丽努尔·穆罕默德图尔荪·阿布都热西提",
    ),
    ("maria", "MARIA-FERNANDA DE LOS ANGELES RODRIGUEZ"),
];

#[test]
fn the_screens_of_keys_and_recovery_hold_long_names_in_both_languages() {
    let city = City::open();
    let _officers = city.with_officers();
    for (login, name) in STAFF {
        city.add_staff(login, name, COMMUNITY);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let code = city.code(COMMUNITY);
    runtime.block_on(story(&city, &code, folder.path()));
}

async fn story(city: &City, code: &str, folder: &Path) {
    let counter = start::open_window(city, code, folder).await;
    log_in(&counter).await;
    counter.click("demo-close").await;
    counter.click("nav-settings").await;
    counter.click("settings-staff").await;
    for (login, _) in STAFF {
        counter.fill("staff-login", login).await;
        counter.fill("staff-password", PASSWORD).await;
        counter.press(ENTER).await;
        counter.see(&format!("staff-row-{login}")).await;
    }
    for (language, word) in [("zh-CN", "zh"), ("en", "en")] {
        inside(&counter, language, word).await;
        counter.click("nav-settings").await;
        counter.click("lock").await;
        counter.see("login").await;
        at_the_door(&counter, word).await;
        counter.fill("login-password", PASSWORD).await;
        counter.press(ENTER).await;
        counter.see("settings").await;
    }
    counter.close().await;
}

/// A picture, and nothing wider than the window or cut off at its side.
async fn look(counter: &Browser, name: &str) {
    // The screen is drawn a moment after the page says so.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    counter.picture(name).await;
    let wide = "const width = document.documentElement.clientWidth; \
        const out = [...document.querySelectorAll('body *')].filter((e) => \
            e.getBoundingClientRect().right > width + 1 && e.offsetParent !== null); \
        return out.slice(0, 3).map((e) => e.outerHTML.slice(0, 200))";
    let out = counter.script(wide, Vec::new()).await;
    assert_eq!(out, json!([]), "{name}: beyond the window's side");
}

async fn inside(counter: &Browser, language: &str, word: &str) {
    counter.click("nav-settings").await;
    counter.click(&format!("language-{language}")).await;
    look(counter, &format!("long-{word}-1-settings")).await;
    counter.click("settings-staff").await;
    counter.see("staff-row-maria").await;
    look(counter, &format!("long-{word}-2-staff")).await;
    counter.click("nav-settings").await;
    counter.click("settings-keys").await;
    counter.see("keys-suite-choose").await;
    look(counter, &format!("long-{word}-3-keys")).await;
    counter.click("nav-settings").await;
    counter.click("open-storage").await;
    counter.see("storage").await;
    look(counter, &format!("long-{word}-4-storage")).await;
}

async fn at_the_door(counter: &Browser, word: &str) {
    if counter.sees("login-others").await {
        counter.click("login-others").await;
    }
    counter.see("login-people").await;
    look(counter, &format!("long-{word}-5-login")).await;
    counter.click("let-in").await;
    counter.see("substitute").await;
    look(counter, &format!("long-{word}-6-substitute")).await;
    counter.click("substitute-back").await;
    counter.click("cannot-log-in").await;
    counter.see("recovery").await;
    look(counter, &format!("long-{word}-7-causes")).await;
    counter.click("cause-forgotten_password").await;
    counter.see("way-city").await;
    look(counter, &format!("long-{word}-8-ways")).await;
    counter.click("way-city").await;
    counter.see("ask-form").await;
    look(counter, &format!("long-{word}-9-ask")).await;
    counter.click("recovery-back").await;
    counter.click("recovery-back").await;
    counter.click("recovery-back").await;
    counter.see("login").await;
}
