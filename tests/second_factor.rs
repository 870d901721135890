//! Log-in with a password and one's own identity card, where the city asks for it: bound, needed, lost,
//! replaced, let go of; in the desk and by hand in the real window with a card on a real reader.

use std::path::Path;
use std::time::Duration;

use drivers::id_card::pcsc::Reading;
use drivers::id_card::text::IdCard;
use drivers::virtual_card::samples;
use station::view::{Door, Tap};
use tests::browser::Browser;
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, PASSWORD};

use crate::substitutes::{deposited, give, person};
use crate::window::start;

const ENTER: &str = "\u{e007}";
const NEW: &str = "another password 新";

fn named(name: &str) -> IdCard {
    let mut card = samples::find("citizen").expect("a sample").card;
    card.name = name.into();
    card
}

/// A card as a reader gives it; another shade is another photo.
fn with_photo(name: &str, shade: u8) -> Reading {
    let mut read = tests::desk::reading(&named(name));
    read.photo = Some(vec![shade; 1024]);
    read
}

/// The city's word reaches the desk with the next lease.
fn ask(city: &mut City, desk: &Desk, asked: bool) {
    city.stop_centre();
    city.ask_second_factor(asked);
    city.start_centre();
    tests::eventually("the city's word is here", || {
        let lease = desk.station.get_status().lease?;
        (lease.second_factor == asked).then_some(())
    });
}

fn refused(desk: &Desk, password: &str) -> String {
    let outcome = desk.station.log_in("zhang", password);
    let code = outcome.expect_err("it is refused").reason.code;
    let door = desk.station.get_status().door;
    assert!(matches!(door, Door::Login { .. }), "{code}: {door:?}");
    code
}

fn lay(desk: &Desk, read: Reading) {
    let told = desk.station.take_reading(read);
    assert_eq!(told, Tap::Own { reason: None });
}

fn enters(desk: &Desk, password: &str) {
    let status = desk.station.log_in("zhang", password);
    assert_eq!(status.expect("it opens").door, Door::Open);
}

#[test]
fn a_card_is_bound_needed_replaced_and_let_go_of() {
    let mut city = City::open();
    let desk = city.desk(COMMUNITY);
    let printed = desk.station.make_printed_code().expect("a code").code;
    let own = || with_photo("张协理", 7);
    // Nobody asks: a card at the closed door is nobody's business.
    desk.station.lock().expect("it locks");
    let told = desk.station.take_reading(own());
    assert!(matches!(told, Tap::Failed { .. }), "{told:?}");
    enters(&desk, PASSWORD);

    ask(&mut city, &desk, true);
    desk.station.lock().expect("it locks");
    assert_eq!(refused(&desk, "wrong password"), "auth.wrong_password");
    assert_eq!(refused(&desk, PASSWORD), "auth.card_bind");
    // Without a photo it could be guessed; another name is not theirs.
    let told = desk
        .station
        .take_reading(tests::desk::reading(&named("张协理")));
    let Tap::Own { reason: Some(why) } = told else {
        panic!("{told:?}")
    };
    assert_eq!(why.code, "auth.card_no_photo");
    lay(&desk, with_photo("周样例", 7));
    assert_eq!(refused(&desk, PASSWORD), "auth.card_other_name");
    lay(&desk, own());
    enters(&desk, PASSWORD);
    // The next card is a resident's again.
    let page = desk.tap("woman");
    assert!(page.reading.is_some());

    desk.station.lock().expect("it locks");
    assert_eq!(refused(&desk, PASSWORD), "auth.card_needed");
    lay(&desk, with_photo("张协理", 8));
    assert_eq!(refused(&desk, PASSWORD), "auth.wrong_card", "another photo");
    lay(&desk, own());
    assert_eq!(refused(&desk, "wrong password"), "auth.wrong_password");
    assert_eq!(
        refused(&desk, PASSWORD),
        "auth.card_needed",
        "it serves once"
    );
    lay(&desk, own());
    enters(&desk, PASSWORD);

    // A new password keeps the card, a restart and a cut line too.
    desk.station
        .change_password(PASSWORD, NEW)
        .expect("it is changed");
    city.stop_centre();
    let folder = desk.folder.clone();
    drop(desk);
    not_a_trace(&folder, &own());
    let desk = Desk::unpack(&folder, "zhang");
    assert_eq!(refused(&desk, NEW), "auth.card_needed");
    lay(&desk, own());
    enters(&desk, NEW);

    // The card is lost: back in by the printed code, and the new one is bound at the next log-in.
    city.start_centre();
    desk.station.lock().expect("it locks");
    let opened = desk.station.open_printed(&printed, "zhang", PASSWORD);
    assert_eq!(opened.expect("it opens").door, Door::Open);
    desk.station.lock().expect("it locks");
    assert_eq!(refused(&desk, PASSWORD), "auth.card_bind");
    let replaced = || with_photo("张协理", 9);
    lay(&desk, replaced());
    enters(&desk, PASSWORD);

    // The city no longer asks: once more with both, then the password alone.
    ask(&mut city, &desk, false);
    desk.station.lock().expect("it locks");
    assert_eq!(refused(&desk, PASSWORD), "auth.card_needed");
    lay(&desk, replaced());
    enters(&desk, PASSWORD);
    desk.station.lock().expect("it locks");
    enters(&desk, PASSWORD);
}

#[test]
fn a_substitute_brings_their_own_card_where_the_city_asks_for_one() {
    const OWN: &str = "for these hours 代班";
    let mut city = City::open();
    let desk = city.desk(COMMUNITY);
    ask(&mut city, &desk, true);
    let street = city.reviewer("street");
    let (path, page) = deposited(&street);
    let code = give(&street, &path, &person(&page, "li"));
    city.stop_centre();
    desk.station.lock().expect("it locks");
    let let_in = || desk.station.let_in_substitute("李协理", &code, OWN);
    let refused_for = |why: &str| {
        let failure = let_in().expect_err("it is refused");
        assert_eq!(failure.reason.code, why);
    };
    // As often as one likes: the code was right each time.
    for _ in 0..6 {
        refused_for("auth.card_bind");
    }
    lay(&desk, with_photo("张协理", 7));
    refused_for("auth.card_other_name");
    let own = || with_photo("李协理", 5);
    lay(&desk, own());
    let status = let_in().expect("she is let in");
    assert!(status.substitute.is_some());

    // She comes back with both; the code is used.
    desk.station.lock().expect("it locks");
    let back = |why: &str| {
        let failure = desk.station.log_in("li", OWN).expect_err("it is refused");
        assert_eq!(failure.reason.code, why);
    };
    back("auth.card_needed");
    lay(&desk, with_photo("李协理", 6));
    back("auth.wrong_card");
    lay(&desk, own());
    let status = desk.station.log_in("li", OWN).expect("her hours run");
    assert!(status.substitute.is_some());
    let keys = std::fs::read_to_string(desk.folder.join("keys.json")).expect("the key file");
    let keys: serde_json::Value = serde_json::from_str(&keys).expect("JSON");
    assert_eq!(keys["version"], 4);
}

/// Neither the photo nor the secret made of it lies in the station's folder.
fn not_a_trace(folder: &Path, card: &Reading) {
    let keys = std::fs::read_to_string(folder.join("keys.json")).expect("the key file");
    let keys: serde_json::Value = serde_json::from_str(&keys).expect("JSON");
    assert_eq!(keys["version"], 3, "an older program says that it is newer");
    assert!(keys["wraps"][0]["card"].is_string());
    let photo = card.photo.as_deref().expect("a photo");
    let mut whole = b"yizhan own card 1".to_vec();
    whole.extend_from_slice(&card.card.raw);
    whole.extend_from_slice(photo);
    let secret = crypto::sha256(&whole);
    let secret_hex = hex::encode(secret);
    let mut looked = 0;
    for entry in std::fs::read_dir(folder).expect("the folder").flatten() {
        let Ok(bytes) = std::fs::read(entry.path()) else {
            continue;
        };
        looked += 1;
        for needle in [&secret[..], secret_hex.as_bytes(), &photo[..64]] {
            let found = memchr::memmem::find(&bytes, needle);
            assert_eq!(found, None, "{}", entry.path().display());
        }
    }
    assert!(looked > 3);
}

#[test]
fn a_hand_logs_in_with_a_card_in_the_window() {
    let mut city = City::open();
    city.add_staff("zhou", "周样例", COMMUNITY);
    let desk = city.desk(COMMUNITY);
    desk.station
        .add_colleague("zhou", PASSWORD)
        .expect("a colleague is let in");
    ask(&mut city, &desk, true);
    let folder = tempfile::tempdir().expect("a folder");
    let from = desk.folder.clone();
    drop(desk);
    tests::desk::copy_folder(&from, &folder.path().join("station"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(by_hand(folder.path()));
}

async fn by_hand(folder: &Path) {
    let counter = start::open_as_it_is(folder).await;
    counter.click("login-as-zhou").await;
    counter.fill("login-password", PASSWORD).await;
    counter.press(ENTER).await;
    counter.see("card-wait").await;
    counter.read("card-reader", "读卡器").await;
    counter.picture("card-1-asked").await;
    counter.click("language-en").await;
    counter.read("card-stop", "Type").await;
    counter.picture("card-1-asked-english").await;
    counter.click("language-zh-CN").await;
    // A resident's card that lies about is not hers.
    lay_on_reader(&counter, "citizen").await;
    code_is(&counter, "auth.card_other_name").await;
    counter.picture("card-2-not-hers").await;
    lay_on_reader(&counter, "moved").await;
    counter.see("today").await;
    counter.picture("card-3-in").await;
    counter.close().await;
}

/// As the demo's tray does, which has no place at the door: card, driver, pcscd, PC/SC.
async fn lay_on_reader(counter: &Browser, card: &str) {
    let call = "return window.__TAURI_INTERNALS__.invoke('insert_card', { id: arguments[0] })";
    counter.script(call, vec![card.into()]).await;
}

async fn code_is(counter: &Browser, code: &str) {
    let selector = format!("return document.querySelector('[data-code=\"{code}\"]') !== null");
    for _ in 0..200 {
        let there = counter.script(&selector, vec![]).await;
        if there == serde_json::json!(true) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{code} was not told");
}
