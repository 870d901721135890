//! What is not on the straight way: unusual cards, a cut line, the search, the other language.

use tests::browser::Browser;

use super::{ENTER, ESCAPE, F1, F2, F8, F9, F12, fill_form};

/// Cards with names that are hard to draw, and one that cannot be read.
pub async fn faces(counter: &Browser) {
    counter.click("tap-card-foreigner_2023").await;
    counter.read("card-face", "OF EXAMPLIAS").await;
    counter.picture("counter-3-foreigner").await;
    counter.click("tap-card-rare_name").await;
    counter.read("face-name", "𠮷䶮𬭎").await;
    counter.picture("counter-3-rare-name").await;
    counter.click("tap-card-not_genuine").await;
    counter.see("tap-failed").await;
    counter.picture("counter-3-not-genuine").await;
}

/// The line is cut: said in the corner, a case is filed all the same, and goes when it is back.
pub async fn offline(counter: &Browser) {
    counter.press(F12).await;
    counter.click("line-switch").await;
    counter.read("status-line", "线路已断开").await;
    counter.click("tap-card-citizen").await;
    counter.read("face-name", "王样本").await;
    counter.press("1").await;
    fill_form(counter).await;
    counter.press(F9).await;
    counter.read("standing", "已保存").await;
    counter.read("submitted-next", "线路已断开").await;
    counter.picture("counter-14-offline").await;
    counter.press(ENTER).await;
    counter.read("list-waiting", "线路已断开").await;
    counter.read("list-waiting", "再试").await;
    counter.picture("counter-15-waiting").await;
    counter.click("line-switch").await;
    counter.read("list-decided", "王样本").await;
    counter.read("status-unsent", "全部已发送").await;
    counter.picture("counter-16-restored").await;
    counter.press(F12).await;
}

/// A person without their card, and with it: the page of a person with some life.
pub async fn search(counter: &Browser) {
    counter.press(F2).await;
    counter.fill("people-search", "王").await;
    counter.read("people", "王样本").await;
    counter.picture("counter-17-search").await;
    counter.press(ENTER).await;
    counter.read("face-name", "王样本").await;
    counter.click("demo-toggle").await;
    counter.click("tap-card-moved").await;
    counter.click("demo-close").await;
    counter.read("life", "失业登记").await;
    counter.see("took").await;
    counter.picture("counter-18-life").await;
}

/// The other language: the same screens.
pub async fn english(counter: &Browser) {
    counter.click("nav-settings").await;
    counter.see("settings").await;
    counter.picture("counter-19-settings").await;
    counter.click("language-en").await;
    counter.read("settings", "Language").await;
    counter.picture("english-1-settings").await;
    counter.press(F1).await;
    counter.see("help").await;
    counter.picture("english-2-help").await;
    counter.press(ESCAPE).await;
    counter.click("nav-today").await;
    counter.read("today", "Decided").await;
    counter.picture("english-3-today").await;
    counter.click("nav-cases").await;
    counter.see("cases").await;
    counter.picture("english-4-cases").await;
    counter.click("demo-toggle").await;
    counter.click("tap-card-woman").await;
    counter.read("card-face", "Ethnic").await;
    counter.click("demo-close").await;
    counter.picture("english-5-person").await;
    counter.press("2").await;
    counter.read("foot", "to go").await;
    counter.press(F8).await;
    counter.picture("english-6-form").await;
    counter.press(ESCAPE).await;
    counter.click("demo-toggle").await;
    counter.click("tap-card-citizen").await;
    counter.click("demo-close").await;
    counter.read("life", "Granted").await;
    counter.picture("english-7-life").await;
}
