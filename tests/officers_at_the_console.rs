//! The key officers' page in a real browser: making a key, approving twice, reading the release
//! code. Pictures are kept in `artefacts/`.

use std::path::Path;

use domain::Id;
use domain::recovery::{Ask, Asked, Cause};
use domain::sync::recovery_purpose;
use tests::browser::Browser;
use tests::city::{COMMUNITY, City, OFFICERS, passphrase};
use tests::desk::PASSWORD;

const ENTER: &str = "\u{e007}";

#[test]
fn three_officers_make_a_key_and_two_of_them_open_a_station() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    assert!(
        pages.join("console.html").exists(),
        "build the pages first: cargo xtask test does"
    );
    let city = City::open_with_pages(Some(pages));
    city.add_officers();
    let speaker = city.speaker(COMMUNITY);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(story(&city, &speaker, folder.path()));
}

async fn story(city: &City, speaker: &tests::speaker::Speaker, folder: &Path) {
    let log = folder.join("chromedriver.log");
    let first = Browser::chromium(&folder.join("first"), &log).await;
    sign_in(city, &first, OFFICERS[0]).await;
    first.see("escrow-empty").await;
    first.picture("escrow-1-no-key").await;
    first.click("new-key").await;
    first.see("ceremony").await;
    for (at, login) in OFFICERS.iter().enumerate() {
        let at = at + 1;
        first.fill(&format!("hand-{at}-login"), login).await;
        first.fill(&format!("hand-{at}-password"), PASSWORD).await;
        first
            .fill(&format!("hand-{at}-passphrase"), &passphrase(login))
            .await;
        first
            .fill(&format!("hand-{at}-again"), &passphrase(login))
            .await;
    }
    first.picture("escrow-2-ceremony").await;
    first.click("make-key").await;
    first.read("escrow-key", OFFICERS[2]).await;
    first.read("said", "已启用").await;

    ask(city, speaker).await;
    first.read("request-code", " ").await;
    first.picture("escrow-3-request").await;
    first.click("compared").await;
    first.fill("passphrase", "not the passphrase").await;
    first.press(ENTER).await;
    first.read("decision-problem", "口令").await;
    first.fill("passphrase", &passphrase(OFFICERS[0])).await;
    first.press(ENTER).await;
    first.see("approved-by-me").await;
    first.picture("escrow-4-approved-once").await;
    first.click("logout").await;
    first.see("login-name").await;

    sign_in(city, &first, OFFICERS[1]).await;
    first.click("language").await;
    first.see("request-code").await;
    first.picture("escrow-5-english").await;
    first.click("language").await;
    first.click("compared").await;
    first.fill("passphrase", &passphrase(OFFICERS[1])).await;
    first.press(ENTER).await;
    let code = first.text("release-code").await;
    assert_eq!(code.replace(' ', "").len(), 8, "{code}");
    first.picture("escrow-6-release-code").await;
    first.click("release-done").await;
    first.see("escrow-row").await;
    first.picture("escrow-7-history").await;
    first.close().await;
}

async fn sign_in(city: &City, page: &Browser, login: &str) {
    page.go(&format!("{}/console.html", city.console_url()))
        .await;
    page.fill("login-name", login).await;
    page.fill("login-password", PASSWORD).await;
    page.press(ENTER).await;
    page.see("escrow").await;
}

/// What a locked station sends.
async fn ask(city: &City, speaker: &tests::speaker::Speaker) {
    let installation = speaker.installation.id;
    // The city has a runtime of its own.
    let key = tokio::task::block_in_place(|| city.escrow_key());
    let to = hex::decode(&key.public)
        .ok()
        .and_then(|key| crypto::BoxPublicKey::read(&key));
    let sealed = to
        .expect("a key")
        .seal(&recovery_purpose(installation), &[7; 32]);
    let own = crypto::BoxKey::random(crypto::Suite::One);
    let ask = Ask {
        id: Id(uuid::Uuid::now_v7()),
        installation,
        escrow_key: Some(key.id),
        sealed: vec![hex::encode(sealed)],
        to: hex::encode(own.public().to_bytes()),
        cause: Cause::MachineSecretGone,
        by: "张协理".into(),
        login: "zhang".into(),
        note: "昨天换了主板".into(),
        made_at: chrono::Utc::now(),
    };
    let asked = Asked {
        ask: serde_json::to_string(&ask).expect("JSON"),
    };
    let ca = std::fs::read(city.ca_file()).expect("the CA");
    let client = reqwest::Client::builder()
        .add_root_certificate(reqwest::Certificate::from_pem(&ca).expect("a certificate"))
        .build()
        .expect("a client");
    let url = format!("{}/recovery", city.enrol_url());
    let answer = client
        .post(url)
        .json(&asked)
        .send()
        .await
        .expect("it answers");
    assert!(answer.status().is_success(), "{}", answer.status());
}
