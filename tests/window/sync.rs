//! The sync page by hand: what waits while there is no line, sent by one key when it is back. With a
//! long name and many cases, in both languages. Pictures are kept in `artefacts/`.

use std::path::Path;

use domain::id_number::check_character;
use drivers::id_card::text::IdCard;
use drivers::virtual_card::samples;
use rand::{Rng, SeedableRng};
use tests::browser::Browser;
use tests::city::{COMMUNITY, City, NEIGHBOUR};
use tests::desk::{Desk, HARDSHIP, REGISTRATION, copy_folder};

use super::{DOWN, ENTER, ESCAPE, start, until};

const ALT_6: &str = "\u{e00a}6\u{e000}";
const END: &str = "\u{e010}";
/// More than the list shows.
const MANY: usize = 60;

#[test]
fn the_sync_page_by_keyboard_without_a_line_and_with_it() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    let city = City::open_with_pages(Some(pages));
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let desk = city.desk(COMMUNITY);
    prepare(&city, &desk);
    let from = desk.folder.clone();
    drop(desk);
    copy_folder(&from, &folder.path().join("station"));
    runtime.block_on(story(&city, folder.path()));
}

/// A station with work of every kind, as a busy morning without a line leaves it.
fn prepare(city: &City, desk: &Desk) {
    file(desk, "moved", 0);
    file(desk, "citizen", 0);
    file(desk, "moved", 70);
    let neighbour = city.desk(NEIGHBOUR);
    file(&neighbour, "woman", 0);
    let sent = |desk: &Desk| {
        let view = desk.station.get_sync().expect("the page");
        view.waiting.total == 0 && view.commands.last_success.is_some()
    };
    tests::eventually("all is answered", || {
        (sent(desk) && sent(&neighbour)).then_some(())
    });
    // One who is registered elsewhere is refused; another name under a known number is held.
    file(desk, "woman", 0);
    let mut other = samples::find("citizen").expect("a sample").card;
    other.name = "张重号".into();
    let page = desk.tap_card(&other);
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    // Somebody else's number for a phone that is known.
    let mut answers = HARDSHIP.to_vec();
    answers[0] = ("phone", "13900000009");
    let page = neighbour.tap("moved");
    neighbour.file("hardship_recognition", &page, &answers, &["household_book"]);
    tests::eventually("each is told", || {
        let view = desk.station.get_sync().expect("the page");
        let told = view.held.total + view.refused.total + view.conflicts_total;
        (told == 3).then_some(())
    });
    city.line.cut();
    for at in 1..=MANY {
        file(desk, "hui", at);
    }
    let draft = desk.draft(
        "hardship_recognition",
        &desk.tap_card(&card("moved", 70)),
        HARDSHIP,
    );
    for at in 0..6 {
        let file = large_picture(at);
        let added = desk.drop_file(draft, "household_book", "page.png", &file);
        added.unwrap_or_else(|failure| panic!("the page is taken: {failure:?}"));
    }
    desk.station.submit(draft).expect("it is filed");
    let draft = desk.draft("unemployment_registration", &desk.tap("rare_name"), &[]);
    desk.station.get_draft(draft).expect("it is kept");
}

/// Files a registration; another `at` is another person.
fn file(desk: &Desk, sample: &str, at: usize) {
    let page = desk.tap_card(&card(sample, at));
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
}

fn card(sample: &str, at: usize) -> IdCard {
    let mut card = samples::find(sample).expect("a sample").card;
    if at > 0 {
        // The last digit before the check character tells the sex: it stays.
        let sex = card.id_number.as_bytes()[16] - b'0';
        let digits = format!("{}{at:02}{sex}", &card.id_number[..14]);
        let check = check_character(&digits).expect("digits");
        card.id_number = format!("{digits}{check}");
        let given = "甲乙丙丁戊己庚辛".chars().nth(at % 8).expect("one");
        card.name = format!("王样本{given}");
    }
    if at == MANY {
        card.name = "阿卜杜热合曼·买买提艾力江".into();
    }
    card
}

/// A picture that no compression makes small.
fn large_picture(seed: u64) -> Vec<u8> {
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let page = image::GrayImage::from_fn(640, 900, |_, _| image::Luma([random.r#gen()]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageLuma8(page)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a picture is written");
    bytes.into_inner()
}

async fn story(city: &City, folder: &Path) {
    let counter = start::open_as_it_is(folder).await;
    start::log_in(&counter).await;
    counter.press("\u{e03c}").await;
    counter.press(ALT_6).await;
    counter.read("sync-whole", "线路不通").await;
    counter.read("sync-whole", "不会丢").await;
    counter.read("lane-commands", "自动再试").await;
    counter.read("sync-waiting", "61").await;
    counter.read("sync-rest", "11").await;
    counter.read("sync-refused", "请先看那一件").await;
    counter.read("sync-drafts", "草稿").await;
    counter.picture("sync-1-no-line").await;
    counter.click("sync-rest").await;
    counter.press(END).await;
    counter.picture("sync-2-no-line-end").await;

    // The hand goes to the first case that needs it, opens it and comes back.
    counter.press(DOWN).await;
    until("the hand is at the first case", async || {
        counter.focus().await == "sync-item"
    })
    .await;
    counter.press(ENTER).await;
    counter.see("case").await;
    counter.picture("sync-3-refused-case").await;
    counter.press(ESCAPE).await;
    counter.see("sync-whole").await;

    // The corner leads here too.
    counter.press("\u{e00a}1\u{e000}").await;
    counter.see("today").await;
    counter
        .script(
            "document.querySelector('[data-test=\"status-line\"] a').click()",
            Vec::new(),
        )
        .await;
    counter.see("sync-whole").await;

    // The line holds for a while and breaks in the middle of the pages.
    city.line.restore();
    city.line.cut_after_bytes(1_600_000);
    counter.press("s").await;
    counter.read("sync-awaiting_pages", "本机还有").await;
    counter.read("sync-whole", "线路不通").await;
    painted().await;
    counter.picture("sync-4-half-way").await;

    city.line.restore();
    counter.press("s").await;
    counter.read("sync-whole", "都已报送到市里").await;
    until("nothing waits", async || {
        !counter.sees("sync-waiting").await
    })
    .await;
    counter.read("lane-commands", "上次报送").await;
    painted().await;
    counter.picture("sync-5-all-sent").await;
    counter.click("certificate-ask").await;
    counter.read("certificate-given", "没有积压").await;
    counter.picture("sync-5-certificate").await;
    english(city, &counter).await;
    two_values(&counter).await;
    counter.close().await;
}

/// The same in the other language, with nothing to send and without a line.
async fn english(city: &City, counter: &Browser) {
    counter.press("\u{e00a}7\u{e000}").await;
    counter.click("language-en").await;
    counter.read("settings", "Language").await;
    counter.press(ALT_6).await;
    counter
        .read("sync-whole", "Everything has reached the city")
        .await;
    counter.click("certificate-ask").await;
    counter.read("certificate-given", "Nothing is unsent").await;
    counter.picture("sync-6-english").await;
    city.line.cut();
    counter.read("sync-whole", "no line").await;
    painted().await;
    counter.picture("sync-7-english-no-line").await;
}

/// The resident says which of two values is right: one press, also without a line.
async fn two_values(counter: &Browser) {
    counter.click("sync-conflict").await;
    counter.see("two-values").await;
    painted().await;
    counter.picture("sync-8-two-values-english").await;
    counter.press("\u{e00a}7\u{e000}").await;
    counter.click("language-zh-CN").await;
    counter.press(ALT_6).await;
    counter.click("sync-conflict").await;
    counter.read("two-values", "问本人").await;
    painted().await;
    counter.picture("sync-9-two-values").await;
    counter
        .script(
            "document.querySelectorAll('[data-test=\"two-values-choose\"]')[1].click()",
            Vec::new(),
        )
        .await;
    until("it is settled", async || !counter.sees("two-values").await).await;
    counter.read("life", "核定信息").await;
    counter.press(ALT_6).await;
    counter.read("sync-waiting", "核定：").await;
    assert!(
        !counter.sees("sync-conflicts").await,
        "nothing is left to settle"
    );
    painted().await;
    counter.picture("sync-10-settled").await;
}

/// The screen follows the page by a frame or two.
async fn painted() {
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
}
