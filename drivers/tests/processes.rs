//! Programs of somebody else's, as real processes: a vendor's library that answers from the virtual
//! card, and a photo decoder. Both also as they are at their worst: stuck, crashed, talking nonsense.
//!
//! This test starts itself for them, so it has a `main` of its own.

#![allow(
    clippy::unwrap_used,
    reason = "a test; without the harness clippy cannot tell"
)]

use drivers::id_card::module::{self, Sam, Wanted};
use drivers::id_card::photo::{self, Decoder};
use drivers::id_card::sdt::{self, Command};
use drivers::id_card::vendor::Vendor;
use drivers::virtual_card::{Card, Faults, Module, samples};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const CASES: &[(&str, fn())] = &[
    (
        "every_kind_of_card_is_read_through_a_vendors_program",
        every_kind_of_card_is_read,
    ),
    (
        "every_failure_of_the_module_comes_through_the_pipe",
        every_failure_comes_through,
    ),
    ("the_librarys_own_codes_are_named", the_librarys_own_codes),
    (
        "a_program_that_hangs_is_killed_and_started_again",
        a_program_that_hangs_is_killed,
    ),
    (
        "a_program_that_crashes_or_talks_nonsense_is_started_again",
        a_program_that_fails,
    ),
    (
        "a_program_that_is_not_there_is_said_as_such",
        a_program_that_is_not_there,
    ),
    ("a_decoders_picture_is_taken", a_decoders_picture_is_taken),
    (
        "a_decoder_that_fails_in_any_way_costs_one_picture",
        a_decoder_that_fails,
    ),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["play-library", how, _port] => return play_library(how),
        ["play-decoder", how] => return play_decoder(how),
        ["--list", ..] => {
            CASES.iter().for_each(|(name, _)| println!("{name}: test"));
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let filter = words.iter().find(|word| !word.starts_with('-'));
    for (name, case) in CASES {
        if filter.is_none_or(|filter| name.contains(filter)) {
            let started = Instant::now();
            case();
            println!("test {name} ... ok ({} ms)", started.elapsed().as_millis());
        }
    }
    ExitCode::SUCCESS
}

fn this() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// A vendor's library with a card on its reader; `how` is the card and, behind a colon, its fault.
struct Library {
    module: Module,
    how: String,
    calls: u32,
}

impl sdtapi::Calls for Library {
    fn open(&mut self, port: u16) -> u8 {
        assert_eq!(port, 1001);
        match self.how.as_str() {
            "no-port" => 0x01,
            "no-file" => 0x09,
            _ => 0x90,
        }
    }

    fn call(&mut self, command: [u8; 2]) -> (u8, Vec<u8>) {
        self.calls += 1;
        let read = command == Command::ReadBase.bytes();
        match self.how.as_str() {
            "hang" if read => std::thread::sleep(Duration::from_secs(1000)),
            "crash" if read => std::process::abort(),
            "slow" if read => std::thread::sleep(Duration::from_millis(1500)),
            "code-2" => return (0x02, Vec::new()),
            "code-3" => return (0x03, Vec::new()),
            "code-5" => return (0x05, Vec::new()),
            _ => {}
        }
        let command = Command::from_bytes(command).unwrap();
        let answer = self.module.answer(&sdt::encode_request(command));
        let answer = sdt::decode_answer(&answer).unwrap();
        (answer.sw3, answer.data)
    }
}

fn play_library(how: &str) -> ExitCode {
    let (from, mut to) = (std::io::stdin().lock(), std::io::stdout().lock());
    if how == "nonsense" {
        to.write_all(&[0xFF; 4096]).unwrap();
        return ExitCode::SUCCESS;
    }
    let (key, sw3) = how.split_once(':').unwrap_or((how, ""));
    let sample = samples::find(key).unwrap_or_else(|| samples::find("citizen").unwrap());
    let faults = Faults {
        sw3: u8::from_str_radix(sw3, 16).ok(),
        ..Faults::default()
    };
    let module = Module::new();
    module.lay(
        Card::new(&sample.card)
            .unwrap()
            .with_fingerprints()
            .with(faults),
    );
    let mut library = Library {
        module,
        how: how.to_string(),
        calls: 0,
    };
    sdtapi::serve(from, to, 1001, &mut library).unwrap();
    ExitCode::SUCCESS
}

fn vendor(how: &str) -> Result<Vendor, &'static str> {
    let arguments = ["play-library", how].map(str::to_string);
    Vendor::start(&this(), &arguments, 1001).map_err(|error| error.code())
}

const ALL: Wanted = Wanted {
    fingerprints: true,
    body_number: true,
};

fn read(vendor: &mut Vendor, wanted: Wanted) -> Result<String, &'static str> {
    let content = module::read_present(vendor, wanted).map_err(|error| error.code())?;
    assert!(content.sam_id.is_some());
    let card = drivers::id_card::text::decode(&content.base.text).unwrap();
    Ok(card.id_number)
}

fn every_kind_of_card_is_read() {
    for sample in samples::all() {
        let mut vendor = vendor(sample.key).unwrap();
        let content = module::read_present(&mut vendor, ALL).unwrap();
        let card = drivers::id_card::text::decode(&content.base.text).unwrap();
        assert_eq!(card.id_number, sample.card.id_number, "{}", sample.key);
        assert_eq!(content.appended_address, sample.card.appended_address);
        assert_eq!(content.fingerprints.map(|f| f.len()), Some(1024));
        assert!(content.body_number.is_some());
    }
}

fn every_failure_comes_through() {
    for sw3 in sdt::FAILURES {
        // No added address is normal.
        if sw3 != sdt::ABSENT {
            let mut vendor = vendor(&format!("citizen:{sw3:02X}")).unwrap();
            let code = read(&mut vendor, Wanted::default()).unwrap_err();
            assert_eq!(code, sdt::error_of(sw3).code());
        }
    }
}

fn the_librarys_own_codes() {
    assert_eq!(vendor("no-port").err(), Some("reader.port"));
    assert_eq!(vendor("no-file").err(), Some("reader.vendor_file"));
    for (how, code) in [
        ("code-2", "reader.timeout"),
        ("code-3", "reader.transfer"),
        ("code-5", "card.sam_serial"),
    ] {
        let mut vendor = vendor(how).unwrap();
        assert_eq!(read(&mut vendor, ALL).err(), Some(code));
    }
}

fn is_running(pid: u32) -> bool {
    // A zombie still has its entry; its state tells.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

fn a_program_that_hangs_is_killed() {
    let mut slow = vendor("slow").unwrap();
    assert!(read(&mut slow, Wanted::default()).is_ok());
    let mut vendor = vendor("hang").unwrap();
    let first = vendor.pid().unwrap();
    let started = Instant::now();
    let code = read(&mut vendor, Wanted::default());
    let took = started.elapsed();
    assert_eq!(code, Err("reader.vendor_stopped"));
    assert!(
        took > Duration::from_secs(4) && took < Duration::from_secs(6),
        "{took:?}"
    );
    assert!(!is_running(first));
    // The next request is answered by another process.
    assert_eq!(vendor.ask(Command::Find).unwrap().sw3, sdt::FOUND);
    assert_ne!(vendor.pid(), Some(first));
    let second = vendor.pid().unwrap();
    drop(vendor);
    assert!(!is_running(second));
}

fn a_program_that_fails() {
    let mut crashing = vendor("crash").unwrap();
    for _ in 0..2 {
        let code = read(&mut crashing, Wanted::default());
        assert_eq!(code, Err("reader.vendor_stopped"));
    }
    assert_eq!(vendor("nonsense").err(), Some("card.frame_length"));
}

fn a_program_that_is_not_there() {
    let missing = Vendor::start("/nonexistent/sdtapi".as_ref(), &[], 1001);
    let code = missing.err().map(|error| error.code());
    assert_eq!(code, Some("reader.vendor_missing"));
    // The helper itself, which here is no program for Windows, says so by ending.
    let ended = Vendor::start("/bin/true".as_ref(), &[], 1001);
    let code = ended.err().map(|error| error.code());
    assert_eq!(code, Some("reader.vendor_stopped"));
}

fn play_decoder(how: &str) -> ExitCode {
    let mut wlt = Vec::new();
    let (mut from, mut to) = (std::io::stdin().lock(), std::io::stdout().lock());
    match how {
        "stuck" => std::thread::sleep(Duration::from_secs(1000)),
        // Never reads, and writes without end.
        "endless" => while to.write_all(&[0x42; 4096]).is_ok() {},
        _ => {}
    }
    from.read_to_end(&mut wlt).unwrap();
    assert_eq!(wlt.len(), 1024);
    let mut bitmap = photo::placeholder();
    match how {
        // The points are of the photo that came in.
        "good" | "late-end" => bitmap[54..1078].copy_from_slice(&wlt),
        "fails" => return ExitCode::FAILURE,
        "crash" => std::process::abort(),
        "short" => bitmap.truncate(38_861),
        "long" => bitmap.push(0),
        "wrong-size" => bitmap[18] = 100,
        "garbage" => bitmap.fill(0x5A),
        "nothing" => bitmap.clear(),
        _ => {}
    }
    to.write_all(&bitmap).unwrap();
    to.flush().unwrap();
    if how == "late-end" {
        std::thread::sleep(Duration::from_secs(1000));
    }
    ExitCode::SUCCESS
}

fn decoder(how: &str) -> Decoder {
    Decoder {
        arguments: ["play-decoder", how].map(str::to_string).to_vec(),
        limit: Duration::from_millis(1500),
        ..Decoder::new(this())
    }
}

fn a_decoders_picture_is_taken() {
    let wlt: Vec<u8> = (0..1024).map(|n: u32| n.to_le_bytes()[0]).collect();
    let bitmap = decoder("good").decode(&wlt).unwrap();
    assert!(photo::is_the_picture(&bitmap));
    assert_eq!(bitmap[54..1078], wlt);
}

fn a_decoder_that_fails() {
    let code = |how: &str| decoder(how).decode(&[7; 1024]).unwrap_err().code();
    for how in ["stuck", "late-end"] {
        let started = Instant::now();
        assert_eq!(code(how), "photo.hung", "{how}");
        assert!(started.elapsed() < Duration::from_millis(2500), "{how}");
    }
    for how in ["fails", "crash"] {
        assert_eq!(code(how), "photo.crashed", "{how}");
    }
    for how in ["short", "long", "wrong-size", "garbage", "nothing"] {
        assert_eq!(code(how), "photo.not_the_picture", "{how}");
    }
    // It is given up at one byte too many; that it never ends is the limit's.
    assert_eq!(code("endless"), "photo.hung");
    let missing = Decoder::new("/nonexistent/decoder").decode(&[7; 1024]);
    assert_eq!(missing.unwrap_err().code(), "photo.not_installed");
    for len in [0, 1023, 1025] {
        let refused = decoder("good").decode(&vec![7; len]).unwrap_err();
        assert_eq!(refused.code(), "photo.not_the_picture", "{len}");
    }
}
