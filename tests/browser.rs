//! One hand for both pages: the counter's window through WebKitWebDriver, the console through
//! chromedriver. Elements are found by their `data-test` name; every call has a time limit.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use xtask::process::{Launch, Supervised};
use xtask::screen::Screen;

/// How long anything may take to show.
const LIMIT: Duration = Duration::from_secs(20);

/// A page under the hand of the test.
pub struct Browser {
    client: Client,
    driver: Supervised,
    /// The screen a window stands on; a picture is taken of it, since WebKit's own picture can hang.
    screen: Option<Screen>,
    artefacts: PathBuf,
}

impl Browser {
    /// The counter's window, started by WebKitWebDriver on a screen without a monitor.
    pub async fn window(
        app: &Path,
        arguments: &[String],
        envs: &[(&str, &str)],
        log: &Path,
    ) -> Browser {
        let screen = Screen::start(log).expect("a screen without a monitor");
        let port = free_port();
        let words = ["dbus-run-session", "--", "WebKitWebDriver"];
        let mut launch = Launch::new("WebKitWebDriver", words, log)
            .arguments([format!("--port={port}")])
            .env("TAURI_WEBVIEW_AUTOMATION", "true");
        for (key, value) in screen.envs().iter().chain(envs) {
            launch = launch.env(key, *value);
        }
        let options = json!({ "binary": app, "args": arguments });
        let wanted = json!({ "webkitgtk:browserOptions": options });
        Browser::drive(launch, port, wanted, Some(screen)).await
    }

    /// A browser without a screen.
    pub async fn chromium(profile: &Path, log: &Path) -> Browser {
        let port = free_port();
        let launch = Launch::new("chromedriver", ["chromedriver"], log)
            .arguments([format!("--port={port}")]);
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--lang=zh-CN".into(),
            "--window-size=1366,768".into(),
            format!("--user-data-dir={}", profile.display()),
        ];
        Browser::drive(
            launch,
            port,
            json!({ "goog:chromeOptions": { "args": arguments } }),
            None,
        )
        .await
    }

    async fn drive(
        launch: Launch,
        port: u16,
        capabilities: serde_json::Value,
        screen: Option<Screen>,
    ) -> Browser {
        let driver = launch.start().expect("the driver starts");
        let address = format!("http://127.0.0.1:{port}");
        let serde_json::Value::Object(capabilities) = capabilities else {
            unreachable!()
        };
        let capabilities: Capabilities = capabilities.into_iter().collect();
        let began = Instant::now();
        let client = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            match builder
                .capabilities(capabilities.clone())
                .connect(&address)
                .await
            {
                Ok(client) => break client,
                Err(error) if began.elapsed() > LIMIT * 2 => {
                    panic!("no WebDriver session: {error:?}\n{}", driver.said())
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        };
        let artefacts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../artefacts");
        std::fs::create_dir_all(&artefacts).expect("artefacts can be written");
        Browser {
            client,
            driver,
            screen,
            artefacts,
        }
    }

    /// Opens an address.
    pub async fn go(&self, address: &str) {
        self.client.goto(address).await.expect("the page opens");
    }

    /// Waits until the element is there and shown.
    pub async fn see(&self, name: &str) -> Element {
        let selector = format!("[data-test=\"{name}\"]");
        let began = Instant::now();
        loop {
            if let Ok(element) = self.client.find(Locator::Css(&selector)).await
                && element.is_displayed().await.unwrap_or(false)
            {
                return element;
            }
            if began.elapsed() > LIMIT {
                self.picture(&format!("missing-{name}")).await;
                panic!("{name} did not show; see artefacts/missing-{name}.png");
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Whether the element is there now.
    pub async fn sees(&self, name: &str) -> bool {
        let selector = format!("[data-test=\"{name}\"]");
        self.client.find(Locator::Css(&selector)).await.is_ok()
    }

    /// Waits until the element's words contain `part`; answers how long that took.
    pub async fn read(&self, name: &str, part: &str) -> Duration {
        let began = Instant::now();
        loop {
            // WebKit's driver finds no words in what could be cut off; the page itself does.
            let text = self.see(name).await.prop("innerText").await;
            let text = text.ok().flatten().unwrap_or_default();
            if text.contains(part) {
                return began.elapsed();
            }
            if began.elapsed() > LIMIT {
                self.picture(&format!("unread-{name}")).await;
                panic!("{name} says {text:?}, not {part:?}; see artefacts/unread-{name}.png");
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// The element's words.
    pub async fn text(&self, name: &str) -> String {
        self.see(name)
            .await
            .text()
            .await
            .expect("the element has words")
    }

    /// Clicks.
    pub async fn click(&self, name: &str) {
        self.see(name)
            .await
            .click()
            .await
            .unwrap_or_else(|error| panic!("click {name}: {error}"));
    }

    /// Drags an element with the mouse, by so many pixels.
    pub async fn drag(&self, name: &str, right: i32, down: i32) {
        let element = self.see(name).await;
        let slowly = Some(Duration::from_millis(200));
        let by = |right: i32, down: i32| PointerAction::MoveBy {
            duration: slowly,
            x: f64::from(right),
            y: f64::from(down),
        };
        let button = MOUSE_BUTTON_LEFT;
        let mouse = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveToElement {
                element,
                duration: slowly,
                x: 0.0,
                y: 0.0,
            })
            .then(PointerAction::Down { button })
            .then(by(right / 2, down / 2))
            .then(by(right - right / 2, down - down / 2))
            .then(PointerAction::Up { button });
        let done = self.client.perform_actions(mouse).await;
        done.unwrap_or_else(|error| panic!("drag {name}: {error}"));
    }

    /// Types into an element.
    pub async fn fill(&self, name: &str, text: &str) {
        let element = self.see(name).await;
        element
            .send_keys(text)
            .await
            .unwrap_or_else(|error| panic!("type {name}: {error}"));
    }

    /// Presses keys where the focus is, as a hand on the keyboard would.
    pub async fn press(&self, keys: &str) {
        let element = self
            .client
            .active_element()
            .await
            .expect("something has the focus");
        element.send_keys(keys).await.expect("keys arrive");
    }

    /// The `data-test` name of what has the focus.
    pub async fn focus(&self) -> String {
        let script = "const e = document.activeElement; \
                      return e?.closest('[data-test]')?.dataset.test ?? ''";
        let name = self
            .client
            .execute(script, Vec::new())
            .await
            .expect("the page answers");
        name.as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script; for what no hand can do, like handing in a dropped file.
    pub async fn script(
        &self,
        script: &str,
        arguments: Vec<serde_json::Value>,
    ) -> serde_json::Value {
        self.client
            .execute(script, arguments)
            .await
            .expect("the page answers")
    }

    /// Keeps a picture of the page among the artefacts.
    pub async fn picture(&self, name: &str) {
        let file = self.artefacts.join(format!("{name}.png"));
        if let Some(screen) = &self.screen {
            screen.picture(&file).expect("a picture of the screen");
            return;
        }
        match self.client.screenshot().await {
            Ok(png) => std::fs::write(file, png).expect("artefacts can be written"),
            Err(error) => println!("no picture {name}: {error}"),
        }
    }

    /// Ends the session; the window closes.
    pub async fn close(mut self) {
        self.client.close().await.expect("the session ends");
        self.driver.stop();
    }
}

fn free_port() -> u16 {
    let bound = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    bound.local_addr().expect("it has an address").port()
}
