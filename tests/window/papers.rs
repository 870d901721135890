//! The papers of a form by hand: scanned, looked at, turned, removed and brought back, dropped in
//! and put in order.

use serde_json::json;
use tests::browser::Browser;

use super::{ESCAPE, F6, until};

const DELETE: &str = "\u{e017}";
const UNDO: &str = "\u{e009}z\u{e000}";
const FIRST: &str = "page-household_book-1";
const SECOND: &str = "page-household_book-2";
const MOVE_EARLIER: &str = "\u{e00a}\u{e012}\u{e000}";

/// A page drawn like a filled form, dropped on a material as a file manager would.
const DROP: &str = r#"
const canvas = document.createElement('canvas');
canvas.width = 744; canvas.height = 1052;
const ink = canvas.getContext('2d');
ink.fillStyle = '#fdfcf8'; ink.fillRect(0, 0, 744, 1052);
ink.fillStyle = '#222'; ink.font = '44px "Noto Sans CJK SC"'; ink.textAlign = 'center';
ink.fillText('居民户口簿（样例）', 372, 110);
ink.strokeStyle = '#777'; ink.textAlign = 'left'; ink.font = '26px "Noto Sans CJK SC"';
['户主姓名　周样例', '户　　别　家庭户', '住　　址　样例区测试路126号', '登记日期　2018-06-01',
 '成　　员　二人', '承办人　　样例'].forEach((line, at) => {
  ink.strokeRect(70, 180 + at * 110, 604, 110);
  ink.fillText(line, 100, 245 + at * 110);
});
const bytes = Uint8Array.from(atob(canvas.toDataURL('image/png').split(',')[1]),
  (char) => char.charCodeAt(0));
const files = new DataTransfer();
files.items.add(new File([bytes], '户口簿.png', { type: 'image/png' }));
const target = document.querySelector('[data-test="' + arguments[0] + '"]');
target.dispatchEvent(new DragEvent('drop',
  { dataTransfer: files, bubbles: true, cancelable: true }));
"#;

/// Everything that can be done to pages, with a picture of each.
pub async fn handle(counter: &Browser) {
    scanned(counter).await;
    counter.see(FIRST).await;
    let (width, height) = until_loaded(counter, FIRST).await;
    assert!(
        width < height,
        "the scanner's page stands: {width}×{height}"
    );
    counter.picture("counter-8-scanned").await;

    counter.press(" ").await;
    counter.see("viewer").await;
    until_loaded(counter, "viewer").await;
    counter.picture("counter-8-viewer").await;
    counter.press(ESCAPE).await;
    assert!(!counter.sees("viewer").await);

    counter.press("r").await;
    until("the page lies", async || {
        size(counter, FIRST).await.is_some_and(|(w, h)| w > h)
    })
    .await;
    counter.press(DELETE).await;
    counter.read("material-household_book", "缺").await;
    counter.see("undo-bar").await;
    counter.picture("counter-8-removed").await;
    counter.press(UNDO).await;
    counter.see(FIRST).await;
    let (width, height) = until_loaded(counter, FIRST).await;
    assert!(width > height, "it came back as it was: {width}×{height}");

    drop(counter).await;
    counter.see(SECOND).await;
    until_loaded(counter, SECOND).await;
    counter.press(MOVE_EARLIER).await;
    until("the dropped page is the first", async || {
        size(counter, FIRST).await.is_some_and(|(w, h)| w < h)
    })
    .await;
    until_loaded(counter, SECOND).await;
    counter.read("foot", "都齐了").await;
    counter.picture("counter-8-dropped").await;
}

/// A page from a file is all that is needed.
pub async fn dropped(counter: &Browser) {
    drop(counter).await;
    counter.see(FIRST).await;
    until_loaded(counter, FIRST).await;
    counter.read("foot", "都齐了").await;
}

async fn drop(counter: &Browser) {
    let onto = json!("material-household_book");
    counter.script(DROP, vec![onto]).await;
}

/// The capture panel with the scanner: one key opens it, one takes a page, one leaves.
async fn scanned(counter: &Browser) {
    counter.press(F6).await;
    counter.see("way-scanner-flatbed").await;
    counter.see("way-scanner-feeder").await;
    counter.picture("capture-1-scanner").await;
    counter.press(" ").await;
    counter.see("thumb-1").await;
    until_loaded(counter, "capture-still").await;
    counter.picture("capture-2-scanned").await;
    counter.press(ESCAPE).await;
    assert!(!counter.sees("capture").await);
}

/// A page from the camera by keyboard alone: taken, its corner moved, taken back.
pub async fn photographed(counter: &Browser) {
    counter.press(F6).await;
    counter.see("capture").await;
    // From way to way until the camera's.
    for _ in 0..6 {
        counter.press("s").await;
        if counter.sees("live").await {
            break;
        }
    }
    counter.press("a").await;
    until("a sheet is seen", async || {
        let live = counter.see("live").await;
        let quads = live.attr("data-quads").await.ok().flatten();
        quads.is_some_and(|count| count != "0")
    })
    .await;
    counter.picture("capture-3-live").await;
    let before = thumbs(counter).await;
    counter.press(" ").await;
    until("the page is taken", async || {
        thumbs(counter).await == before + 1
    })
    .await;
    counter.picture("capture-4-taken").await;

    counter.press("c").await;
    let frame = counter.see("corner-frame").await;
    let corners = async || frame.attr("data-corners").await.ok().flatten();
    let found = corners().await.expect("four corners");
    counter.press("\u{e004}").await;
    counter.press("\u{e008}\u{e014}\u{e000}").await;
    until("the second corner is further right", async || {
        let now = corners().await.unwrap_or_default();
        let second = |text: &str| text.split(' ').nth(1).map(str::to_owned);
        second(&now) != second(&found) && now.split(' ').next() == found.split(' ').next()
    })
    .await;
    counter.picture("capture-5-corner-moved").await;
    counter.press("\u{e007}").await;
    until("the page is made again", async || {
        !counter.sees("corners").await
    })
    .await;
    assert_eq!(thumbs(counter).await, before + 1);
    counter.picture("capture-6-shaped").await;
    counter.press(UNDO).await;
    counter.press(ESCAPE).await;
    until("the panel is closed", async || {
        !counter.sees("capture").await
    })
    .await;
}

async fn thumbs(counter: &Browser) -> usize {
    let row = counter.see("capture-thumbs").await;
    let count = row.attr("data-pages").await.ok().flatten();
    count
        .and_then(|count| count.parse().ok())
        .unwrap_or_default()
}

/// Waits until the picture inside an element has come; answers its width and height, pixels.
pub async fn until_loaded(page: &Browser, name: &str) -> (u64, u64) {
    until(&format!("the picture in {name}"), async || {
        size(page, name).await.is_some()
    })
    .await;
    size(page, name).await.expect("it was there")
}

/// The size of the picture in an element, once it was loaded.
async fn size(page: &Browser, name: &str) -> Option<(u64, u64)> {
    let script = r#"const held = document.querySelector('[data-test="' + arguments[0] + '"]');
        const img = held?.matches('img') ? held : held?.querySelector('img');
        return img?.complete && img.naturalWidth > 0
            ? [img.naturalWidth, img.naturalHeight] : null"#;
    let answer = page.script(script, vec![json!(name)]).await;
    Some((answer[0].as_u64()?, answer[1].as_u64()?))
}
