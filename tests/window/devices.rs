//! The device page by hand: a card tried out, a test page, the diagnosis, a service that stops;
//! and a document typed by hand.

use std::path::Path;

use tests::browser::Browser;

use super::{DOWN, ENTER, ESCAPE, F2, F9, papers, until};

const ALT_5: &str = "\u{e00a}5\u{e000}";
const F3: &str = "\u{e033}";

/// Every device, tried out.
pub async fn tried(counter: &Browser) {
    counter.press(ALT_5).await;
    counter.see("devices").await;
    // The last card of the tour still lies there, and the reader does not accept it.
    counter.read("devices", "不认这张证件").await;
    counter.picture("devices-0-wrong-card").await;
    counter.click("lift-card").await;
    counter.read("devices", "读卡器就绪").await;
    until_scanner(counter).await;
    counter.picture("devices-1-working").await;

    // The tray has the hand now; one key brings it to the first device.
    counter.press(DOWN).await;
    until("the hand is at the first device", async || {
        counter.focus().await == "device-test"
    })
    .await;
    counter.press(ENTER).await;
    counter.see("trial").await;
    counter.click("tap-card-citizen").await;
    counter.read("devices", "读到一张证件").await;
    until("the outcome ends the trial", async || {
        !counter.sees("trial").await
    })
    .await;
    assert!(counter.sees("devices").await, "no person is opened");
    counter.picture("devices-2-card-tried").await;
    counter.click("lift-card").await;

    // A page nobody keeps.
    let script = "document.querySelector('[data-test=\"device-scanner\"] button').click()";
    counter.script(script, Vec::new()).await;
    papers::until_loaded(counter, "test-page").await;
    counter.picture("devices-3-test-page").await;
    counter.press(ESCAPE).await;
    assert!(!counter.sees("trial").await);

    counter.press("d").await;
    let text = counter.see("diagnosis-text").await;
    until("the lines have come", async || {
        let value = text.prop("value").await.ok().flatten();
        value.is_some_and(|lines| lines.contains("scanner:"))
    })
    .await;
    let lines = text.prop("value").await.expect("the text").expect("lines");
    assert!(lines.contains("card service: up"), "{lines}");
    assert!(lines.contains("reader.card_read at 20"), "{lines}");
    assert!(lines.contains("security module: "), "{lines}");
    for personal in ["样本", "样例", "32039"] {
        assert!(!lines.contains(personal), "{lines}");
    }
    counter.picture("devices-4-diagnosis").await;
    counter.press(ESCAPE).await;
}

/// A person without a card, by keyboard.
pub async fn typed(counter: &Browser) {
    counter.press(F2).await;
    counter.see("people").await;
    counter.press(F3).await;
    counter.see("hand").await;
    // A wrong check character first: said at the field once the hand has left it.
    counter.press("320390198001011238").await;
    counter.press(ENTER).await;
    counter.see("fault-number").await;
    counter.picture("hand-1-wrong").await;
    counter.click("hand-number").await;
    let number = number_of_nobody();
    counter
        .script("document.activeElement.select()", Vec::new())
        .await;
    counter.press(&number).await;
    counter.press(ENTER).await;
    counter.press("丁样例").await;
    until("the number fills in the rest", async || {
        let field = counter.see("field-birth").await;
        let input = field.prop("value").await.ok().flatten();
        input.as_deref() == Some("1980-01-01")
    })
    .await;
    // Sex and birth came from the number: Enter goes past them.
    counter.press(ENTER).await;
    counter.press(ENTER).await;
    counter.press("1").await;
    counter.picture("hand-2-filled").await;
    counter.press(F9).await;
    counter.read("face-name", "丁样例").await;
    counter.press("1").await;
    counter.read("evidence", "手工录入：证件损坏").await;
    counter.picture("hand-3-form").await;
    counter.click("discard").await;
}

/// The card service is gone: the page says so, and what to do.
pub async fn stopped(counter: &Browser, tray: &Path) {
    counter.press(ALT_5).await;
    counter.see("devices").await;
    kill_service(tray);
    counter
        .read("device-says", "card service has stopped")
        .await;
    let row = counter.see("device-card_reader").await;
    let code = row.attr("data-code").await.expect("the row");
    assert_eq!(code.as_deref(), Some("reader.service_stopped"));
    counter.picture("devices-5-service-stopped").await;
}

/// The scanner's first look takes a moment.
async fn until_scanner(counter: &Browser) {
    until("the scanner is found", async || {
        let row = counter.see("device-scanner").await;
        row.attr("data-code").await.ok().flatten().as_deref() == Some("scanner.ready")
    })
    .await;
}

/// A number of the synthetic area with the right check character.
fn number_of_nobody() -> String {
    let digits = "32039019800101123";
    let check = domain::id_number::check_character(digits).expect("digits");
    format!("{digits}{check}")
}

/// Ends the pcscd whose command line names the tray.
fn kill_service(tray: &Path) {
    let folder = tray.display().to_string();
    let processes = std::fs::read_dir("/proc").expect("the processes").flatten();
    let pid = processes
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .find(|pid| {
            let words = std::fs::read_to_string(format!("/proc/{pid}/cmdline"));
            words.is_ok_and(|words| words.contains("/pcscd") && words.contains(&folder))
        })
        .expect("the tray's pcscd runs");
    let killed = std::process::Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
}
