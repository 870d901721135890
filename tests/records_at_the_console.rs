//! Correcting records in a real browser: found by a document, read, renumbered, joined, split, moved. Both
//! languages. Pictures are kept in `artefacts/`.

use std::path::Path;

use drivers::id_card::text::IdCard;
use drivers::virtual_card::samples;
use station::view::CaseStanding;
use tests::browser::Browser;
use tests::city::{COMMUNITY, City, NEIGHBOUR};
use tests::desk::{Desk, HARDSHIP, PASSWORD, REGISTRATION};

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

#[test]
fn an_officer_corrects_records_step_by_step() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    let city = City::open_with_pages(Some(pages));
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (home, other) = (city.desk(COMMUNITY), city.desk(NEIGHBOUR));
    let mut long = another(&samples::find("moved").expect("a sample").card, 71);
    long.name = "阿卜杜热合曼·买买提艾力江".into();
    let second = another(&samples::find("moved").expect("a sample").card, 72);
    register(&home, &long);
    register(&other, &second);
    let mut answers = HARDSHIP.to_vec();
    answers[0] = ("phone", "13900000009");
    let page = other.tap_card(&long);
    let filed = other.file("hardship_recognition", &page, &answers, &["household_book"]);
    tests::eventually("it is in review", || {
        let standing = other.case(filed.case).row.standing;
        format!("{standing:?}").contains("InReview").then_some(())
    });
    runtime.block_on(story(&city, folder.path(), &long, &second));
}

async fn story(city: &City, folder: &Path, long: &IdCard, second: &IdCard) {
    let console = Browser::chromium(&folder.join("browser"), &folder.join("log")).await;
    console.go(&city.console_url()).await;
    console.fill("login-name", "county").await;
    console.fill("login-password", PASSWORD).await;
    console.press(ENTER).await;
    console.click("nav-records").await;
    console.fill("document-number", "320390198001010000").await;
    console.press(ENTER).await;
    console.see("record-none").await;
    console.picture("records-1-none").await;
    console
        .fill("document-number", &"\u{e003}".repeat(20))
        .await;
    console.fill("document-number", &long.id_number).await;
    console.press(ENTER).await;
    console.read("record-name", &long.name).await;
    console.see("two-values").await;
    console.picture("records-2-record-zh").await;
    console.click("language").await;
    console.read("correct-merge", "Join").await;
    console.picture("records-3-record-en").await;
    console.click("language").await;

    // One of two values.
    console
        .script(
            "document.querySelectorAll('[data-test=\"two-values-choose\"]')[1].click()",
            vec![],
        )
        .await;
    console.read("said", "已核定").await;

    // Another number; one that is wrong is said to be, and nothing is lost.
    let new = another(long, 73).id_number;
    console.click("correct-renumber").await;
    console
        .fill("document-number", &format!("{}0", &new[..17]))
        .await;
    console.fill("correction-reason", "派出所更正").await;
    console.press(ENTER).await;
    console.see("correction-problem").await;
    console.picture("records-4-wrong-number").await;
    console
        .fill("document-number", &"\u{e003}".repeat(20))
        .await;
    console.fill("document-number", &new).await;
    console.press(ENTER).await;
    console.read("said", "号码已更正").await;

    // Two records of one person.
    console.click("correct-merge").await;
    console.fill("document-number", &second.id_number).await;
    console.click("other-find").await;
    console.see("other-row").await;
    console
        .fill("correction-reason", "同一人，号码曾录错")
        .await;
    console.picture("records-5-merge-zh").await;
    console.click("language").await;
    console.picture("records-6-merge-en").await;
    console.click("language").await;
    console.click("correction-give").await;
    // Both are registered: that is one standing, and both cases are granted, so nothing stands in the way.
    console.read("said", "档案已合并").await;
    console.read("record-cases", "困难").await;

    // One of the cases is somebody else's.
    console.click("correct-split").await;
    console.see("split-case").await;
    console.click("split-case").await;
    console
        .fill("document-number", &another(second, 74).id_number)
        .await;
    console.fill("other-name", "王样本").await;
    console.fill("correction-reason", "录在了别人名下").await;
    console.picture("records-7-split").await;
    console.press(ENTER).await;
    console.read("said", "档案已分开").await;

    // They move.
    console.click("correct-move").await;
    console.fill("home-search", NEIGHBOUR).await;
    console.click("home-row").await;
    console.fill("correction-reason", "迁居").await;
    console.picture("records-8-move").await;
    console.press(ENTER).await;
    console.read("said", "社区已变更").await;
    console.picture("records-9-done").await;
    console.press(ESCAPE).await;

    console.click("nav-audit").await;
    console.read("audit-row", "更正档案").await;
    console.picture("records-10-audit").await;
    console
        .go(&format!(
            "{}/console.html#/records/nothing",
            city.console_url()
        ))
        .await;
    console.see("not-found").await;
    console.close().await;
}

fn register(desk: &Desk, card: &IdCard) {
    let page = desk.tap_card(card);
    let filed = desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    desk.until(filed.case, |standing| {
        matches!(standing, CaseStanding::Centre { .. })
    });
}

/// The same card under another number.
fn another(card: &IdCard, at: u32) -> IdCard {
    let sex = card.id_number.as_bytes()[16] - b'0';
    let digits = format!("{}{at:02}{sex}", &card.id_number[..14]);
    let check = domain::id_number::check_character(&digits).expect("digits");
    IdCard {
        id_number: format!("{digits}{check}"),
        ..card.clone()
    }
}
