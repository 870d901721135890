//! Pages in parts: resumed, re-hashed, and the case that waits for them.

use domain::{Outcome, Stage};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::acts::{hardship, identity, page, registration};
use crate::desk::{Desk, codes};
use crate::support::{City, STATION_A, STATION_B, STREET};

const PART: usize = domain::sync::BLOB_PART_BYTES;

fn picture(seed: u8) -> Vec<u8> {
    (0..600_000u32).map(|n| (n % 247) as u8 ^ seed).collect()
}

#[tokio::test]
async fn a_case_reaches_the_street_when_its_last_page_is_whole_and_ends_granted() {
    let city = City::start("pages").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let who = identity("王示范", "1970-05-05", 1);
    desk.file(&registration(&desk.staff.clone(), who.clone()))
        .await;
    let bytes = picture(1);
    let page = page(&bytes);
    let filed = hardship(&desk.staff, who, page.clone());
    assert_eq!(codes(&desk.file(&filed).await), ["pages.awaited"]);
    let street = city.reviewer("street", STREET).await;
    let county = city.reviewer("county", "320302").await;
    assert_eq!(street.get("/inbox").await, json!([]));

    let sha = &page.sha256;
    assert_eq!(
        desk.part(sha, 0, &bytes[..PART]).await.unwrap().have,
        PART as u64
    );
    assert_eq!(
        desk.part(sha, 0, &bytes[..PART]).await.unwrap().have,
        PART as u64,
        "again"
    );
    let skipped = desk
        .part(sha, 2 * PART, &bytes[2 * PART..])
        .await
        .unwrap_err();
    assert_eq!(skipped.code, "blob.offset");
    assert_eq!(desk.blob(sha).await.have, PART as u64, "where to go on");
    let neighbour = Desk::open(&city, STATION_B).await;
    assert_eq!(neighbour.blob(sha).await.have, 0, "not told to others");
    desk.part(sha, PART, &bytes[PART..2 * PART]).await.unwrap();
    assert!(
        desk.part(sha, 2 * PART, &bytes[2 * PART..])
            .await
            .unwrap()
            .stored
    );

    desk.pull().await;
    let case = filed.id.derive("case");
    let stage = |desk: &Desk| desk.state.find_case(case).unwrap().stage.clone();
    assert_eq!(stage(&desk), Stage::InReview { step: 0 });
    let inbox = street.get("/inbox").await;
    assert_eq!(inbox[0]["case"], json!(case));
    assert_eq!(
        inbox[0]["number_masked"]
            .as_str()
            .unwrap()
            .matches('*')
            .count(),
        8
    );
    assert_eq!(county.get("/inbox").await, json!([]), "not their step yet");
    let shown = street
        .ask(Method::GET, &format!("/cases/{case}/pages/0"), None)
        .await;
    assert_eq!(shown.headers()["cache-control"], "no-store");
    assert_eq!(shown.headers()["content-type"], "image/jpeg");
    assert_eq!(shown.bytes().await.unwrap(), bytes);

    let (status, refused) = county.approve(&case.to_string()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(refused["reasons"][0]["code"], "review.not_yours");
    assert_eq!(street.approve(&case.to_string()).await.0, StatusCode::OK);
    assert_eq!(county.approve(&case.to_string()).await.0, StatusCode::OK);
    desk.pull().await;
    assert_eq!(stage(&desk), Stage::Granted);
    assert_eq!(desk.outcome(filed.id), Some(Outcome::Accepted));
    let outcome = city
        .count("SELECT count(*) FROM command WHERE state IN ('awaiting', 'held')")
        .await;
    assert_eq!(outcome, 0, "the store knows every last word");
}

#[tokio::test]
async fn pages_that_came_first_do_not_keep_their_case_waiting() {
    let city = City::start("pages_first").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let bytes = picture(2)[..1000].to_vec();
    let page = page(&bytes);
    let unknown = desk.part(&page.sha256, 0, &bytes).await.unwrap_err();
    assert_eq!(unknown.code, "blob.unknown");
    let url = desk.url(&format!("/blob/{}", page.sha256));
    let request = desk.client.patch(url).header("upload-offset", 0);
    let request = request.header("upload-length", bytes.len()).body(bytes);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    let who = identity("王示范", "1970-05-05", 1);
    desk.file(&registration(&desk.staff.clone(), who.clone()))
        .await;
    let filed = hardship(&desk.staff, who, page);
    assert!(codes(&desk.file(&filed).await).is_empty());
    let case = desk.state.find_case(filed.id.derive("case")).unwrap();
    assert_eq!(case.stage, Stage::InReview { step: 0 });
}

#[tokio::test]
async fn bytes_that_are_not_those_of_the_hash_start_over() {
    let city = City::start("pages_wrong").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let who = identity("王示范", "1970-05-05", 1);
    desk.file(&registration(&desk.staff.clone(), who.clone()))
        .await;
    let bytes = picture(3)[..5000].to_vec();
    let page = page(&bytes);
    let filed = hardship(&desk.staff, who, page.clone());
    desk.file(&filed).await;
    let wrong = picture(4)[..5000].to_vec();
    let refused = desk.part(&page.sha256, 0, &wrong).await.unwrap_err();
    assert_eq!(refused.code, "blob.wrong_hash");
    assert_eq!(desk.blob(&page.sha256).await.have, 0);
    let long = desk
        .part(&page.sha256, 0, &[bytes.clone(), wrong].concat())
        .await
        .unwrap_err();
    assert_eq!(long.code, "blob.too_long");
    assert!(desk.part(&page.sha256, 0, &bytes).await.unwrap().stored);
    desk.pull().await;
    let case = desk.state.find_case(filed.id.derive("case")).unwrap();
    assert_eq!(case.stage, Stage::InReview { step: 0 });
}

#[tokio::test]
async fn a_page_whose_last_word_was_lost_behind_its_bytes_is_not_sent_again() {
    let city = City::start("pages_cut").await;
    let desk = Desk::open(&city, STATION_A).await;
    let bytes = picture(4);
    let sha = domain::sync::sha256_hex(&bytes);
    let at = desk.first_part(&sha, &bytes[..PART], bytes.len()).await;
    assert_eq!(at.unwrap().have, PART as u64);
    desk.part(&sha, PART, &bytes[PART..2 * PART]).await.unwrap();
    // The bytes are kept, and what says so is not written, as when the process ends between the two.
    let behind = city.behind().await;
    let cut = "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'cut'; END $$;
         CREATE TRIGGER cut BEFORE UPDATE ON blob FOR EACH ROW WHEN (NEW.stored)
             EXECUTE FUNCTION cut()";
    behind.batch_execute(cut).await.unwrap();
    let last = desk.part(&sha, 2 * PART, &bytes[2 * PART..]).await;
    assert_eq!(last.unwrap_err().code, "centre.fault");
    behind
        .batch_execute("DROP TRIGGER cut ON blob")
        .await
        .unwrap();
    assert_eq!(desk.blob(&sha).await.have, 2 * PART as u64);
    let last = desk.part(&sha, 2 * PART, &bytes[2 * PART..]).await;
    assert!(last.unwrap().stored, "the last part alone comes again");
}
