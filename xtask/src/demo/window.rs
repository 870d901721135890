//! The station's side of the demo: the window, on this screen or on one without a monitor.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use xtask::process::{Launch, Supervised};
use xtask::screen::{Screen, page_picture};
use xtask::{Doing, Error, Result};

use super::city::{ASSISTANT, City};
use super::{Place, signal};
use crate::checkout;

const READY_LIMIT: Duration = Duration::from_secs(60);
/// From the window's frame to its page, drawn in software.
const DRAW_TIME: Duration = Duration::from_secs(4);
/// The window's class, by which it is found on the screen.
const CLASS: &str = "yizhan";

pub struct Window {
    process: Supervised,
    screen: Option<Screen>,
    artefacts: std::path::PathBuf,
    browser_profile: std::path::PathBuf,
}

impl Window {
    pub fn open(place: &Place, city: &City, headless: bool) -> Result<Window> {
        let screen = headless
            .then(|| Screen::start(&place.log("screen")))
            .transpose()?;
        let station = place.join("station");
        let tray = place.join("tray");
        fs::create_dir_all(&tray).doing(|| format!("make {}", tray.display()))?;
        let binary = place.binaries.join("yizhan");
        let mut launch = match headless {
            // A session bus of its own, gone with the window.
            true => Launch::new("yizhan", ["dbus-run-session", "--"], place.log("window"))
                .arguments([&binary]),
            false => Launch::new("yizhan", [&binary], place.log("window")),
        };
        launch = launch
            .arguments(["--data".into(), station.clone().into_os_string()])
            .arguments([
                "--catalog".into(),
                checkout::root().join("catalog").into_os_string(),
            ])
            .arguments(["--demo-tray".into(), tray.into_os_string()])
            .arguments([
                "--demo-driver".into(),
                place.binaries.join("libifd.so").into_os_string(),
            ])
            .env("YIZHAN_DEMO_LINE", place.join("line.cut"));
        if !station.join("keys.json").exists() {
            let file = place.join("enrol.json");
            ask_in(&file, city, place)?;
            launch = launch.arguments(["--enrol".into(), file.into_os_string()]);
        }
        for (key, value) in screen.iter().flat_map(Screen::envs) {
            launch = launch.env(key, value);
        }
        Ok(Window {
            process: launch.start()?,
            screen,
            artefacts: checkout::root().join("artefacts"),
            browser_profile: place.join("browser"),
        })
    }

    /// Whether the window is still there; it may be closed like any other.
    pub fn is_open(&mut self) -> bool {
        self.process.ended().is_none()
    }

    /// Pictures of the window and of the console, in `artefacts/`.
    pub fn leave_pictures(&mut self, city: &City) -> Result<()> {
        let Some(screen) = &self.screen else {
            return Err(Error::Failed("pictures need --headless".to_owned()));
        };
        let folder = &self.artefacts;
        fs::create_dir_all(folder).doing(|| format!("make {}", folder.display()))?;
        self.process.wait_until(READY_LIMIT, |_| {
            (signal::asked_to_end() || screen.shows(CLASS)).then_some(())
        })?;
        thread::sleep(DRAW_TIME);
        let (counter, console) = (
            folder.join("demo-counter.png"),
            folder.join("demo-console.png"),
        );
        screen.picture(&counter)?;
        page_picture(&city.console(), &console, &self.browser_profile)?;
        println!(
            "demo: pictures: {} {}",
            counter.display(),
            console.display()
        );
        Ok(())
    }
}

/// What the first-run page would ask for, in a file only we can read; the window takes it away.
fn ask_in(file: &Path, city: &City, place: &Place) -> Result<()> {
    let asked = serde_json::json!({
        "centre_url": city.enrolment(),
        "code": city.code(place)?,
        "ca_path": city.ca(),
        "login": ASSISTANT,
        "password": city.password(ASSISTANT)?,
    });
    let _ = fs::remove_file(file);
    let open = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file);
    let written = open.and_then(|mut file| file.write_all(asked.to_string().as_bytes()));
    written.doing(|| format!("write {}", file.display()))
}
