//! A city for a measurement: a private PostgreSQL, durable as in production, and the centre in a
//! process of its own, so that its memory and time can be told from ours.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use center::{Center, Config, admin};
use tempfile::TempDir;
use xtask::postgres::{CITY_SETTINGS, Cluster};
use xtask::process::{self, Launch, Supervised};

use crate::Failed;

const DATABASE: &str = "bench_city";
const COUNTING: &[(&str, &str)] = &[("shared_preload_libraries", "pg_stat_statements")];
const READY_LIMIT: Duration = Duration::from_secs(60);
/// Connections of the centre to PostgreSQL.
const CONNECTIONS: usize = 16;

/// The city; dropping it stops both processes.
pub struct City {
    /// The centre's settings.
    pub config: Config,
    folder: TempDir,
    centre: Option<Supervised>,
    // Dropped last: the centre leaves before its database.
    cluster: Cluster,
}

impl City {
    /// An empty city on the disk that holds this build.
    pub fn new() -> Result<City, Failed> {
        City::with(&[])
    }

    /// The same with the database's own count of what each statement took ([`City::statements`]).
    pub fn counting() -> Result<City, Failed> {
        City::with(COUNTING)
    }

    fn with(more: &[(&str, &str)]) -> Result<City, Failed> {
        let program = std::env::current_exe()?;
        let beside = program.parent().unwrap_or(Path::new("."));
        let folder = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(beside)?;
        let settings = [CITY_SETTINGS, more].concat();
        let cluster = Cluster::start_with(&folder.path().join("postgres"), &settings)?;
        cluster.create_database(DATABASE)?;
        if !more.is_empty() {
            // It counts for the whole server, and is asked in the maintenance database.
            cluster.psql("create extension if not exists pg_stat_statements")?;
        }
        let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
        let dir = folder.path().join("centre");
        let mut config = Config::new(&dir, &cluster.url(DATABASE), &catalog);
        config.connections = CONNECTIONS;
        config.station_port = free_port()?;
        config.enrol_port = free_port()?;
        config.console_port = free_port()?;
        admin::init(&config)?;
        Ok(City {
            config,
            folder,
            centre: None,
            cluster,
        })
    }

    /// Starts the centre's process, and waits until it listens.
    pub fn start(&mut self) -> Result<(), Failed> {
        let program = std::env::current_exe()?;
        let log = self.folder.path().join("centre.log");
        let mut centre = Launch::new("the centre", [program], log)
            .arguments(["centre"])
            .arguments([&self.config.dir])
            .env("YIZHAN_LOG", "warn")
            .start()?;
        let address = SocketAddr::new(self.config.listen, self.config.station_port);
        centre.wait_until(READY_LIMIT, |_| TcpStream::connect(address).ok())?;
        self.centre = Some(centre);
        Ok(())
    }

    /// Ends the centre's process as a power cut would.
    pub fn kill(&mut self) -> Result<(), Failed> {
        let pid = self.centre_pid()?;
        let pid = rustix::process::Pid::from_raw(pid.try_into()?).ok_or("a process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::KILL)?;
        self.centre = None;
        Ok(())
    }

    /// What the centre's process has used: CPU seconds, and the most memory it ever held.
    pub fn centre_use(&self) -> Result<Use, Failed> {
        Use::of(self.centre_pid()?)
    }

    /// CPU seconds of PostgreSQL: the server, what it has ended and what runs.
    pub fn database_cpu_s(&self) -> Result<f64, Failed> {
        let file = self.cluster.folder().join("data/postmaster.pid");
        let text = fs::read_to_string(file)?;
        let server: u32 = text.lines().next().ok_or("a pid")?.trim().parse()?;
        let mut total = stat(server)?.cpu_s + stat(server)?.ended_cpu_s;
        for child in process::children(server) {
            total += stat(child).map_or(0.0, |stat| stat.cpu_s);
        }
        Ok(total)
    }

    /// Bytes of the database on disk.
    pub fn database_bytes(&self) -> Result<u64, Failed> {
        let said = self
            .cluster
            .psql(&format!("select pg_database_size('{DATABASE}')"))?;
        Ok(said.trim().parse()?)
    }

    /// Forgets what statements took so far.
    pub fn forget_statements(&self) -> Result<(), Failed> {
        self.cluster.psql("select pg_stat_statements_reset()")?;
        Ok(())
    }

    /// What each statement took since, the dearest first: milliseconds in all, calls, rows, MiB of log.
    pub fn statements(&self) -> Result<String, Failed> {
        Ok(self.cluster.psql(
            "select format('ms=%s calls=%s rows=%s wal_mib=%s %s', round(total_exec_time), calls, rows,
                 round(wal_bytes / 1048576), left(regexp_replace(query, '\\s+', ' ', 'g'), 90))
             from pg_stat_statements order by total_exec_time desc limit 24",
        )?)
    }

    /// The file with the city CA's certificate.
    pub fn ca(&self) -> PathBuf {
        self.config.dir.join("ca.pem")
    }

    /// Where stations enrol.
    pub fn enrol_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.config.enrol_port)
    }

    /// A connection to the database as its owner.
    pub async fn connect(&self) -> Result<tokio_postgres::Client, Failed> {
        let (client, connection) =
            tokio_postgres::connect(&self.config.database, tokio_postgres::NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                eprintln!("bench: {error}");
            }
        });
        Ok(client)
    }

    fn centre_pid(&self) -> Result<u32, Failed> {
        let wanted = self.config.dir.as_os_str().as_encoded_bytes();
        for entry in fs::read_dir("/proc")? {
            let entry = entry?;
            let Ok(pid) = entry.file_name().to_string_lossy().parse() else {
                continue;
            };
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
            let ours = words.first().is_some_and(|word| !word.ends_with(b"sh"));
            if ours && words.get(1) == Some(&&b"centre"[..]) && words.get(2) == Some(&wanted) {
                return Ok(pid);
            }
        }
        Err("the centre's process is not there".into())
    }
}

/// The centre's process: `bench centre DIR`. Ends when its starter does.
pub fn serve() -> Result<String, Failed> {
    let dir = std::env::args().nth(2).ok_or("a folder")?;
    let config = Config::read(Path::new(&dir))?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let _running = Center::start(config).await?;
        std::future::pending::<()>().await;
        Ok(String::new())
    })
}

/// What a process has used.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    /// User and system time.
    pub cpu_s: f64,
    /// The most memory it ever held (VmHWM).
    pub peak_bytes: u64,
}

impl Use {
    fn of(pid: u32) -> Result<Use, Failed> {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: u64 = peak
            .and_then(|text| text.split_whitespace().next())
            .ok_or("VmHWM")?
            .parse()?;
        Ok(Use {
            cpu_s: stat(pid)?.cpu_s,
            peak_bytes: kib << 10,
        })
    }

    /// CPU seconds of this process.
    pub fn own_cpu_s() -> Result<f64, Failed> {
        Ok(stat(std::process::id())?.cpu_s)
    }
}

struct Stat {
    cpu_s: f64,
    ended_cpu_s: f64,
}

fn stat(pid: u32) -> Result<Stat, Failed> {
    let fields = process::stat(pid).ok_or("a process that has ended")?;
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok());
    let per_s = rustix::param::clock_ticks_per_second() as f64;
    let sum = |a, b| Some((ticks(a)? + ticks(b)?) / per_s);
    Ok(Stat {
        cpu_s: sum(11, 12).ok_or("utime")?,
        ended_cpu_s: sum(13, 14).ok_or("cutime")?,
    })
}

fn free_port() -> Result<u16, Failed> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
