//! The centre's side of the demo: database, centre, the line to it, and one station's way in.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use xtask::line::Line;
use xtask::postgres::Cluster;
use xtask::process::{self, Launch, Supervised};
use xtask::{Doing, Error, Result};

use super::{Place, signal};
use crate::checkout;

/// The community of the demo's station, where its first assistant works.
pub const COMMUNITY: &str = "320302001005";
/// That assistant's log-in name.
pub const ASSISTANT: &str = "station-a";
const CREDENTIALS: &str = "credentials.txt";
const DATABASE: &str = "yizhan_demo";
/// Wanted ports on the loopback; another free one is taken where one is in use.
const CONSOLE_PORT: u16 = 8480;
const STATIONS_PORT: u16 = 8443;
const ENROL_PORT: u16 = 8445;
/// The station remembers the line's port, so it stays the same over starts.
const LINE_PORT: u16 = 8444;
const READY_LIMIT: Duration = Duration::from_secs(60);

pub struct City {
    line: Line,
    console: SocketAddr,
    enrolment: SocketAddr,
    folder: PathBuf,
    center: Supervised,
    // Dropped last: the centre leaves before its database.
    _database: Cluster,
}

impl City {
    pub fn start(place: &Place) -> Result<City> {
        let database = Cluster::start(&place.join("postgres"))?;
        let folder = place.join("center");
        initialise(place, &folder, &database)?;
        let (console, stations) = (free(CONSOLE_PORT)?, free(STATIONS_PORT)?);
        let enrolment = free(ENROL_PORT)?;
        let port = |address: SocketAddr| address.port().to_string();
        let mut center = Launch::new("yizhan-center", [binary(place)], place.log("center"))
            .arguments(["serve", "--dir"])
            .arguments([&folder])
            .arguments(["--console-port", &port(console)])
            .arguments(["--station-port", &port(stations)])
            .arguments(["--enrol-port", &port(enrolment)])
            .arguments(["--station-url", &format!("https://127.0.0.1:{LINE_PORT}")])
            .start()?;
        center.wait_until(READY_LIMIT, |_| {
            let answers = |port| TcpStream::connect(port).is_ok();
            (signal::asked_to_end() || answers(console) && answers(stations)).then_some(())
        })?;
        let line = Line::start(LINE_PORT, stations)?;
        Ok(City {
            line,
            console,
            enrolment,
            folder,
            center,
            _database: database,
        })
    }

    /// The console's address for a browser.
    pub fn console(&self) -> String {
        format!("http://{}/console.html", self.console)
    }

    /// Where a station enrols.
    pub fn enrolment(&self) -> String {
        format!("https://{}", self.enrolment)
    }

    /// The city CA's certificate.
    pub fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The password of one of the demo's staff.
    pub fn password(&self, login: &str) -> Result<String> {
        let path = self.credentials();
        let text = fs::read_to_string(&path).doing(|| format!("read {}", path.display()))?;
        let mine = |line: &str| {
            line.strip_prefix(login)?
                .strip_prefix('=')
                .map(str::to_owned)
        };
        let missing = || Error::Failed(format!("{} has no {login}", path.display()));
        text.lines().find_map(mine).ok_or_else(missing)
    }

    /// Login names and passwords of the demo's staff, made at the first start.
    pub fn credentials(&self) -> PathBuf {
        self.folder.join(CREDENTIALS)
    }

    /// A fresh one-time code that lets one station in.
    pub fn code(&self, place: &Place) -> Result<String> {
        let mut center = Command::new(binary(place));
        center
            .arg("code")
            .arg("--dir")
            .arg(&self.folder)
            .args(["--community", COMMUNITY]);
        let said = process::output("yizhan-center code", &mut center)?;
        let code = said.lines().find_map(|line| line.strip_prefix("code="));
        let silent = || Error::Failed("yizhan-center code gave no code".to_owned());
        code.map(str::to_owned).ok_or_else(silent)
    }

    /// Lets the line through, or cuts it.
    pub fn set_line(&self, up: bool) {
        match (up, self.line.is_cut()) {
            (true, true) => {
                self.line.restore();
                println!("demo: the line is up again");
            }
            (false, false) => {
                self.line.cut();
                println!("demo: the line is cut");
            }
            _ => {}
        }
    }

    /// Fails when the centre has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        match self.center.ended() {
            None => Ok(()),
            Some(status) => {
                let said = self.center.said();
                Err(Error::Failed(format!(
                    "the centre ended ({status}):\n{said}"
                )))
            }
        }
    }
}

/// Keys, city CA, tables and the demo's staff, once. What a first start that was interrupted left
/// is taken away and made anew.
fn initialise(place: &Place, folder: &Path, database: &Cluster) -> Result<()> {
    let credentials = folder.join(CREDENTIALS);
    if credentials.exists() {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).doing(|| format!("delete {}", folder.display()))?;
    }
    database.psql(&format!("DROP DATABASE IF EXISTS {DATABASE}"))?;
    database.create_database(DATABASE)?;
    let url = database.url(DATABASE);
    let root = checkout::root();
    let mut center = Command::new(binary(place));
    center
        .args(["init", "--database", &url, "--demo", "--dir"])
        .arg(folder);
    center.arg("--catalog").arg(root.join("catalog"));
    center.arg("--ui").arg(root.join("ui/dist"));
    let said = process::output("yizhan-center init", &mut center)?;
    let open = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&credentials);
    let written = open.and_then(|mut file| file.write_all(said.as_bytes()));
    written.doing(|| format!("write {}", credentials.display()))
}

fn binary(place: &Place) -> PathBuf {
    place.binaries.join("yizhan-center")
}

/// The wanted loopback port, or any free one.
fn free(wanted: u16) -> Result<SocketAddr> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted))
        .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    bound
        .and_then(|l| l.local_addr())
        .doing(|| "find a free loopback port".to_owned())
}
