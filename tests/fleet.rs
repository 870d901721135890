//! The pages about stations in a real browser, with three hundred stations: what somebody must see to,
//! narrowing, one station, both languages. Pictures are kept in `artefacts/`.

use std::path::Path;

use serde_json::json;
use tests::browser::Browser;
use tests::city::City;
use tests::desk::PASSWORD;

const FLEET: &str = include_str!("fleet.sql");
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const DOWN: &str = "\u{e015}";
const PAGE_DOWN: &str = "\u{e00f}";
const STATIONS: usize = 300;
const TO_THE_END: &str = "document.querySelector('main').scrollTo(0, 1e6)";
/// No station is behind these rows: the first order is as if it had answered.
const EXTRACT: &str = "UPDATE station_order SET state = 'done', ended_at = now(),
    extract = 'yizhan 0.1.0 on linux x86_64, 2026-11-29T02:00:00Z' || E'\\n'
        || '2026-11-29T01:58:10Z audit session.opened' || E'\\n'
        || '2026-11-29T01:59:02Z WARN station::sync exchange stopped line.unreachable'";

#[test]
fn an_engineer_finds_the_station_that_needs_somebody() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    assert!(
        pages.join("console.html").exists(),
        "build the pages first: cargo xtask test does"
    );
    let city = City::open_with_pages(Some(pages));
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(story(&city, folder.path()));
}

async fn story(city: &City, folder: &Path) {
    let console = Browser::chromium(&folder.join("browser"), &folder.join("log")).await;
    console.go(&city.console_url()).await;
    console.fill("login-name", "city").await;
    console.fill("login-password", PASSWORD).await;
    console.press(ENTER).await;
    console.click("nav-stations").await;
    console.see("stations-none").await;
    console.picture("fleet-1-none").await;

    fill(city);
    console.press("l").await;
    console.read("fleet-span", "300").await;
    console.see("station-row").await;
    console.picture("fleet-2-zh").await;
    console.click("language").await;
    console.read("fleet-span", "of 300").await;
    console.picture("fleet-3-en").await;
    console.click("language").await;

    // Narrowed by hand and by keyboard; the address brings the same list again.
    console.press(PAGE_DOWN).await;
    console.read("fleet-span", "51").await;
    console.click("fleet-troubled").await;
    choose(&console, "fleet-parts", "320302").await;
    console.read("fleet-span", "第 1").await;
    choose(&console, "fleet-kinds", "unsent").await;
    console.read("station-row", "积压未发").await;
    console.picture("fleet-4-county").await;
    let address = console.script("return location.href", vec![]).await;
    assert!(
        address.to_string().contains("area=320302&trouble=unsent"),
        "{address}"
    );
    console.press("/").await;
    console.press("没有这个社区").await;
    console.see("stations-none").await;
    console.picture("fleet-5-none-fit").await;
    console.click("fleet-everything").await;
    console.read("fleet-span", "300").await;

    console.press(DOWN).await;
    console.press(ENTER).await;
    console.see("station-troubles").await;
    console.picture("fleet-6-station-zh").await;
    console.click("language").await;
    console.read("station-back", "Stations").await;
    console.picture("fleet-7-station-en").await;
    console.click("language").await;
    orders(city, &console).await;
    console.press(ESCAPE).await;
    console.see("fleet-span").await;

    console
        .go(&format!(
            "{}/console.html#/stations/nothing",
            city.console_url()
        ))
        .await;
    console.see("not-found").await;
    console.close().await;
}

/// What cannot be undone asks for the station's name and for a second officer.
async fn orders(city: &City, console: &Browser) {
    console.click("order-log_extract").await;
    console.click("order-give").await;
    console.read("order", "已下达").await;
    city.run_sql(EXTRACT);
    console.press("l").await;
    console.click("order-read").await;
    console.read("order-text", "line.unreachable").await;
    console.script(TO_THE_END, vec![]).await;
    console.picture("fleet-8-log").await;
    console.click("order-read").await;

    let name = console.text("station-name").await;
    console.click("order-wipe").await;
    console.fill("order-name", "别的社区").await;
    assert!(
        !console
            .see("order-give")
            .await
            .is_enabled()
            .await
            .expect("it says")
    );
    console.fill("order-name", &"\u{e003}".repeat(4)).await;
    console.fill("order-name", &name).await;
    console.script(TO_THE_END, vec![]).await;
    console.picture("fleet-9-wipe-zh").await;
    console.press(ENTER).await;
    console.read("order", "待同意").await;
    console.click("language").await;
    console.read("order", "to be agreed").await;
    console.click("order-wipe").await;
    console.script(TO_THE_END, vec![]).await;
    console.picture("fleet-10-wipe-en").await;
    console.press(ESCAPE).await;
    console.click("order-withdraw").await;
    console.read("order", "taken back").await;
    console.click("language").await;
}

async fn choose(console: &Browser, name: &str, value: &str) {
    console.see(name).await;
    let script = "const [name, value] = arguments;
        const select = document.querySelector(`[data-test=${name}]`);
        select.value = value;
        select.dispatchEvent(new Event('change'))";
    console
        .script(script, vec![json!(name), json!(value)])
        .await;
}

/// Three hundred stations, those with the longest names among them.
fn fill(city: &City) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog/divisions/xuzhou.csv");
    let text = std::fs::read_to_string(path).expect("the divisions");
    let mut named: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.split_once(','))
        .map(|(code, rest)| (code, rest.split(',').next().unwrap_or_default()))
        .filter(|(code, _)| code.len() == 12)
        .collect();
    named.sort_by_key(|(_, name)| std::cmp::Reverse(name.chars().count()));
    let (long, others) = named.split_at(STATIONS / 3);
    let others = others.iter().filter(|(code, _)| code.starts_with("32030"));
    let codes: Vec<&str> = long
        .iter()
        .chain(others)
        .take(STATIONS)
        .map(|(code, _)| *code)
        .collect();
    assert_eq!(codes.len(), STATIONS);
    let list = format!("'{{{}}}'", codes.join(","));
    city.run_sql(&FLEET.replace("$codes$", &list));
}
