//! A screen without a monitor: Xvfb with a window manager, and pictures of it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::process::{self, Launch, Supervised};
use crate::{Doing, Result};

/// The counter's screen.
const SIZE: &str = "1366x768x24";
const READY_LIMIT: Duration = Duration::from_secs(20);

/// A running screen; dropping it ends it.
pub struct Screen {
    display: String,
    // Dropped in this order: the window manager before its screen.
    _manager: Supervised,
    _server: Supervised,
}

impl Screen {
    /// Starts one of the counter's size, on a display number found free; `log` takes what it says.
    pub fn start(log: &Path) -> Result<Screen> {
        let words = [
            "Xvfb",
            "-displayfd",
            "1",
            "-screen",
            "0",
            SIZE,
            "-nolisten",
            "tcp",
        ];
        let mut server = Launch::new("Xvfb", words, log).start()?;
        // It prints the number that it found free.
        let number = server.wait_until(READY_LIMIT, |server| {
            server
                .said()
                .lines()
                .find_map(|line| line.trim().parse::<u32>().ok())
        })?;
        let display = format!(":{number}");
        let manager = Launch::new("openbox", ["openbox"], log)
            .env("DISPLAY", &display)
            .start()?;
        Ok(Screen {
            display,
            _manager: manager,
            _server: server,
        })
    }

    /// The environment of a window on this screen: software drawing, no accessibility bus.
    pub fn envs(&self) -> [(&'static str, &str); 4] {
        [
            ("DISPLAY", &self.display),
            ("LIBGL_ALWAYS_SOFTWARE", "1"),
            ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
            ("NO_AT_BRIDGE", "1"),
        ]
    }

    /// Whether a window with this class is shown.
    pub fn shows(&self, class: &str) -> bool {
        let mut xdotool = Command::new("xdotool");
        xdotool
            .args(["search", "--onlyvisible", "--class", class])
            .env("DISPLAY", &self.display);
        process::output("xdotool", &mut xdotool).is_ok_and(|ids| !ids.trim().is_empty())
    }

    /// A picture of the whole screen as PNG.
    pub fn picture(&self, file: &Path) -> Result<()> {
        let mut import = Command::new("import");
        import
            .args(["-window", "root"])
            .arg(file)
            .env("DISPLAY", &self.display);
        process::output("import", &mut import).map(|_| ())
    }
}

/// A picture of a web page as PNG, by a browser without a screen.
pub fn page_picture(address: &str, file: &Path, profile: &Path) -> Result<()> {
    fs::create_dir_all(profile).doing(|| format!("make {}", profile.display()))?;
    let mut browser = Command::new("chromium");
    browser.args([
        "--headless",
        "--disable-gpu",
        "--hide-scrollbars",
        "--window-size=1440,900",
    ]);
    browser.args(["--no-first-run", "--virtual-time-budget=5000"]);
    browser.arg(format!("--user-data-dir={}", profile.display()));
    browser.arg(format!("--screenshot={}", file.display()));
    if process::is_root() {
        // Chromium's sandbox refuses root.
        browser.arg("--no-sandbox");
    }
    process::output("chromium", browser.arg(address)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(picture: &Path) -> String {
        let mut identify = Command::new("identify");
        process::output("identify", identify.args(["-format", "%wx%h"]).arg(picture)).unwrap()
    }

    #[test]
    fn a_screen_without_a_monitor_gives_pictures_of_the_counters_size() {
        let dir = tempfile::tempdir().unwrap();
        let screen = Screen::start(&dir.path().join("screen.log")).unwrap();
        assert!(!screen.shows("yizhan"));
        let picture = dir.path().join("screen.png");
        screen.picture(&picture).unwrap();
        assert_eq!(size(&picture), "1366x768");
    }

    #[test]
    fn a_page_becomes_a_picture_of_the_consoles_size() {
        let dir = tempfile::tempdir().unwrap();
        let page = dir.path().join("page.html");
        fs::write(&page, "<h1>驿站</h1>").unwrap();
        let picture = dir.path().join("page.png");
        let address = format!("file://{}", page.display());
        page_picture(&address, &picture, &dir.path().join("profile")).unwrap();
        assert_eq!(size(&picture), "1440x900");
    }
}
