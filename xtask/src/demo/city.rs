//! The centre's side of the demo: database, centre, the line to it, and one station's way in.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use xtask::line::Line;
use xtask::postgres::Cluster;
use xtask::process::{self, Launch, Supervised};
use xtask::{Doing, Error, Result};

use super::{Place, signal};

/// The community of the demo's station: 万通社区 in 黄楼街道, 鼓楼区.
pub const COMMUNITY: &str = "320302001002";
const DATABASE: &str = "yizhan_demo";
/// Wanted ports on the loopback; another free one is taken where one is in use.
const CONSOLE_PORT: u16 = 8480;
const STATIONS_PORT: u16 = 8443;
/// The station remembers the line's port, so it stays the same over starts.
const LINE_PORT: u16 = 8444;
const READY_LIMIT: Duration = Duration::from_secs(60);

pub struct City {
    line: Line,
    console: SocketAddr,
    folder: PathBuf,
    center: Supervised,
    // Dropped last: the centre leaves before its database.
    database: Cluster,
}

impl City {
    pub fn start(place: &Place) -> Result<City> {
        let database = Cluster::start(&place.join("postgres"))?;
        database.create_database(DATABASE)?;
        let url = database.url(DATABASE);
        let folder = place.join("center");
        initialise(place, &folder, &url)?;
        let (console, stations) = (free(CONSOLE_PORT)?, free(STATIONS_PORT)?);
        let binary = place.binaries.join("yizhan-center");
        let mut center = Launch::new("yizhan-center", [&binary], place.log("center"))
            .arguments(["serve", "--dir"])
            .arguments([&folder])
            .arguments(["--database", &url])
            .arguments(["--console", &console.to_string()])
            .arguments(["--stations", &stations.to_string()])
            .start()?;
        center.wait_until(READY_LIMIT, |_| {
            let answers = |port| TcpStream::connect(port).is_ok();
            (signal::asked_to_end() || answers(console) && answers(stations)).then_some(())
        })?;
        let line = Line::start(LINE_PORT, stations)?;
        Ok(City {
            line,
            console,
            folder,
            center,
            database,
        })
    }

    /// The console's address for a browser.
    pub fn console(&self) -> String {
        format!("http://{}/", self.console)
    }

    /// Where the station connects: the near end of the line.
    pub fn stations(&self) -> SocketAddr {
        self.line.address()
    }

    /// Login names and passwords of the demo's staff, made at the first start.
    pub fn credentials(&self) -> PathBuf {
        self.folder.join("credentials.txt")
    }

    /// A fresh one-time code that lets one station in.
    pub fn code(&self, place: &Place) -> Result<String> {
        let mut center = Command::new(place.binaries.join("yizhan-center"));
        center.arg("code").arg("--dir").arg(&self.folder);
        center.args([
            "--database",
            &self.database.url(DATABASE),
            "--community",
            COMMUNITY,
        ]);
        let said = process::output("yizhan-center code", &mut center)?;
        let code = said.lines().map(str::trim).rfind(|line| !line.is_empty());
        let silent = || Error::Failed("yizhan-center code printed nothing".to_owned());
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

/// Keys, city CA, tables and the demo's staff, once. A first start that was interrupted left no
/// mark and is made anew by the centre's own command.
fn initialise(place: &Place, folder: &Path, url: &str) -> Result<()> {
    let mark = place.join("initialised");
    if mark.exists() {
        return Ok(());
    }
    let mut center = Command::new(place.binaries.join("yizhan-center"));
    center
        .arg("init")
        .arg("--dir")
        .arg(folder)
        .args(["--database", url, "--demo"]);
    process::output("yizhan-center init", &mut center)?;
    fs::write(&mark, "").doing(|| format!("write {}", mark.display()))
}

/// The wanted loopback port, or any free one.
fn free(wanted: u16) -> Result<SocketAddr> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted))
        .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    bound
        .and_then(|l| l.local_addr())
        .doing(|| "find a free loopback port".to_owned())
}
