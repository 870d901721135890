//! A reader at the other end of a real terminal device: a pty whose far side answers as the
//! virtual module does.

use super::*;
use crate::id_card::module::{self, Wanted};
use crate::id_card::sdt::Command;
use crate::id_card::text;
use crate::virtual_card::{Card, Faults, Module, samples};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The far side of a pty with a module behind it.
struct Far {
    port: String,
    module: Module,
    /// Answers are swallowed.
    mute: Arc<AtomicBool>,
    master: std::fs::File,
}

impl Far {
    fn start() -> Far {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let port = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let (module, mute) = (Module::new(), Arc::new(AtomicBool::new(false)));
        let master = std::fs::File::from(master);
        let (mut wire, answers) = (master.try_clone().unwrap(), module.clone());
        let is_mute = mute.clone();
        std::thread::spawn(move || {
            let mut request = [0; 10];
            // A line on which nothing is open any more ends the thread.
            while wire.read_exact(&mut request).is_ok() {
                let answer = answers.answer(&request);
                if is_mute.load(Ordering::SeqCst) {
                    continue;
                }
                // As a slow line delivers: in pieces, with a moment between.
                for piece in answer.chunks(97) {
                    wire.write_all(piece).unwrap();
                    std::thread::sleep(Duration::from_micros(200));
                }
            }
        });
        Far {
            port,
            module,
            mute,
            master,
        }
    }

    fn lay(&self, key: &str, faults: Faults) {
        let card = Card::new(&samples::find(key).unwrap().card).unwrap();
        self.module.lay(card.with(faults));
    }
}

fn read(sam: &mut dyn Sam) -> Result<String, &'static str> {
    let wanted = Wanted {
        fingerprints: true,
        body_number: true,
    };
    let content = module::read_present(sam, wanted).map_err(|error| error.code())?;
    Ok(text::decode(&content.base.text).unwrap().id_number)
}

#[test]
fn every_kind_of_card_is_read_over_a_terminal_line() {
    let far = Far::start();
    let mut sam = open(&far.port, 115_200).unwrap();
    for sample in samples::all() {
        far.lay(sample.key, Faults::default());
        assert_eq!(read(&mut *sam), Ok(sample.card.id_number), "{}", sample.key);
    }
}

#[test]
fn the_line_has_the_agreed_settings_and_passes_every_byte() {
    let far = Far::start();
    let _sam = open(&far.port, 115_200).unwrap();
    let line = rustix::termios::tcgetattr(&far.master).unwrap();
    assert_eq!(
        (line.input_speed(), line.output_speed()),
        (115_200, 115_200)
    );
    let modes = line.control_modes;
    assert!(modes.contains(ControlModes::CS8 | ControlModes::CLOCAL | ControlModes::CREAD));
    assert!(!modes.intersects(ControlModes::PARENB | ControlModes::CSTOPB | ControlModes::CRTSCTS));
    let input = line.input_modes;
    use rustix::termios::InputModes;
    // 11 and 13 would stop and start the line, 0D would become 0A.
    assert!(!input.intersects(InputModes::IXON | InputModes::ICRNL | InputModes::ISTRIP));
}

#[test]
fn silence_is_a_time_limit_and_the_next_card_is_read() {
    let far = Far::start();
    let mut sam = open(&far.port, 115_200).unwrap();
    far.lay("citizen", Faults::default());
    far.mute.store(true, Ordering::SeqCst);
    let started = Instant::now();
    assert_eq!(sam.ask(Command::Find).unwrap_err(), CardError::Timeout);
    let took = started.elapsed();
    assert!(
        took >= Duration::from_secs(1) && took < Duration::from_millis(1600),
        "{took:?}"
    );
    far.mute.store(false, Ordering::SeqCst);
    assert_eq!(
        read(&mut *sam),
        Ok(samples::find("citizen").unwrap().card.id_number)
    );
}

#[test]
fn a_broken_frame_on_the_line_is_named() {
    let far = Far::start();
    let mut sam = open(&far.port, 115_200).unwrap();
    let faults = Faults {
        bad_checksum: true,
        ..Faults::default()
    };
    far.lay("citizen", faults);
    assert_eq!(read(&mut *sam), Err("card.frame_checksum"));
    far.lay("woman", Faults::default());
    assert_eq!(
        read(&mut *sam),
        Ok(samples::find("woman").unwrap().card.id_number)
    );
}

#[test]
fn a_port_that_is_not_there_or_no_port_at_all_is_said_as_such() {
    let code = |port: &str| open(port, 115_200).err().map(|error| error.code());
    assert_eq!(code("/dev/no-such-port"), Some("reader.gone"));
    assert_eq!(code("/dev/null"), Some("reader.port"));
}
