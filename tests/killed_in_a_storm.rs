//! kill -9 of stations, of either process of the centre and of PostgreSQL, under load, over a line that is cut
//! anywhere: what was acknowledged is at both ends afterwards, once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use center::{Center, Config};
use domain::evolve::evolve;
use domain::{Fact, Id, Stage, State};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use station::view::CaseStanding;
use tests::city::{CENTRE, COMMUNITY, City, FAR, NEIGHBOUR, PORT};
use tests::desk::{Desk, REGISTRATION};
use tests::places::free_port;
use xtask::postgres::Cluster;
use xtask::process::{Launch, Supervised};

const SEED: u64 = 20_261_129;
/// How long it storms, where `YIZHAN_STORM_S` does not say.
const STORM: Duration = Duration::from_secs(12);
/// Until everything is at rest, on a machine that does other things too.
const CALM_LIMIT: Duration = Duration::from_secs(60);
/// Set for a station's own process: its folder, and how many ran there before.
const FOLDER: &str = "YIZHAN_TEST_STORM_FOLDER";
const RUN: &str = "YIZHAN_TEST_STORM_RUN";
const DESKS: [(&str, &str); 3] = [(COMMUNITY, "zhang"), (NEIGHBOUR, "li"), (FAR, "zhao")];

/// One station's computer: its process is killed and starts again.
struct Computer {
    folder: PathBuf,
    login: &'static str,
    runs: usize,
    process: Option<Supervised>,
    saved: BTreeSet<Id>,
}

impl Computer {
    fn start(&mut self) {
        let program = std::env::current_exe().expect("this binary");
        let log = self.folder.with_extension("log");
        let mut launch = Launch::new("a station", [program], log)
            .arguments(["killed_in_a_storm::files_until_killed", "--exact"])
            .arguments(["--nocapture"])
            .env(FOLDER, &self.folder)
            .env(RUN, format!("{} {}", self.login, self.runs));
        launch.stop = "KILL";
        self.process = Some(launch.start().expect("the station's process starts"));
        self.runs += 1;
    }

    /// What it had acknowledged counts; a line that was cut off was not said.
    fn kill(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        process.stop();
        let said = process.said();
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let saved = whole.lines().filter_map(|line| line.split("saved ").nth(1));
        self.saved
            .extend(saved.filter_map(|id| id.parse::<Id>().ok()));
    }
}

/// Everything that can be killed.
struct Storm {
    city: City,
    cluster: Cluster,
    ports: [u16; 2],
    centres: [Option<Supervised>; 2],
    computers: Vec<Computer>,
    kills: [usize; 4],
}

impl Storm {
    fn gather() -> (Storm, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let cluster = Cluster::start_with(&folder.path().join("pg"), &[("fsync", "off")]);
        let cluster = cluster.expect("PostgreSQL starts");
        cluster.create_database("city").expect("a database");
        let city = City::open_on(cluster.url("city"), None);
        let computers = DESKS.map(|(community, login)| {
            let desk = city.desk(community);
            let folder = desk.folder.clone();
            Computer {
                folder,
                login,
                runs: 0,
                process: None,
                saved: BTreeSet::new(),
            }
        });
        city.stop_centre();
        let ports = [city.station_port(), free_port()];
        city.line.also(([127, 0, 0, 1], ports[1]).into());
        let mut storm = Storm {
            city,
            cluster,
            ports,
            centres: [None, None],
            computers: computers.into(),
            kills: [0; 4],
        };
        for which in 0..2 {
            storm.start_centre(which);
        }
        for computer in &mut storm.computers {
            computer.start();
        }
        (storm, folder)
    }

    fn start_centre(&mut self, which: usize) {
        self.centres[which] = Some(self.city.centre_process(self.ports[which]));
    }

    /// One blow, and for most of them what repairs it a moment later.
    fn blow(&mut self, rng: &mut StdRng) {
        let moment = Duration::from_millis(rng.gen_range(20..400));
        match rng.gen_range(0..10) {
            0..4 => {
                let computer = rng.gen_range(0..self.computers.len());
                self.computers[computer].kill();
                self.computers[computer].start();
                self.kills[0] += 1;
            }
            4..7 => {
                let which = rng.gen_range(0..2);
                self.centres[which] = None;
                std::thread::sleep(moment);
                self.start_centre(which);
                self.kills[1] += 1;
            }
            7 => {
                self.cluster.kill().expect("PostgreSQL is killed");
                self.cluster.resume().expect("PostgreSQL starts again");
                self.kills[2] += 1;
            }
            _ => {
                self.city.line.cut_after_bytes(rng.gen_range(1..60_000));
                std::thread::sleep(moment);
                self.city.line.restore();
                self.kills[3] += 1;
            }
        }
    }
}

#[test]
fn what_was_acknowledged_is_at_both_ends_once_after_everything_was_killed() {
    let (mut storm, _folder) = Storm::gather();
    let mut rng = StdRng::seed_from_u64(SEED);
    let asked = std::env::var("YIZHAN_STORM_S").ok();
    let asked = asked.map(|text| text.parse().expect("seconds"));
    let storm_time = asked.map_or(STORM, Duration::from_secs);
    let began = Instant::now();
    while began.elapsed() < storm_time {
        std::thread::sleep(Duration::from_millis(rng.gen_range(100..700)));
        storm.blow(&mut rng);
    }
    // At least one of each, whatever the seed drew.
    storm.cluster.kill().expect("PostgreSQL is killed");
    storm.cluster.resume().expect("PostgreSQL starts again");
    for computer in &mut storm.computers {
        computer.kill();
    }
    let runs: usize = storm.computers.iter().map(|computer| computer.runs).sum();
    let saved: BTreeSet<Id> = storm
        .computers
        .iter()
        .flat_map(|c| c.saved.clone())
        .collect();
    let [stations, centres, databases, cuts] = storm.kills;
    println!(
        "storm saved={} station_kills={stations} centre_kills={centres} \
         database_kills={databases} cuts={cuts} runs={runs}",
        saved.len()
    );
    assert!(saved.len() > runs, "there was load: {} saved", saved.len());

    let (mut known, mut shown_at) = (BTreeSet::new(), Vec::new());
    for (computer, (community, _)) in storm.computers.iter().zip(DESKS) {
        let desk = Desk::unpack(&computer.folder, computer.login);
        desk.log_in();
        tests::within(CALM_LIMIT, "all is sent and answered", &mut || {
            let list = desk.station.get_worklist().expect("the worklist");
            (desk.has_sent_everything() && list.waiting.is_empty()).then_some(())
        });
        let list = desk.station.get_worklist().expect("the worklist");
        let shown = list.at_centre.iter().chain(&list.decided);
        known.extend(shown.map(|row| row.case));
        for case in &computer.saved {
            let stage = tests::within(CALM_LIMIT, "it is decided", &mut || match desk
                .case(*case)
                .row
                .standing
            {
                CaseStanding::Centre { stage, .. } => Some(stage),
                _ => None,
            });
            shown_at.push((community, *case, stage));
        }
    }
    let (people, cases, positions) = storm.city.counts();
    let at_least = i64::try_from(saved.len()).expect("a count");
    // A kill between saving and saying so leaves a case that nobody was told of: at most one a run.
    let at_most = at_least + i64::try_from(runs).expect("a count");
    assert_eq!((people, cases), (positions, positions), "each arrived once");
    assert!((at_least..=at_most).contains(&positions), "{positions}");
    assert!(
        known.is_subset(&storm.cases()),
        "no desk shows what the centre has not"
    );
    assert!(saved.is_subset(&storm.cases()), "the centre has all");
    storm.centres = [None, None];
    storm.city.start_centre();
    storm.assert_facts(&shown_at);
}

impl Storm {
    /// What desks show is what the facts say to somebody who reads them all anew: no fact was lost, told
    /// twice or changed on its way.
    fn assert_facts(&self, shown_at: &[(&str, Id, Stage)]) {
        for (community, _) in DESKS {
            let mut state = State::empty(true);
            for fact in self.city.speaker(community).feed() {
                let fact: Fact = serde_json::from_str(&fact.body).expect("a fact");
                evolve(&mut state, &fact);
            }
            for (_, case, stage) in shown_at.iter().filter(|(of, ..)| *of == community) {
                let told = state.find_case(*case).map(|case| &case.stage);
                assert_eq!(told, Some(stage), "{case} in {community}");
            }
        }
    }

    /// The cases in the centre's tables.
    fn cases(&self) -> BTreeSet<Id> {
        let rows = self.city.query("SELECT id FROM cases");
        rows.lines().filter_map(|id| id.parse().ok()).collect()
    }
}

/// Not a test by itself: a process of the centre.
#[test]
fn serves_until_killed() {
    let (Some(dir), Ok(port)) = (std::env::var_os(CENTRE), std::env::var(PORT)) else {
        return;
    };
    let mut config = Config::read(Path::new(&dir)).expect("the centre's settings");
    config.station_port = port.parse().expect("a port");
    (config.enrol_port, config.console_port) = (0, 0);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        // Its database may be away too: then it comes again, as its supervisor would have it.
        loop {
            match Center::start(config.clone()).await {
                Ok(_running) => std::future::pending::<()>().await,
                Err(error) => eprintln!("not yet: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
}

/// Not a test by itself: a station's process. It files case after case until it is killed.
#[test]
fn files_until_killed() {
    let (Some(folder), Ok(run)) = (std::env::var_os(FOLDER), std::env::var(RUN)) else {
        return;
    };
    let (login, run) = run.split_once(' ').expect("a login and a number");
    let run: u32 = run.parse().expect("a number");
    let month = 1 + DESKS
        .iter()
        .position(|(_, of)| *of == login)
        .expect("a desk");
    let desk = Desk::unpack(Path::new(&folder), login);
    desk.log_in();
    let sample = drivers::virtual_card::samples::find("citizen").expect("a sample");
    let mut content = sample.card;
    for order in (101..999).step_by(2) {
        let (year, day) = (1980 + run / 28, 1 + run % 28);
        let digits = format!("320390{year}{month:02}{day:02}{order:03}");
        let check = domain::id_number::check_character(&digits).expect("digits");
        content.id_number = format!("{digits}{check}");
        content.birth =
            chrono::NaiveDate::from_ymd_opt(year as i32, month as u32, day).expect("a day");
        let page = desk.tap_card(&content);
        let filed = desk.file("unemployment_registration", &page, REGISTRATION, &[]);
        println!("saved {}", filed.case);
    }
}
