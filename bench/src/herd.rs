//! `herd`: a morning after days of outage. Every station comes at once with its waiting commands,
//! over TLS with its own certificate; the centre validates, decides, projects and answers. Stations,
//! centre and PostgreSQL share this machine, so where the time went is said process by process.
//!
//! `bench herd [--stations N] [--commands N] [--batch N] [--twice] [--kill] [--statements]`. `--twice` sends
//! every batch two times at once; `--kill` ends the centre's process in the middle, for three seconds;
//! `--statements` says what each statement took of the database's time, and costs some of it.

pub mod enter;
mod mix;
mod send;
pub mod station;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::Failed;
use crate::city::{City, Use};
use crate::figures::percentile_ms;
use crate::measured::Measured;
use send::{Progress, Told};

const STATIONS: u64 = 2_746;
const COMMANDS: u64 = 400;
const BATCH: u64 = 200;
/// The centre stays below 1 GiB.
const CENTRE_MIB: f64 = 1023.0;
/// What the whole herd may take on two cores that carry the stations too.
const GOAL_S: f64 = 60.0;
const OUTAGE: Duration = Duration::from_secs(3);
/// So long without an acknowledgement is no herd any more.
const STALL_LIMIT: Duration = Duration::from_secs(90);
/// Open connections: ours and the centre's are both counted against each process's limit.
const FILES: u64 = 65_536;

struct Options {
    stations: usize,
    commands: u64,
    batch: u64,
    twice: bool,
    kill: bool,
    statements: bool,
}

/// Runs it; the line to print.
pub fn run() -> Result<Measured, Failed> {
    let options = options()?;
    allow_many_files()?;
    let mut city = match options.statements {
        true => City::counting()?,
        false => City::new()?,
    };
    eprintln!("bench: {} stations enrol", options.stations);
    let waiting = enter::stations(&mut city, options.stations, options.commands, options.batch)?;
    let bytes: usize = waiting
        .iter()
        .flat_map(|station| &station.pushes)
        .map(|batch| batch.packed.bytes.len())
        .sum();
    if options.statements {
        city.forget_statements()?;
    }
    eprintln!("bench: the line is back");
    let (centre, database, own) = (
        city.centre_use()?.cpu_s,
        city.database_cpu_s()?,
        Use::own_cpu_s()?,
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let progress = Arc::new(Progress::new(options.stations as u64 * options.commands));
    let began = Instant::now();
    let sending = runtime.spawn(send::all(waiting, options.twice, Arc::clone(&progress)));
    let mut killed_centre_s = 0.0;
    if options.kill {
        let half = progress.wanted / 2;
        while progress.acked.load(Ordering::Relaxed) < half && !sending.is_finished() {
            std::thread::sleep(Duration::from_millis(20));
        }
        killed_centre_s = city.centre_use()?.cpu_s;
        city.kill()?;
        std::thread::sleep(OUTAGE);
        city.start()?;
    }
    watch(&progress, || sending.is_finished())?;
    let mut told = runtime.block_on(sending)??;
    let ours_s = began.elapsed().as_secs_f64();
    let centre_use = city.centre_use()?;
    if options.statements {
        eprintln!("{}", city.statements()?);
    }
    let counts = enter::counts(&city)?;
    let spent = Spent {
        centre_s: centre_use.cpu_s + killed_centre_s - centre,
        database_s: city.database_cpu_s()? - database,
        stations_s: Use::own_cpu_s()? - own,
    };
    check(&options, &told, &counts)?;
    line(
        &options, &city, &mut told, ours_s, bytes, &spent, centre_use, &counts,
    )
}

/// Waits for the end; fails when nothing is acknowledged any more, as when the database has died.
fn watch(progress: &Progress, is_finished: impl Fn() -> bool) -> Result<(), Failed> {
    let (mut acked, mut since) = (0, Instant::now());
    while !is_finished() {
        let now = progress.acked.load(Ordering::Relaxed);
        if now != acked {
            (acked, since) = (now, Instant::now());
        } else if since.elapsed() > STALL_LIMIT {
            let limit = STALL_LIMIT.as_secs();
            let wanted = progress.wanted;
            return Err(format!("{acked} of {wanted} and no more for {limit} s").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

struct Spent {
    centre_s: f64,
    database_s: f64,
    stations_s: f64,
}

/// Nothing lost, nothing doubled: what the stations were told and what the database holds.
fn check(options: &Options, told: &Told, counts: &enter::Counts) -> Result<(), Failed> {
    let wanted = options.stations as u64 * options.commands;
    if told.acked != wanted || counts.positions != wanted || counts.commands != wanted {
        return Err(format!(
            "{wanted} commands were sent, {} acknowledged, {} positions and {} commands are kept",
            told.acked, counts.positions, counts.commands
        )
        .into());
    }
    if counts.held != 0 {
        return Err(format!("{} commands are held", counts.held).into());
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one line of figures")]
fn line(
    options: &Options,
    city: &City,
    told: &mut Told,
    ours_s: f64,
    bytes: usize,
    spent: &Spent,
    centre: Use,
    counts: &enter::Counts,
) -> Result<Measured, Failed> {
    let commands = options.stations as f64 * options.commands as f64;
    let each_us = |seconds: f64| seconds * 1e6 / commands;
    let mode = match (options.twice, options.kill) {
        (false, false) => "once",
        (true, false) => "twice",
        (false, true) => "killed",
        (true, true) => "twice+killed",
    };
    Ok(Measured::from(format!(
        "scenario=herd mode={mode} stations={} commands={} batch={} ours_s={ours_s:.1} \
         goal_s={GOAL_S} ratio={:.2} lost=0 doubled=0 commands_per_s={:.0} \
         centre_us={:.0} database_us={:.0} stations_us={:.0} idle_us={:.0} centre_peak_mib={} \
         first_ack_p50_s={:.1} first_ack_last_s={:.1} done_p50_s={:.1} requests={} refused={} \
         wire_bytes_per_command={:.0} accepted={} awaiting={} rejected={} database_mib={}",
        options.stations,
        options.commands,
        options.batch,
        ours_s / GOAL_S,
        commands / ours_s,
        each_us(spent.centre_s),
        each_us(spent.database_s),
        each_us(spent.stations_s),
        each_us(2.0 * ours_s - spent.centre_s - spent.database_s - spent.stations_s),
        centre.peak_bytes >> 20,
        percentile_ms(&mut told.first_acks, 0.5) / 1e3,
        percentile_ms(&mut told.first_acks, 1.0) / 1e3,
        percentile_ms(&mut told.dones, 0.5) / 1e3,
        told.requests,
        told.refused,
        bytes as f64 / commands,
        counts.accepted,
        counts.awaiting,
        counts.rejected,
        city.database_bytes()? >> 20,
    ))
    .at_most(
        "centre_peak_mib",
        (centre.peak_bytes >> 20) as f64,
        CENTRE_MIB,
    ))
}

fn options() -> Result<Options, Failed> {
    let mut options = Options {
        stations: STATIONS as usize,
        commands: COMMANDS,
        batch: BATCH,
        twice: false,
        kill: false,
        statements: false,
    };
    let mut words = std::env::args().skip(2);
    while let Some(word) = words.next() {
        let mut number = || -> Result<u64, Failed> {
            let text = words.next().ok_or(format!("{word} needs a number"))?;
            Ok(text.parse()?)
        };
        match word.as_str() {
            "--stations" => options.stations = usize::try_from(number()?)?,
            "--commands" => options.commands = number()?,
            "--batch" => options.batch = number()?.clamp(1, 2_000),
            "--twice" => options.twice = true,
            "--kill" => options.kill = true,
            "--statements" => options.statements = true,
            other => return Err(format!("herd does not know {other}").into()),
        }
    }
    Ok(options)
}

fn allow_many_files() -> Result<(), Failed> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(limit.maximum.map_or(FILES, |most| most.min(FILES)));
    setrlimit(Resource::Nofile, limit)?;
    Ok(())
}
