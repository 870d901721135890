//! A private PostgreSQL cluster from the distribution's binaries: its own folder, a Unix socket in
//! it, no TCP port. Never the system's cluster.
//!
//! `initdb` and `postgres` refuse to run as root; as root they run as user `postgres` (or `nobody`
//! where there is none). A folder that this user cannot reach (a checkout under a home folder) is
//! replaced by one under `/var/tmp`, found again by a hash of the wanted path.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::{self, Launch, Supervised};
use crate::{Doing, Error, Result};
use place::{Account, privileges, reachable, substitute, unprivileged};

mod place;

/// The superuser of a private cluster. Row-level security does not bind it: the centre's processes
/// must work as a role of their own.
pub const OWNER: &str = "yizhan";
/// What a city's server is given beyond PostgreSQL's defaults, which are for a small machine: memory for the
/// upper parts of the indexes, and room in the log so that a morning's herd does not write whole pages over
/// and over after each checkpoint. Nothing here takes from what a commit promises.
pub const CITY_SETTINGS: &[(&str, &str)] = &[
    ("shared_buffers", "2GB"),
    ("max_wal_size", "16GB"),
    ("checkpoint_timeout", "15min"),
    ("wal_compression", "lz4"),
    ("wal_buffers", "64MB"),
];
/// How long the server may take to answer, recovery after a crash included.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// How long a server whose owner is gone may take to leave.
const LEAVE_LIMIT: Duration = Duration::from_secs(5);

/// A running cluster; dropping it stops the server (the data stay).
pub struct Cluster {
    binaries: PathBuf,
    folder: PathBuf,
    user: Option<Account>,
    settings: Vec<(String, String)>,
    server: Option<Supervised>,
}

impl Cluster {
    /// Starts the cluster of folder `dir`, made on first use. Durable, as in production.
    pub fn start(dir: &Path) -> Result<Cluster> {
        Cluster::start_with(dir, &[])
    }

    /// The same with server settings on top, such as `("fsync", "off")` for throw-away data.
    pub fn start_with(dir: &Path, settings: &[(&str, &str)]) -> Result<Cluster> {
        let binaries = binaries()?;
        let user = unprivileged()?;
        let folder = reachable(dir, user.as_ref())?;
        let settings = settings
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        let mut cluster = Cluster {
            binaries,
            folder,
            user,
            settings,
            server: None,
        };
        cluster.create()?;
        cluster.resume()?;
        Ok(cluster)
    }

    /// Deletes the cluster of `dir`, wherever it was put. It must not be running.
    pub fn remove(dir: &Path) -> Result<()> {
        for folder in [dir.to_owned(), substitute(dir)] {
            if folder.join("data/PG_VERSION").exists() {
                fs::remove_dir_all(&folder).doing(|| format!("delete {}", folder.display()))?;
            }
        }
        Ok(())
    }

    /// The address of a database for its owner, as `tokio-postgres` and `psql` read it.
    pub fn url(&self, database: &str) -> String {
        self.url_as(OWNER, database)
    }

    /// The address of a database for a role.
    pub fn url_as(&self, role: &str, database: &str) -> String {
        format!(
            "postgresql:///{database}?user={role}&host={}",
            self.folder.display()
        )
    }

    /// The folder with the data, the log and the socket.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes an empty database unless it exists; the name is ours, letters and underscores.
    pub fn create_database(&self, name: &str) -> Result<()> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(Error::Failed(format!("{name:?} is no name for a database")));
        }
        let found = self.psql(&format!(
            "select 1 from pg_database where datname = '{name}'"
        ))?;
        if found.trim().is_empty() {
            self.psql(&format!("create database {name}"))?;
        }
        Ok(())
    }

    /// Runs one statement in the maintenance database and returns the rows as text.
    pub fn psql(&self, statement: &str) -> Result<String> {
        let mut command = Command::new(self.binaries.join("psql"));
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        command.args([
            "--set",
            "ON_ERROR_STOP=1",
            "--command",
            statement,
            &self.url("postgres"),
        ]);
        process::output("psql", &mut command)
    }

    /// Stops the server: open transactions are rolled back, connections closed.
    pub fn pause(&mut self) {
        self.server = None;
    }

    /// Ends the server as the kernel ends a process: nothing is rolled back, nothing written.
    pub fn kill(&mut self) -> Result<()> {
        let pid = running(&self.data()).ok_or(Error::Failed("no server runs".to_owned()))?;
        let mut all = process::children(pid);
        all.push(pid);
        process::output("kill", Command::new("kill").args(["-9", &pid.to_string()]))?;
        self.server = None;
        // Its last processes hold the shared memory that the next server asks for.
        let start = Instant::now();
        while all.iter().any(|pid| process::is_alive(*pid)) && start.elapsed() < LEAVE_LIMIT {
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Starts the server again after [`Cluster::pause`] or [`Cluster::kill`]; ready when it returns.
    pub fn resume(&mut self) -> Result<()> {
        self.wait_for_the_last_server()?;
        let mut line = self.as_user("postgres");
        line.extend(["-D".to_owned(), self.data().display().to_string()]);
        let own = [
            ("listen_addresses", String::new()),
            ("unix_socket_directories", self.folder.display().to_string()),
            ("logging_collector", "off".to_owned()),
        ];
        let given = self.settings.iter().map(|(k, v)| (k.as_str(), v.clone()));
        for (key, value) in own.into_iter().chain(given) {
            line.extend(["-c".to_owned(), format!("{key}={value}")]);
        }
        let mut launch = Launch::new("postgres", line, self.folder.join("server.log"));
        // A fast shutdown, instead of waiting for every client to leave.
        launch.stop = "INT";
        let mut server = launch.start()?;
        let ready = self.binaries.join("pg_isready");
        let host = self.folder.display().to_string();
        server.wait_until(READY_LIMIT, |_| {
            let mut ask = Command::new(&ready);
            ask.args([
                "--quiet",
                "--host",
                &host,
                "--dbname",
                "postgres",
                "--username",
                OWNER,
            ]);
            process::output("pg_isready", &mut ask).ok()
        })?;
        self.server = Some(server);
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The server of an owner that was killed a moment ago is still leaving; one that stays is in
    /// use.
    fn wait_for_the_last_server(&self) -> Result<()> {
        let start = Instant::now();
        while let Some(pid) = running(&self.data()) {
            if start.elapsed() > LEAVE_LIMIT {
                let folder = self.folder.display();
                let text = format!("{folder} is in use by the PostgreSQL server with pid {pid}");
                return Err(Error::Failed(text));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// `initdb` into a side folder first: a half-made cluster never looks like a whole one.
    fn create(&self) -> Result<()> {
        let data = self.data();
        if data.join("PG_VERSION").exists() {
            return Ok(());
        }
        let making = self.folder.join("data.making");
        if making.exists() {
            fs::remove_dir_all(&making).doing(|| format!("delete {}", making.display()))?;
        }
        let mut line = self.as_user("initdb");
        line.extend(["--pgdata".to_owned(), making.display().to_string()]);
        line.extend(["--username", OWNER, "--auth=trust", "--encoding=UTF8"].map(String::from));
        line.extend(["--locale=C.UTF-8", "--data-checksums"].map(String::from));
        process::output(
            "initdb",
            Command::new(&line[0]).args(&line[1..]).current_dir("/"),
        )?;
        fs::rename(&making, &data).doing(|| format!("rename {}", making.display()))
    }

    /// The start of a command line that runs a PostgreSQL program as the right user.
    fn as_user(&self, program: &str) -> Vec<String> {
        let mut line = privileges(self.user.as_ref());
        line.push(self.binaries.join(program).display().to_string());
        line
    }
}

/// The newest `/usr/lib/postgresql/<version>/bin` that has a server.
fn binaries() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    versions
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path(),
            ))
        })
        .filter(|(_, path)| path.join("bin/postgres").exists())
        .max()
        .map(|(_, path)| path.join("bin"))
        .ok_or_else(|| {
            Error::Missing("PostgreSQL is not installed: run `cargo xtask setup`".to_owned())
        })
}

/// The pid of a server that works on this data folder. A number left by a crash may belong to
/// another program by now.
fn running(data: &Path) -> Option<u32> {
    let lines = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid = lines.lines().next()?.trim().parse().ok()?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    (name.trim() == "postgres").then_some(pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throw_away(dir: &Path) -> Cluster {
        Cluster::start_with(dir, &[("fsync", "off")]).unwrap()
    }

    #[test]
    fn a_cluster_keeps_its_data_over_a_stop_and_opens_no_port() {
        let dir = tempfile::tempdir().unwrap();
        let mut cluster = throw_away(dir.path());
        cluster.create_database("city").unwrap();
        cluster.create_database("city").unwrap();
        assert_eq!(cluster.psql("show listen_addresses").unwrap().trim(), "");
        cluster.pause();
        assert!(cluster.psql("select 1").is_err());
        cluster.resume().unwrap();
        let names = cluster.psql("select datname from pg_database").unwrap();
        assert!(names.lines().any(|name| name == "city"), "{names}");
        drop(cluster);

        let again = throw_away(dir.path());
        assert!(
            again
                .psql("select datname from pg_database")
                .unwrap()
                .contains("city")
        );
        drop(again);
        Cluster::remove(dir.path()).unwrap();
        assert!(!dir.path().join("data").exists());
    }

    #[test]
    fn a_folder_too_deep_for_a_socket_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a-folder-name-of-some-length/".repeat(4));
        let cluster = throw_away(&deep);
        assert_eq!(cluster.folder(), substitute(&deep));
        assert_eq!(cluster.psql("select 1").unwrap().trim(), "1");
        drop(cluster);
        Cluster::remove(&deep).unwrap();
        assert!(!substitute(&deep).exists());
    }

    #[test]
    fn two_servers_on_one_folder_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let first = throw_away(dir.path());
        let error = Cluster::start(dir.path())
            .err()
            .expect("the folder is in use");
        assert!(error.to_string().contains("in use"), "{error}");
        assert_eq!(first.psql("select 1").unwrap().trim(), "1");
    }
}
