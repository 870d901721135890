//! The capture panel in the real window: a jam keeps what came, a page that lies still is taken by
//! itself, taken again and given a back side, a corner is dragged with the mouse, and each is taken
//! back. How smooth the live picture is is measured where it is painted.

use std::path::Path;
use std::time::{Duration, Instant};

use drivers::virtual_scanner::{Behaviour, Fault, VirtualScanner};
use serde_json::json;
use tests::browser::Browser;
use tests::city::{COMMUNITY, City};

use super::{ENTER, ESCAPE, F6, papers, start};

const ALT_5: &str = "\u{e00a}5\u{e000}";
const UNDO: &str = "\u{e009}z\u{e000}";
/// The scanner's name, and the sheets in its feeder; the twelfth jams.
const SCANNER: &str = "Yizhan Virtual Scanner";
const SHEETS: usize = 15;
const JAMMED: u32 = 12;
/// How long the live picture is watched.
const WATCHED: Duration = Duration::from_secs(4);

/// Counts the pictures that were painted: at each repaint, whether another one stands there.
const COUNT: &str = "
const seen = (window.seen = { times: [], last: '' });
const look = (now) => {
  const img = document.querySelector('[data-test=\"live\"] img');
  if (img?.complete && img.src !== seen.last) { seen.last = img.src; seen.times.push(now); }
  window.looking = requestAnimationFrame(look);
};
look(performance.now());
";

#[test]
fn the_capture_panel_keeps_what_came_takes_by_itself_and_takes_everything_back() {
    let city = City::open();
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let code = city.code(COMMUNITY);
    runtime.block_on(story(&city, &code, folder.path()));
}

async fn story(city: &City, code: &str, folder: &Path) {
    let counter = start::open_window(city, code, folder).await;
    start::log_in(&counter).await;

    let scanner = VirtualScanner::start(Behaviour {
        model: SCANNER.to_owned(),
        fault: Some((JAMMED, Fault::Feeder("ScannerAdfJam"))),
        ..Behaviour::default()
    });
    let scanner = scanner.expect("the scanner is switched on");
    scanner.load(SHEETS as u32);
    added(&counter, &scanner).await;

    // On the device page a card would only be tried out.
    counter.click("nav-today").await;
    counter.click("tap-card-moved").await;
    counter.read("face-name", "周样例").await;
    papers::until_loaded(&counter, "face-photo").await;
    counter.picture("photo-1-face").await;
    counter.press("2").await;
    counter.see("foot").await;
    laid_again(&counter).await;

    counter.press(F6).await;
    counter.see("capture").await;
    jammed(&counter, &scanner).await;
    by_itself(&counter).await;
    smooth(&counter).await;
    taken_back(&counter).await;
    again_and_back(&counter).await;
    dragged(&counter).await;
    english(&counter).await;
    counter.close().await;
}

/// A scanner on the network by its address.
async fn added(counter: &Browser, scanner: &VirtualScanner) {
    counter.press(ALT_5).await;
    counter.see("devices").await;
    counter.fill("scanner-text", &scanner.url()).await;
    counter.press(ENTER).await;
    counter.read("devices", SCANNER).await;
    counter.picture("devices-6-added").await;
}

/// The card of the form laid down once more is no news, another one is.
async fn laid_again(counter: &Browser) {
    counter.click("tap-card-moved").await;
    counter.read("status-reader", "读卡器就绪").await;
    counter.click("tap-card-moved").await;
    counter.read("status-reader", "证件在读卡器上").await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!counter.sees("tap-other").await, "it is nobody new");
    counter.click("tap-card-citizen").await;
    counter.read("tap-other", "王样本").await;
    counter.click("demo-close").await;
}

/// The twelfth sheet jams: eleven are there, and the same key goes on behind them.
async fn jammed(counter: &Browser, scanner: &VirtualScanner) {
    let feeder = format!("[data-test=\"way-scanner-feeder\"][title=\"{SCANNER}\"]");
    click(counter, &feeder).await;
    counter.press(" ").await;
    until("the jam is said", async || {
        counter.sees("failure").await && working(counter).await.is_empty()
    })
    .await;
    counter.read("failure", "卡纸").await;
    assert_eq!(thumbs(counter).await, JAMMED as usize - 1, "they stay");
    counter.read("capture-take", "接着扫").await;
    counter.picture("capture-7-jam").await;
    scanner.clear();
    counter.press(" ").await;
    until("the rest has come", async || {
        thumbs(counter).await == SHEETS && working(counter).await.is_empty()
    })
    .await;
    assert!(!counter.sees("failure").await);
    counter.picture("capture-8-gone-on").await;
}

/// Sheets that come to rest before the camera are taken, one after another, without a key.
async fn by_itself(counter: &Browser) {
    // With the mouse: the keys after it are the panel's all the same.
    counter.click("way-camera-flatbed").await;
    counter.read("status-scanner", "摄像头已打开").await;
    let (began, before) = (Instant::now(), thumbs(counter).await);
    for pages in [1, 2] {
        until("a page is taken by itself", async || {
            thumbs(counter).await >= before + pages
        })
        .await;
        println!(
            "page={pages} by_itself_after_ms={}",
            began.elapsed().as_millis()
        );
    }
    counter.picture("capture-9-by-itself").await;
    counter.press("a").await;
    until("it is off", async || !is_automatic(counter).await).await;
    counter.click("capture-automatic").await;
    until("the line is the switch", async || {
        is_automatic(counter).await
    })
    .await;
    counter.press("a").await;
    until("it is off again", async || !is_automatic(counter).await).await;
    until("nothing is being taken", async || {
        working(counter).await.is_empty()
    })
    .await;
}

async fn is_automatic(counter: &Browser) -> bool {
    let on = "return document.querySelector('[data-test=\"capture-automatic\"] input').checked";
    counter.script(on, Vec::new()).await == json!(true)
}

/// Frames a second as they are painted, and the longest time without a new one.
async fn smooth(counter: &Browser) {
    counter.script(COUNT, Vec::new()).await;
    tokio::time::sleep(WATCHED).await;
    let stop = "cancelAnimationFrame(window.looking); return window.seen.times";
    let times = counter.script(stop, Vec::new()).await;
    let times: Vec<f64> = serde_json::from_value(times).expect("times");
    let longest = times.windows(2).map(|pair| pair[1] - pair[0]);
    let longest = longest.fold(0.0, f64::max);
    let span_s = (times[times.len() - 1] - times[0]) / 1000.0;
    let painted = (times.len() - 1) as f64 / span_s;
    println!("live painted_fps={painted:.1} longest_gap_ms={longest:.0}");
    assert!(painted > 4.0, "even on a busy machine the picture lives");
}

/// A picture may be several pages; one key takes all of them back.
async fn taken_back(counter: &Browser) {
    until("a sheet is seen", async || {
        let quads = counter.see("live").await.attr("data-quads").await;
        quads.ok().flatten().is_some_and(|count| count != "0")
    })
    .await;
    let before = thumbs(counter).await;
    counter.press(" ").await;
    until("pages came", async || thumbs(counter).await > before).await;
    counter.see("undo-bar").await;
    counter.picture("capture-10-taken").await;
    counter.press(UNDO).await;
    until("they are gone", async || thumbs(counter).await == before).await;
    assert!(!counter.sees("failure").await);
}

/// A page is taken again in its place, a back side is laid below it and no third; each is taken back.
async fn again_and_back(counter: &Browser) {
    let before = pictures(counter).await;
    let done = async |what: &str| {
        until(what, async || {
            working(counter).await.is_empty() && pictures(counter).await != before
        })
        .await;
        assert_eq!(thumbs(counter).await, before.len(), "in its place");
        assert!(!counter.sees("failure").await);
    };
    let undone = async || {
        counter.press(UNDO).await;
        until("it is as it was", async || {
            pictures(counter).await == before
        })
        .await;
    };
    counter.press("t").await;
    done("the page is taken again").await;
    counter.picture("capture-10a-again").await;
    undone().await;
    counter.press("b").await;
    done("the back lies below the front").await;
    counter.picture("capture-10b-back").await;
    counter.press("b").await;
    counter.read("failure", "正反两面").await;
    undone().await;
}

/// The small pictures of the pages, by address: a page that changed has another one.
async fn pictures(counter: &Browser) -> Vec<String> {
    let all = "return [...document.querySelectorAll('[data-test=\"capture-thumbs\"] img')]
        .map((img) => img.src)";
    let all = counter.script(all, Vec::new()).await;
    serde_json::from_value(all).expect("addresses")
}

/// A corner goes where the mouse goes, the page is made with it, and goes back to what it was.
async fn dragged(counter: &Browser) {
    let found = corners(counter).await;
    counter.drag("corner-1", 60, 45).await;
    let moved = shown_corners(counter).await;
    counter.picture("capture-11-dragged").await;
    let (from, to) = (places(&found), places(&moved));
    assert!(
        to[1].0 > from[1].0 + 20.0 && to[1].1 > from[1].1 + 15.0,
        "{found} {moved}"
    );
    for other in [0, 2, 3] {
        assert_eq!(to[other], from[other], "the others stay");
    }
    counter.press(ENTER).await;
    until("the page is made", async || !counter.sees("corners").await).await;
    counter.picture("capture-12-made").await;
    let made = corners(counter).await;
    // What is kept has fewer digits than the page counts with.
    let mut pairs = places(&made).into_iter().zip(&to);
    let near = pairs.all(|(a, b)| (a.0 - b.0).abs() < 0.01 && (a.1 - b.1).abs() < 0.01);
    assert!(near, "as it was dragged: {made} {moved}");
    counter.press(ESCAPE).await;
    counter.press(UNDO).await;
    until("it is as it was", async || {
        let again = corners(counter).await;
        counter.press(ESCAPE).await;
        again == found
    })
    .await;
    counter.picture("capture-13-undone").await;
}

/// The same screens in the other language.
async fn english(counter: &Browser) {
    counter.press(ESCAPE).await;
    counter.see("foot").await;
    counter.click("nav-settings").await;
    counter.click("language-en").await;
    counter.press(ESCAPE).await;
    counter.see("foot").await;
    counter.press(F6).await;
    counter.see("capture").await;
    click(counter, "[data-test=\"way-camera-flatbed\"]").await;
    counter.read("status-scanner", "camera is open").await;
    papers::until_loaded(counter, "live").await;
    counter.picture("english-8-capture").await;
    counter.press(ESCAPE).await;
    counter.press(ALT_5).await;
    counter.see("devices").await;
    counter.picture("english-9-devices").await;
}

/// Opens the corners of the page at hand.
async fn corners(counter: &Browser) -> String {
    counter.press("c").await;
    shown_corners(counter).await
}

async fn shown_corners(counter: &Browser) -> String {
    let frame = counter.see("corner-frame").await;
    let corners = frame.attr("data-corners").await.ok().flatten();
    corners.expect("four corners")
}

fn places(corners: &str) -> Vec<(f64, f64)> {
    let place = |pair: &str| {
        let (x, y) = pair.split_once(',').expect("two numbers");
        (x.parse().expect("a number"), y.parse().expect("a number"))
    };
    corners.split(' ').map(place).collect()
}

async fn thumbs(counter: &Browser) -> usize {
    let row = counter.see("capture-thumbs").await;
    let count = row.attr("data-pages").await.ok().flatten();
    count
        .and_then(|count| count.parse().ok())
        .unwrap_or_default()
}

/// What the panel is doing; nothing is empty.
async fn working(counter: &Browser) -> String {
    let bar = counter.see("capture-bar").await;
    bar.attr("data-working")
        .await
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// Clicks what has no name of its own, once it is there.
async fn click(counter: &Browser, selector: &str) {
    let script = "const it = document.querySelector(arguments[0]); it?.click(); return it !== null";
    until(selector, async || {
        counter.script(script, vec![json!(selector)]).await == json!(true)
    })
    .await;
}

/// Waits for what takes its time on a busy machine.
async fn until(what: &str, ask: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !ask().await {
        assert!(began.elapsed() < Duration::from_secs(90), "not yet: {what}");
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}
