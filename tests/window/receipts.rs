//! A receipt by hand: its code leads to its case, typed by a scanner or seen on a picture that another
//! program saved; all papers of the case as one file; the watched folder and the photo decoder tried.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use drivers::document::page::{Plane, codes};
use tests::browser::Browser;
use tests::city::{COMMUNITY, City};

use super::{ENTER, ESCAPE, F2, F6, F9, fill_form, papers, start, until};

const ALT_5: &str = "\u{e00a}5\u{e000}";
const UNDO: &str = "\u{e009}z\u{e000}";

/// A receipt as it was printed: its picture, and what its code says.
struct Printed {
    picture: PathBuf,
    code: String,
}

#[test]
fn the_code_of_a_receipt_leads_to_its_case_and_its_papers_are_one_file() {
    let city = City::open();
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let code = city.code(COMMUNITY);
    runtime.block_on(story(&city, &code, folder.path()));
}

async fn story(city: &City, code: &str, folder: &Path) {
    let counter = start::open_window(city, code, folder).await;
    start::log_in(&counter).await;
    counter.click("tap-card-moved").await;
    counter.read("face-name", "周样例").await;
    counter.press("1").await;
    fill_form(&counter).await;
    counter.press(F9).await;
    counter.read("standing", "已通过").await;
    counter.click("back-to-person").await;
    counter.see("person").await;
    counter.press("2").await;
    fill_form(&counter).await;
    papers::dropped(&counter).await;
    counter.press(F9).await;
    counter.see("submitted").await;
    counter.read("standing", "街道初审").await;

    let printed = printed(&counter, folder).await;
    typed(&counter, &printed).await;
    whole(&counter).await;
    let saved = folder.join("saved");
    std::fs::create_dir(&saved).expect("a folder");
    tried(&counter, &saved, &printed).await;
    seen(&counter, &saved, &printed).await;
    counter.close().await;
}

/// The receipt opens as a file; it is printed, and its code read as any reader would.
async fn printed(counter: &Browser, folder: &Path) -> Printed {
    counter.click("receipt").await;
    let file = path_in(&counter.text("receipt-path").await, ".pdf");
    let picture = folder.join("receipt");
    let made = Command::new("pdftoppm")
        .args(["-r", "200", "-png", "-singlefile"])
        .args([&file, &picture])
        .status();
    assert!(made.expect("pdftoppm").success(), "{}", file.display());
    let picture = picture.with_extension("png");
    let luma = image::open(&picture).expect("a picture").to_luma8();
    let (width, height) = (luma.width() as usize, luma.height() as usize);
    let mut plane = Plane::filled(width, height, 0);
    plane.data.copy_from_slice(luma.as_raw());
    let found = codes::read(&plane);
    let code = found.into_iter().find(|code| code.text.starts_with("YZ1."));
    let code = code.expect("the receipt has its code").text;
    Printed { picture, code }
}

/// A hand scanner types the code where a name would be typed. A wrong one is said and loses nothing.
async fn typed(counter: &Browser, printed: &Printed) {
    counter.press(F2).await;
    counter.see("people").await;
    let mut wrong = printed.code.clone();
    let last = if wrong.ends_with('0') { '1' } else { '0' };
    wrong.pop();
    wrong.push(last);
    counter.press(&wrong).await;
    counter.press(ENTER).await;
    counter.see("failure").await;
    counter.picture("receipts-1-wrong").await;
    counter.press(&printed.code).await;
    until("the new code stands alone", async || {
        !counter.sees("failure").await
    })
    .await;
    counter.press(ENTER).await;
    counter.see("case").await;
    counter.read("standing", "街道初审").await;
    counter.picture("receipts-2-case").await;
}

/// All papers of the case as one file that any reader opens.
async fn whole(counter: &Browser) {
    counter.click("print-materials").await;
    let file = path_in(&counter.text("materials-at").await, ".pdf");
    counter.picture("receipts-3-papers").await;
    let said = Command::new("pdfinfo").arg(&file).output();
    let said = String::from_utf8(said.expect("pdfinfo").stdout).expect("text");
    let pages = said.lines().find_map(|line| line.strip_prefix("Pages:"));
    assert_eq!(pages.map(str::trim), Some("1"), "{said}");
    let bytes = std::fs::read(&file).expect("the file");
    assert!(
        memchr::memmem::find(&bytes, b"pdfaid").is_some(),
        "it says that it is PDF/A"
    );
}

/// The folder shows what is saved there and the decoder a photo; nothing of it is kept.
async fn tried(counter: &Browser, saved: &Path, printed: &Printed) {
    counter.press(ALT_5).await;
    counter.see("devices").await;
    counter
        .fill("folder-text", &saved.display().to_string())
        .await;
    counter.press(ENTER).await;
    counter.see("device-folder").await;
    test(counter, "folder").await;
    counter.read("trial", "保存").await;
    counter.picture("receipts-4-folder-waits").await;
    save(printed, &saved.join("tried.png"));
    papers::until_loaded(counter, "test-page").await;
    counter.picture("receipts-5-folder").await;
    counter.press(ESCAPE).await;
    until("the trial is over", async || !counter.sees("trial").await).await;

    test(counter, "photo_decoder").await;
    papers::until_loaded(counter, "test-page").await;
    counter.picture("receipts-6-decoder").await;
    counter.press(ESCAPE).await;
    until("the trial is over", async || !counter.sees("trial").await).await;
}

/// The receipt among the papers of somebody else's form, from the watched folder: each picture can be
/// taken back when it came, and is of the material that is shown; stopping is no failure. What the
/// receipt's code is is said, and one key opens its case.
async fn seen(counter: &Browser, saved: &Path, printed: &Printed) {
    counter.click("nav-today").await;
    counter.click("tap-card-citizen").await;
    counter.read("face-name", "王样本").await;
    counter.press("2").await;
    counter.see("foot").await;
    counter.press(F6).await;
    counter.click("way-folder-feeder").await;
    counter.press(" ").await;
    until("it waits for a picture", async || {
        working(counter).await == "scanning"
    })
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    save(printed, &saved.join("seen.png"));
    counter.see("thumb-1").await;
    counter.see("capture-receipt").await;
    counter.see("undo-bar").await;
    counter.picture("receipts-7-seen").await;
    counter.press(UNDO).await;
    until("it is taken back", async || !counter.sees("thumb-1").await).await;
    counter.press("n").await;
    save(printed, &saved.join("again.png"));
    counter.see("thumb-1").await;
    counter.press(ESCAPE).await;
    until("it is stopped", async || working(counter).await.is_empty()).await;
    assert!(!counter.sees("failure").await, "as it is meant to end");
    counter.picture("receipts-8-stopped").await;
    again(counter, saved, printed).await;
    counter.press("o").await;
    counter.see("case").await;
    counter.read("case", "周").await;
    counter.picture("receipts-9-opened").await;
}

/// The page is taken again by a camera's program: the sheet on the table is the page, and nothing
/// around it.
async fn again(counter: &Browser, saved: &Path, printed: &Printed) {
    counter.press("t").await;
    until("it waits for a picture", async || {
        working(counter).await == "scanning"
    })
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let sheet = image::open(&printed.picture).expect("a picture").to_luma8();
    let (width, height) = (sheet.width() + 600, sheet.height() + 500);
    let mut table = image::GrayImage::from_pixel(width, height, image::Luma([50]));
    image::imageops::overlay(&mut table, &sheet, 300, 250);
    let picture = printed.picture.with_file_name("table.png");
    table.save(&picture).expect("saved");
    let on_table = Printed {
        picture,
        code: String::new(),
    };
    save(&on_table, &saved.join("table.png"));
    until("it has come", async || working(counter).await.is_empty()).await;
    assert!(!counter.sees("failure").await && !counter.sees("thumb-2").await);
    counter.press("c").await;
    let frame = counter.see("corner-frame").await;
    let corners = frame.attr("data-corners").await.ok().flatten();
    let corners = corners.expect("four corners");
    assert!(!corners.contains("0,0"), "the sheet's own: {corners}");
    counter.picture("receipts-8a-again").await;
    counter.press(ESCAPE).await;
}

/// What the panel is doing.
async fn working(counter: &Browser) -> String {
    let bar = counter.see("capture-bar").await;
    let working = bar.attr("data-working").await.ok().flatten();
    working.unwrap_or_default()
}

async fn test(counter: &Browser, kind: &str) {
    let button = "const it = document.querySelector('[data-test=\"device-' + arguments[0] + '\"] \
                  [data-test=\"device-test\"]'); it?.click(); return it !== null";
    let clicked = counter.script(button, vec![kind.into()]).await;
    assert_eq!(clicked, serde_json::json!(true), "{kind} can be tried");
}

/// As a vendor's program saves: under another name first.
fn save(printed: &Printed, to: &Path) {
    let part = to.with_extension("part");
    std::fs::copy(&printed.picture, &part).expect("saved");
    std::fs::rename(part, to).expect("named");
}

/// The file that a line of the page names.
fn path_in(line: &str, ending: &str) -> PathBuf {
    let from = line.find('/').expect("a path");
    let to = line.rfind(ending).expect("its end") + ending.len();
    PathBuf::from(&line[from..to])
}
