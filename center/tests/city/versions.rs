//! Rules change: what was done on a day is judged by the rules of that day, whenever it arrives.

use std::path::Path;

use domain::Outcome;

use crate::acts::{identity, registration};
use crate::desk::{Desk, codes};
use crate::support::{City, STATION_A, catalog, config, soon};

/// A catalogue of which the newer rules, from 2027 on, ask one answer more; with the older ones or not.
fn changed(folder: &Path, with_older: bool) {
    for part in ["businesses", "codes", "divisions", "policy"] {
        std::fs::create_dir_all(folder.join(part)).unwrap();
        for entry in std::fs::read_dir(catalog().join(part)).unwrap() {
            let from = entry.unwrap().path();
            let to = folder.join(part).join(from.file_name().unwrap());
            std::fs::copy(from, to).unwrap();
        }
    }
    let of = |name: &str| folder.join(format!("businesses/{name}.toml"));
    let older = of("unemployment_registration");
    let text = std::fs::read_to_string(&older).unwrap();
    let field = "[[section.field]]\nid = \"residence\"";
    assert!(text.contains(field) && text.contains("2023-02-01"));
    let more = "[[section.field]]\nid = \"since\"\ntitle = { zh = \"始于\", en = \"Since\" }\n\
                kind = \"date\"\nrequired = true\n\n";
    let newer = text
        .replacen(
            "valid_from = \"2023-02-01\"",
            "valid_from = \"2027-01-01\"",
            1,
        )
        .replacen(field, &format!("{more}{field}"), 1);
    std::fs::write(of("unemployment_registration-2027"), newer).unwrap();
    if !with_older {
        std::fs::remove_file(older).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_held_for_want_of_its_rules_is_decided_once_they_are_there() {
    let (lacking, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    changed(lacking.path(), false);
    changed(whole.path(), true);
    let city = City::start_with("versions", |config| {
        config.catalog = lacking.path().to_owned();
    })
    .await;
    let mut desk = Desk::open(&city, STATION_A).await;
    // Filed in November 2026, offline; the centre knows the rules of 2027 alone.
    let old = registration(&desk.staff.clone(), identity("王示范", "1980-05-05", 1));
    assert_eq!(codes(&desk.file(&old).await), ["act.business_unknown"]);

    let City { running, url, dir } = city;
    running.stop().await;
    let mut settings = config(dir.path(), &url);
    settings.catalog = whole.path().to_owned();
    let running = center::Center::start(settings).await.unwrap();
    desk.turn_to(&running);
    let desk = tokio::sync::Mutex::new(desk);
    let decided = || async {
        let mut desk = desk.lock().await;
        desk.pull().await;
        desk.outcome(old.id)
            .filter(|outcome| !matches!(outcome, Outcome::Held { .. }))
    };
    assert_eq!(soon(decided).await, Outcome::Accepted);
    let mut desk = desk.into_inner();

    // In 2027 the same form lacks an answer.
    let mut new = registration(&desk.staff.clone(), identity("李样本", "1980-05-05", 3));
    new.acted_on = crate::acts::day("2027-01-01");
    assert_eq!(codes(&desk.file(&new).await), ["answer.missing"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_with_different_files_name_one_catalogue() {
    let newer = tempfile::tempdir().unwrap();
    changed(newer.path(), true);
    let city = City::start("two_catalogues").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    desk.bundle = Some(String::new());
    let first = desk.hello(0).await.unwrap().bundle.unwrap();
    let mut settings = config(city.dir.path(), &city.url);
    settings.catalog = newer.path().to_owned();
    let other = center::Center::start(settings).await.unwrap();
    let here = desk.enrolled.station_url.clone();
    desk.turn_to(&other);
    let named = desk.hello(0).await.unwrap().bundle.unwrap();
    assert_ne!(named.sha256, first.sha256);
    desk.enrolled.station_url = here;
    let began = std::time::Instant::now();
    loop {
        let told = desk.hello(0).await.unwrap().bundle.unwrap();
        if told == named {
            break;
        }
        assert!(
            began.elapsed() < std::time::Duration::from_secs(30),
            "{told:?}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    // And what it names it has.
    let file = desk.url(&format!("/catalogue/{}", named.sha256));
    let file = desk.client.get(file).send().await.unwrap();
    let file = file.bytes().await.unwrap();
    assert_eq!(file.len() as u64, named.size_bytes);
    other.stop().await;
}
