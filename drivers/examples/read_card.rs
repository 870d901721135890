//! For support staff on site: watches readers of every kind, reads the first card that is laid
//! down, and says in words what is wrong and what to do.
//!
//! ```text
//! cargo run -p drivers --example read_card                     what a station without a file knows
//! cargo run -p drivers --example read_card -- --beside FOLDER  with the readers.toml of a station
//! cargo run -p drivers --example read_card -- --profiles FILE  a file alone, to try it
//! cargo run -p drivers --example read_card -- --serial PORT    a reader on a serial port
//!    --wait SECONDS   give up after so long (60)
//!    --diagnosis      end with lines to be copied, in which nothing is about a person
//! ```
//!
//! What is on a card is shown masked: enough to see that it was read, too little to know who it is.

use drivers::CardError;
use drivers::id_card::monitor::{Event, Reader, Reading, ServiceState};
use drivers::id_card::pcsc;
use drivers::id_card::profile::{Connection, Profiles};
use drivers::id_card::readers::Readers;
use drivers::id_card::text::ValidTo;
use drivers::id_card::usb;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Causes and cures of all failures.
const FAILURES: &str = include_str!("../../docs/failure-codes.md");
/// How long a card is waited for.
const WAIT_S: u64 = 60;
/// Reading that takes longer has a bad antenna or cable, milliseconds.
const SLOW_MS: u32 = 3_000;

#[derive(Default)]
struct Wish {
    profiles: Option<String>,
    beside: Option<String>,
    serial: Option<String>,
    wait_s: Option<u64>,
    diagnosis: bool,
}

/// What was seen, for the diagnosis.
#[derive(Default)]
struct Seen {
    service: Option<ServiceState>,
    readers: Vec<Reader>,
    failures: Vec<(String, CardError)>,
    read: Option<(String, String, u32)>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(wish) = wish(&words) else {
        println!("usage: read_card [--beside FOLDER | --profiles FILE | --serial PORT]");
        println!("                 [--wait SECONDS] [--diagnosis]");
        return ExitCode::from(2);
    };
    let profiles = match profiles(&wish) {
        Ok(profiles) => profiles,
        Err(error) => {
            explain("profiles", &error);
            return ExitCode::FAILURE;
        }
    };
    list_usb(&profiles);
    let (sender, events) = channel();
    let readers = match Readers::start(profiles.clone(), sender) {
        Ok(readers) => readers,
        Err(error) => {
            println!("no thread can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let wait = Duration::from_secs(wish.wait_s.unwrap_or(WAIT_S));
    println!("lay a card down (waiting {} s) …", wait.as_secs());
    let mut seen = Seen::default();
    watch(&events, wait, &mut seen);
    readers.stop();
    if seen.read.is_none() && seen.failures.is_empty() {
        println!("no card came");
    }
    if wish.diagnosis {
        diagnosis(&profiles, &seen);
    }
    match seen.read {
        Some(_) => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    }
}

fn wish(words: &[String]) -> Option<Wish> {
    let mut wish = Wish::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--profiles" => wish.profiles = Some(words.next()?.clone()),
            "--beside" => wish.beside = Some(words.next()?.clone()),
            "--serial" => wish.serial = Some(words.next()?.clone()),
            "--wait" => wish.wait_s = Some(words.next()?.parse().ok()?),
            "--diagnosis" => wish.diagnosis = true,
            _ => return None,
        }
    }
    Some(wish)
}

fn profiles(wish: &Wish) -> Result<Profiles, CardError> {
    if let Some(port) = &wish.serial {
        let connection = format!("{{ kind = 'serial', port = '{port}' }}");
        return Profiles::parse(&format!(
            "[[device]]\nname = 'serial'\nconnection = {connection}\n"
        ));
    }
    match (&wish.profiles, &wish.beside) {
        (Some(file), _) => Profiles::load(Path::new(file)),
        (None, Some(folder)) => Profiles::beside(Path::new(folder)),
        (None, None) => Ok(Profiles::embedded()),
    }
}

/// Which of the known USB readers are plugged in.
fn list_usb(profiles: &Profiles) {
    for device in profiles.devices() {
        if let Connection::Usb {
            vendor, product, ..
        } = device.connection
        {
            match usb::find(vendor, product) {
                Ok(found) => found.iter().for_each(|found| {
                    println!("plugged in: {} by profile {}", found.name(), device.name);
                }),
                Err(error) => explain(&device.name, &error),
            }
        }
    }
}

/// Tells what happens until a card was read or time is up.
fn watch(events: &Receiver<Event>, wait: Duration, seen: &mut Seen) {
    let until = Instant::now() + wait;
    let left = || until.saturating_duration_since(Instant::now());
    while let Ok(event) = events.recv_timeout(left()) {
        match event {
            Event::Service(state) => {
                seen.service = Some(state);
                println!("smart card service: {state:?} (USB and serial readers need none)");
            }
            Event::Readers(list) => {
                for reader in &list {
                    if !seen.readers.contains(reader) {
                        println!("reader {}: {:?}", reader.name, reader.state);
                    }
                }
                seen.readers = list;
            }
            Event::Failed { reader, error } => {
                explain(&reader, &error);
                seen.failures.push((reader, error));
            }
            Event::Removed { reader } => println!("reader {reader}: the card was lifted"),
            Event::Card { reading, .. } => {
                let profile = match &reading {
                    Reading::Identity(reading) => {
                        show(reading);
                        reading.profile.clone()
                    }
                    Reading::Social(reading) => {
                        println!(
                            "a social-security card: name {}",
                            masked(&reading.card.name)
                        );
                        "social-security card".to_string()
                    }
                };
                let took = reading.exchange_ms();
                if took > SLOW_MS {
                    println!(
                        "that is slow: clean the reader, try another cable, then another reader"
                    );
                }
                seen.read = Some((reading.reader().to_string(), profile, took));
                return;
            }
        }
    }
}

/// A card, masked, and the evidence of the read.
fn show(reading: &pcsc::Reading) {
    let (card, evidence) = (&reading.card, reading.evidence());
    let text = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_string(), masked);
    println!(
        "read by profile {} in {} ms",
        reading.profile, reading.exchange_ms
    );
    println!("  kind            {:?}", card.kind);
    println!(
        "  name            {} ({} characters)",
        masked(&card.name),
        card.name.chars().count()
    );
    println!("  Latin name      {}", text(&card.english_name));
    println!("  number          {}", masked(&card.id_number));
    println!(
        "  ethnic group    {}",
        card.ethnic_code.as_deref().unwrap_or("-")
    );
    println!(
        "  nationality     {}",
        card.nationality.as_deref().unwrap_or("-")
    );
    println!("  address         {}", text(&card.address));
    println!("  added address   {}", text(&card.appended_address));
    println!("  issued by       {}", text(&card.issuing_authority));
    match card.valid_to {
        ValidTo::LongTerm => println!("  valid           for ever"),
        ValidTo::Date(last) => println!("  valid           to {last}"),
    }
    let len = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
    println!("  photo           {} bytes", len(&reading.photo));
    println!("  fingerprints    {} bytes", len(&reading.fingerprints));
    println!(
        "  body number     {}",
        if reading.body_number.is_some() {
            "read"
        } else {
            "-"
        }
    );
    println!(
        "  module          {}",
        evidence
            .sam_id
            .as_deref()
            .unwrap_or("does not tell its number")
    );
}

/// The first character and dots.
fn masked(text: &str) -> String {
    let dots = |c: char| if c == ' ' { ' ' } else { '•' };
    let mut chars = text.chars();
    chars.next().into_iter().chain(chars.map(dots)).collect()
}

/// A failure with its cause and its cure, in both languages.
fn explain(place: &str, error: &CardError) {
    let code = error.code();
    println!("{place}: {code}: {error}");
    let row = FAILURES
        .lines()
        .find(|line| line.starts_with(&format!("| `{code}` |")));
    let cells: Vec<&str> = row.unwrap_or_default().split(" | ").skip(1).collect();
    for (what, cell) in ["cause", "what to do"].into_iter().zip(cells) {
        for line in cell.trim_end_matches(" |").split("<br>") {
            println!("  {what:<11} {line}");
        }
    }
}

/// Lines to be copied: devices, states, codes and times, nothing about a person.
fn diagnosis(profiles: &Profiles, seen: &Seen) {
    println!("--- diagnosis, to be copied ---");
    println!("program   drivers {}", env!("CARGO_PKG_VERSION"));
    println!(
        "system    {} {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    println!("service   {:?}", seen.service);
    for reader in &seen.readers {
        println!("reader    {}: {:?}", reader.name, reader.state);
    }
    for device in profiles.devices() {
        println!("looked for {}", device.name);
    }
    for (reader, error) in &seen.failures {
        println!("failed    {reader}: {} ({error})", error.code());
    }
    match &seen.read {
        Some((reader, profile, ms)) => println!("read      {reader}: {profile}, {ms} ms"),
        None => println!("read      nothing"),
    }
    println!("--- end ---");
}
