//! `demo`: a whole city on this machine, real parts only: a private PostgreSQL cluster, the centre,
//! a line that can be cut, and the station's window with its own pcscd and virtual reader.
//!
//! Everything lives in the ignored folder `.demo/`. A second start keeps the data.

use std::fs::{self, DirBuilder};
use std::io::BufRead;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use xtask::postgres::Cluster;
use xtask::{Doing, Error, Result};

use crate::{checkout, setup};
use city::City;
use window::Window;

mod city;
mod signal;
mod window;

/// How often the demo looks for a signal, a typed word, a closed window.
const TICK: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Options {
    headless: bool,
    once: bool,
    fresh: bool,
    release: bool,
}

/// Where the demo keeps and finds things.
pub struct Place {
    /// `.demo/`, absolute.
    pub folder: PathBuf,
    /// Where cargo put the binaries.
    pub binaries: PathBuf,
}

impl Place {
    /// A file or folder of the demo.
    pub fn join(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A log file of the demo.
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{name}.log"))
    }
}

pub fn run(words: &[&str]) -> Result<()> {
    let options = read(words)?;
    signal::watch();
    setup::run()?;
    checkout::build_pages_if_stale()?;
    checkout::build_crates(options.release)?;
    let place = prepare(&options)?;
    let start = Instant::now();
    let mut city = City::start(&place)?;
    let mut window = Window::open(&place, &city, options.headless)?;
    introduce(&city, &options, start.elapsed());
    if options.headless {
        window.leave_pictures(&city)?;
    }
    if !options.once {
        stay(&mut city, &mut window, &place)?;
    }
    println!(
        "demo: closing (the data stay in {})",
        place.folder.display()
    );
    Ok(())
}

fn read(words: &[&str]) -> Result<Options> {
    let mut options = Options::default();
    for word in words {
        match *word {
            "--headless" => options.headless = true,
            "--once" => options.once = true,
            "--fresh" => options.fresh = true,
            "--release" => options.release = true,
            other => return Err(Error::Failed(format!("demo has no option `{other}`"))),
        }
    }
    match options.once && !options.headless {
        true => Err(Error::Failed("--once goes with --headless".to_owned())),
        false => Ok(options),
    }
}

/// The demo's folder, private to us; emptied first when asked.
fn prepare(options: &Options) -> Result<Place> {
    let folder = checkout::root().join(".demo");
    if options.fresh {
        Cluster::remove(&folder.join("postgres"))?;
        if folder.exists() {
            fs::remove_dir_all(&folder).doing(|| format!("delete {}", folder.display()))?;
        }
    }
    let private = |path: &Path| {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.doing(|| format!("make {}", path.display()))
    };
    private(&folder.join("logs"))?;
    let profile = if options.release { "release" } else { "debug" };
    Ok(Place {
        folder,
        binaries: checkout::target()?.join(profile),
    })
}

fn introduce(city: &City, options: &Options, took: Duration) {
    println!();
    println!("demo: running after {:.1} s", took.as_secs_f64());
    println!("  console   {}", city.console());
    println!(
        "  who may log in (made for this folder, kept in {}):",
        city.credentials().display()
    );
    for line in fs::read_to_string(city.credentials())
        .unwrap_or_default()
        .lines()
    {
        println!("    {line}");
    }
    println!("  type `cut` or `restore` and Enter for the line between station and centre");
    if options.headless {
        println!("  no window on this screen; pictures go to artefacts/");
    }
    println!("  Ctrl-C, or closing the window, ends everything");
    println!();
}

/// Until a signal, a closed window, or a process that failed.
fn stay(city: &mut City, window: &mut Window, place: &Place) -> Result<()> {
    let typed = typed_lines();
    // The window's tray has the same switch: it makes and removes this file.
    let switch = place.join("line.cut");
    while !signal::asked_to_end() && window.is_open() {
        match typed.try_recv().as_deref() {
            Ok("cut") => fs::write(&switch, "").doing(|| "cut the line".to_owned())?,
            Ok("restore") if switch.exists() => {
                fs::remove_file(&switch).doing(|| "restore the line".to_owned())?;
            }
            Ok(_) | Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
        }
        city.set_line(!switch.exists());
        city.check()?;
        thread::sleep(TICK);
    }
    Ok(())
}

/// Lines typed on the terminal. The thread ends with the process.
fn typed_lines() -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        for line in std::io::stdin()
            .lock()
            .lines()
            .map_while(std::result::Result::ok)
        {
            if send.send(line.trim().to_owned()).is_err() {
                return;
            }
        }
    });
    receive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ending_after_the_pictures_needs_a_demo_that_makes_them() {
        assert!(read(&["--once"]).is_err());
        assert!(read(&["--once", "--headless"]).is_ok_and(|o| o.once && o.headless));
        assert!(read(&["--quick"]).is_err());
    }
}
