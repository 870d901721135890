//! A city for one test: a database of its own in this run's private PostgreSQL, a centre on free
//! loopback ports, one line to it that can be cut, desks and reviewers.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use center::store::staff::Role;
use center::{Center, Config, Running, admin};
use domain::Division;
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use xtask::line::Line;
use xtask::postgres::Cluster;
use xtask::process::{Launch, Supervised};

use crate::console::Reviewer;
use crate::desk::{Desk, PASSWORD};
use crate::places::{folder_of_this_run, free_port};
use crate::speaker::Speaker;

/// The community of most tests.
pub const COMMUNITY: &str = "320302001002";
/// Another community of the same street.
pub const NEIGHBOUR: &str = "320302001003";
/// A community of another county.
pub const FAR: &str = "320303001001";

/// Log-in name, shown name, area, role.
const STAFF: &[(&str, &str, &str, Role)] = &[
    ("zhang", "张协理", COMMUNITY, Role::Station),
    ("li", "李协理", NEIGHBOUR, Role::Station),
    ("zhao", "赵协理", FAR, Role::Station),
    ("street", "王初审", "320302001", Role::Reviewer),
    ("county", "钱认定", "320302", Role::Reviewer),
    ("far_street", "孙初审", "320303001", Role::Reviewer),
    ("city", "周市级", "3203", Role::Reviewer),
];

/// Set for a centre's own process: its folder, and the stations' port.
pub const CENTRE: &str = "YIZHAN_TEST_CENTRE";
/// See [`CENTRE`].
pub const PORT: &str = "YIZHAN_TEST_PORT";

/// Who holds a share of the city's escrow key.
pub const OFFICERS: [&str; 3] = ["officer-1", "officer-2", "officer-3"];

/// An officer's passphrase.
pub fn passphrase(officer: &str) -> String {
    format!("passphrase of {officer}")
}

static CLUSTER: OnceLock<Mutex<Cluster>> = OnceLock::new();
static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// The city. Fields are dropped in order: desks first (they are the test's), then the line.
pub struct City {
    /// Between stations and the centre.
    pub line: Line,
    /// The centre, while it runs.
    running: Mutex<Option<Running>>,
    runtime: Arc<Runtime>,
    config: Config,
    folder: TempDir,
}

impl City {
    /// Opens a centre with staff on an empty database.
    pub fn open() -> City {
        City::open_with_pages(None)
    }

    /// The same, serving the built pages of the console.
    pub fn open_with_pages(ui: Option<PathBuf>) -> City {
        let database = format!("city_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
        let url = with_cluster(|cluster| {
            cluster.create_database(&database).expect("a database");
            cluster.url(&database)
        });
        City::open_on(url, ui)
    }

    /// The same on an empty database of the test's own.
    pub fn open_on(url: String, ui: Option<PathBuf>) -> City {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = Runtime::new().expect("a runtime");
        let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
        let mut config = Config::new(&folder.path().join("centre"), &url, &catalog);
        config.ui = ui;
        config.connections = 4;
        config.station_port = free_port();
        config.enrol_port = free_port();
        config.console_port = free_port();
        let near = Line::start(0, ([127, 0, 0, 1], config.station_port).into()).expect("a line");
        config.station_url = Some(format!("https://{}", near.address()));
        admin::init(&config).expect("the centre's folder");
        let running = runtime
            .block_on(Center::start(config.clone()))
            .expect("the centre starts");
        for (login, name, area, role) in STAFF {
            let area = Division((*area).to_owned());
            let added = admin::add_staff(running.center(), login, name, &area, *role, PASSWORD);
            runtime.block_on(added).expect("staff is added");
        }
        let running = Mutex::new(Some(running));
        City {
            line: near,
            running,
            runtime: Arc::new(runtime),
            config,
            folder,
        }
    }

    /// A desk in a community, enrolled with a one-time code and logged in.
    pub fn desk(&self, community: &str) -> Desk {
        let login = login_of(community);
        let number = DATABASES.fetch_add(1, Ordering::SeqCst);
        let folder = self.folder.path().join(format!("desk-{number}"));
        std::fs::create_dir(&folder).expect("a folder");
        let desk = Desk::unpack(&folder, login);
        let address = self.enrol_url();
        desk.station
            .enrol(
                &address,
                &self.code(community),
                Some(self.ca_file()),
                login,
                PASSWORD,
            )
            .unwrap_or_else(|failure| panic!("the station enrols: {failure:?}"));
        desk
    }

    /// One more assistant of a community.
    pub fn add_staff(&self, login: &str, name: &str, community: &str) {
        let area = Division(community.to_owned());
        let running = self.running.lock().expect("no test panicked");
        let center = running.as_ref().expect("the centre runs").center();
        let added = admin::add_staff(center, login, name, &area, Role::Station, PASSWORD);
        self.runtime.block_on(added).expect("staff is added");
    }

    /// The administrator gives somebody another password.
    pub fn set_password(&self, login: &str, password: &str) {
        let running = self.running.lock().expect("no test panicked");
        let center = running.as_ref().expect("the centre runs").center();
        let set = admin::set_password(center, login, password);
        assert!(
            self.runtime.block_on(set).expect("it is set"),
            "{login} is known"
        );
    }

    /// An installation that a test speaks for, message by message.
    pub fn speaker(&self, community: &str) -> Speaker {
        let (login, code) = (login_of(community), self.code(community));
        Speaker::enrol(&self.enrol_url(), &self.ca_file(), &code, login)
    }

    /// A reviewer's session at the console.
    pub fn reviewer(&self, login: &str) -> Reviewer {
        Reviewer::log_in(&self.console_url(), login, PASSWORD, &self.runtime)
    }

    /// Where stations enrol.
    pub fn enrol_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.config.enrol_port)
    }

    /// Where the console is.
    pub fn console_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.config.console_port)
    }

    /// The city CA's certificate.
    pub fn ca_file(&self) -> String {
        self.config.dir.join("ca.pem").display().to_string()
    }

    /// A one-time code.
    pub fn code(&self, community: &str) -> String {
        let community = Division(community.to_owned());
        self.with_centre(|centre, runtime| {
            runtime
                .block_on(admin::code(centre, &community))
                .expect("a code")
        })
    }

    /// Withdraws an installation's right to speak.
    pub fn revoke(&self, installation: domain::Id) {
        let found = self.with_centre(|centre, runtime| {
            runtime
                .block_on(admin::revoke(centre, installation))
                .expect("the centre answers")
        });
        assert!(found, "there is such an installation");
    }

    /// Ends a staff member's right to work.
    pub fn remove_staff(&self, login: &str) {
        let found = self.with_centre(|centre, runtime| {
            let removed = runtime.block_on(admin::remove_staff(centre, login));
            removed.expect("the centre answers")
        });
        assert!(found, "there is such a login");
    }

    /// The centre's audit as its operators export it.
    pub fn export_audit(&self) -> String {
        self.with_centre(|centre, runtime| {
            let written = runtime.block_on(center::trail::export(centre));
            written.expect("the audit is written")
        })
    }

    /// How long certificates hold that the centre gives from its next start on.
    pub fn set_certificate_days(&mut self, days: i64) {
        self.config.certificate_days = days;
    }

    /// Other settings, from the centre's next start on, in a process of its own too.
    pub fn set(&mut self, change: impl FnOnce(&mut Config)) {
        change(&mut self.config);
        self.config.write().expect("the settings are written");
    }

    /// Where the centre and the desks of this test keep their data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether log-ins at the stations need a card too, from the centre's next start on.
    pub fn ask_second_factor(&mut self, asked: bool) {
        self.config.lease.second_factor = asked;
    }

    /// Adds three key officers.
    pub fn add_officers(&self) {
        for login in OFFICERS {
            let area = Division("3203".to_owned());
            self.with_centre(|centre, runtime| {
                let added = admin::add_staff(centre, login, login, &area, Role::Escrow, PASSWORD);
                runtime.block_on(added).expect("an officer is added");
            });
        }
    }

    /// Adds three key officers, lets them make an escrow key, and signs them in.
    pub fn with_officers(&self) -> Vec<Reviewer> {
        self.add_officers();
        let officers: Vec<_> = OFFICERS.iter().map(|login| self.reviewer(login)).collect();
        let hand = |login: &&str| json!({ "login": login, "password": PASSWORD, "passphrase": passphrase(login) });
        let hands: Vec<_> = OFFICERS.iter().map(hand).collect();
        let word = json!({ "suite": 1, "officers": hands });
        let (status, body) = officers[0].ask(Method::POST, "/api/escrow/keys", Some(word));
        assert!(status.is_success(), "{}", String::from_utf8_lossy(&body));
        officers
    }

    /// The escrow key in force.
    pub fn escrow_key(&self) -> domain::recovery::EscrowKey {
        // On a thread of its own: who asks may be inside a runtime.
        let asked = std::thread::scope(|scope| {
            let ask = scope.spawn(|| {
                self.with_centre(|centre, runtime| {
                    runtime.block_on(center::escrow::in_force(centre))
                })
            });
            ask.join().expect("the thread ends")
        });
        let key = asked.expect("the centre answers");
        key.expect("a key was made")
    }

    /// The key that the centre signs with, as an operator would publish it.
    pub fn public_key(&self) -> String {
        self.with_centre(|centre, _| centre.public_key())
    }

    /// Stops the centre.
    pub fn stop_centre(&self) {
        let running = self.lock().take().expect("it runs");
        self.runtime.block_on(running.stop());
    }

    /// A process of its own that serves this centre's stations at another port, until it is dropped: then it
    /// is killed. The line leads there too once it is told so.
    pub fn centre_process(&self, port: u16) -> Supervised {
        let program = std::env::current_exe().expect("this binary");
        let log = self.folder.path().join(format!("centre-{port}.log"));
        let mut launch = Launch::new("a centre", [program], log)
            .arguments(["killed_in_a_storm::serves_until_killed", "--exact"])
            .env(CENTRE, &self.config.dir)
            .env(PORT, port.to_string());
        launch.stop = "KILL";
        launch.start().expect("the centre's process starts")
    }

    /// The port that stations know.
    pub fn station_port(&self) -> u16 {
        self.config.station_port
    }

    /// Starts it again on the same ports.
    pub fn start_centre(&self) {
        let started = self.runtime.block_on(Center::start(self.config.clone()));
        *self.lock() = Some(started.expect("the centre starts again"));
    }

    /// People, cases, and commands of stations in the centre's tables.
    pub fn counts(&self) -> (i64, i64, i64) {
        let count = |what: &str| {
            let said = self.query(&format!("SELECT count(*) FROM {what}"));
            said.trim().parse().expect("a count")
        };
        let stations = "log JOIN installation i ON i.id = log.installation \
                        WHERE i.community IS NOT NULL";
        (count("person"), count("cases"), count(stations))
    }

    /// What the centre's tables answer, a row a line.
    pub fn query(&self, query: &str) -> String {
        let out = std::process::Command::new("psql")
            .args([&self.config.database, "-At", "-c", query])
            .output()
            .expect("psql runs");
        let error = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{query}: {error}");
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// Runs statements in the centre's database, as its owner.
    pub fn run_sql(&self, statements: &str) {
        let out = std::process::Command::new("psql")
            .args([
                &self.config.database,
                "-qv",
                "ON_ERROR_STOP=1",
                "-c",
                statements,
            ])
            .output()
            .expect("psql runs");
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{said}");
    }

    /// Does something at the centre itself.
    pub fn with_centre<T>(&self, act: impl FnOnce(&Center, &Runtime) -> T) -> T {
        let running = self.lock();
        act(running.as_ref().expect("it runs").center(), &self.runtime)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn login_of(community: &str) -> &'static str {
    match community {
        NEIGHBOUR => "li",
        FAR => "zhao",
        _ => "zhang",
    }
}

/// The run's one PostgreSQL.
pub fn with_cluster<T>(act: impl FnOnce(&mut Cluster) -> T) -> T {
    let cluster = CLUSTER.get_or_init(|| {
        let settings = [("fsync", "off"), ("max_connections", "200")];
        let cluster = Cluster::start_with(&folder_of_this_run().join("postgres"), &settings);
        Mutex::new(cluster.expect("PostgreSQL starts"))
    });
    act(&mut cluster.lock().unwrap_or_else(PoisonError::into_inner))
}
