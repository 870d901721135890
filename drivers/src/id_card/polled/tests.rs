//! Polling against a virtual module: one card, many, faults, and a reader that comes and goes.

use super::*;
use crate::id_card::sdt::{self, Answer, Command};
use crate::virtual_card::{Card, Faults, Module, samples};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// No event of these tests takes longer.
const PATIENCE: Duration = Duration::from_secs(8);

/// A module asked without any wire between.
struct Near {
    module: Module,
    plugged: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Command>>>,
    /// It says nothing to 30 05.
    silent: Arc<AtomicBool>,
}

impl Sam for Near {
    fn ask(&mut self, command: Command) -> Result<Answer, CardError> {
        if !self.plugged.load(Ordering::SeqCst) {
            return Err(CardError::ReaderGone);
        }
        self.asked.lock().unwrap().push(command);
        if command == Command::ReadBodyNumber && self.silent.load(Ordering::SeqCst) {
            std::thread::sleep(command.limit());
            return Err(CardError::Timeout);
        }
        sdt::decode_answer(&self.module.answer(&sdt::encode_request(command)))
    }
}

struct Rig {
    module: Module,
    plugged: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Command>>>,
    silent: Arc<AtomicBool>,
    events: Receiver<Event>,
    poller: Option<Poller>,
}

impl Rig {
    fn start() -> Rig {
        let (module, plugged) = (Module::new(), Arc::new(AtomicBool::new(true)));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let silent = Arc::new(AtomicBool::new(false));
        let (sender, events) = channel();
        let near = {
            let (module, plugged, asked) = (module.clone(), plugged.clone(), asked.clone());
            let silent = silent.clone();
            move || Near {
                module: module.clone(),
                plugged: plugged.clone(),
                asked: asked.clone(),
                silent: silent.clone(),
            }
        };
        let is_there = plugged.clone();
        let open = move || {
            Ok(is_there.load(Ordering::SeqCst).then(|| Opened {
                name: "Polled".to_string(),
                sam: Box::new(near()),
            }))
        };
        let tell = Arc::new(move |event| sender.send(event).is_ok());
        let (wanted, last) = (Wanted::default(), Arc::default());
        let poller = Poller::start("near", wanted, Box::new(open), tell, last);
        Rig {
            module,
            plugged,
            asked,
            silent,
            events,
            poller: Some(poller.unwrap()),
        }
    }

    fn lay(&self, key: &str, faults: Faults) {
        let card = Card::new(&samples::find(key).unwrap().card).unwrap();
        self.module.lay(card.with(faults));
    }

    /// The next event but the lists of readers, in a word.
    fn next(&self) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left).unwrap() {
                Event::Readers(_) => {}
                Event::Card {
                    reading: monitor::Reading::Identity(reading),
                    same_card,
                } => {
                    let again = if same_card { " again" } else { "" };
                    return reading.card.id_number + again;
                }
                Event::Failed { error, .. } => return error.code().to_string(),
                Event::Removed { reader } => return format!("{reader} empty"),
                other => panic!("{other:?}"),
            }
        }
    }

    fn wait_state(&self, state: Option<ReaderCondition>) {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if let Event::Readers(list) = self.events.recv_timeout(left).unwrap()
                && list.first().map(|reader| reader.state) == state
            {
                return;
            }
        }
    }

    fn quiet_for(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let left = || until.saturating_duration_since(Instant::now());
        while let Ok(event) = self.events.recv_timeout(left()) {
            assert!(matches!(event, Event::Readers(_)), "{event:?}");
        }
    }
}

fn number(key: &str) -> String {
    samples::find(key).unwrap().card.id_number
}

#[test]
fn a_card_is_read_once_while_it_lies_and_again_when_it_was_lifted() {
    let rig = Rig::start();
    rig.wait_state(Some(ReaderCondition::Empty));
    for again in ["", " again"] {
        rig.lay("citizen", Faults::default());
        assert_eq!(rig.next(), number("citizen") + again);
        rig.wait_state(Some(ReaderCondition::Card));
        rig.quiet_for(Duration::from_millis(900));
        rig.module.lift();
        assert_eq!(rig.next(), "Polled empty");
    }
    let asked = rig.asked.lock().unwrap();
    let reads = asked.iter().filter(|c| **c == Command::ReadBase).count();
    let looks = asked
        .iter()
        .filter(|c| **c == Command::ReadBodyNumber)
        .count();
    assert_eq!(reads, 2);
    assert!(looks >= 4, "{looks}");
}

#[test]
fn a_card_swapped_without_a_gap_is_another_card() {
    let rig = Rig::start();
    // With and without the number of the card's body to tell them apart.
    for old_module in [false, true] {
        let faults = || Faults {
            old_module,
            ..Faults::default()
        };
        rig.lay("rare_name", faults());
        assert_eq!(rig.next(), number("rare_name"));
        for key in ["woman", "hui", "moved", "foreigner_2023"] {
            rig.lay(key, faults());
            assert_eq!(rig.next(), "Polled empty");
            assert_eq!(rig.next(), number(key), "old module: {old_module}");
        }
        rig.module.lift();
        assert_eq!(rig.next(), "Polled empty");
    }
}

#[test]
fn a_card_that_cannot_be_read_is_told_once_and_tried_again_when_lifted() {
    let rig = Rig::start();
    for sw3 in sdt::FAILURES {
        let faults = Faults {
            sw3: Some(sw3),
            ..Faults::default()
        };
        rig.lay("citizen", faults);
        let told = match sw3 {
            // Nothing found is no card, and no added address is normal.
            sdt::NOT_FOUND => None,
            sdt::ABSENT => Some(number("citizen")),
            sw3 => Some(sdt::error_of(sw3).code().to_string()),
        };
        if let Some(told) = &told {
            assert_eq!(&rig.next(), told, "{sw3:02X}");
        }
        rig.quiet_for(Duration::from_millis(700));
        rig.module.lift();
        if told.is_some() {
            assert_eq!(rig.next(), "Polled empty", "{sw3:02X}");
        }
    }
    rig.lay("woman", Faults::default());
    assert_eq!(rig.next(), number("woman"));
}

#[test]
fn a_read_that_is_given_up_is_told_no_more_and_the_card_can_be_laid_anew() {
    let rig = Rig::start();
    rig.wait_state(Some(ReaderCondition::Empty));
    let slow = Faults {
        delay: Duration::from_secs(2),
        ..Faults::default()
    };
    rig.lay("citizen", slow);
    rig.wait_state(Some(ReaderCondition::Reading));
    let poller = rig.poller.as_ref().unwrap();
    let asked = Instant::now();
    assert!(poller.cancel_read());
    rig.wait_state(Some(ReaderCondition::Card));
    assert!(asked.elapsed() < Duration::from_millis(300), "{asked:?}");
    assert!(!poller.cancel_read(), "it is given up once");
    // What was being exchanged ends in the background, and nobody hears of it.
    rig.quiet_for(Duration::from_millis(2500));
    rig.module.lift();
    assert_eq!(rig.next(), "Polled empty");
    rig.lay("woman", Faults::default());
    assert_eq!(rig.next(), number("woman"));
}

#[test]
fn a_module_that_is_silent_to_the_bodys_number_holds_up_no_reading() {
    let rig = Rig::start();
    rig.silent.store(true, Ordering::SeqCst);
    rig.wait_state(Some(ReaderCondition::Empty));
    for (key, before) in [("citizen", false), ("woman", true)] {
        let laid = Instant::now();
        rig.lay(key, Faults::default());
        if before {
            assert_eq!(rig.next(), "Polled empty");
        }
        assert_eq!(rig.next(), number(key));
        let took = laid.elapsed();
        assert!(took < Duration::from_millis(1500), "{key}: {took:?}");
        // The first card lies until the module was waited for; it is not waited for again.
        std::thread::sleep(Command::ReadBodyNumber.limit() + Duration::from_millis(700));
    }
    rig.module.lift();
    assert_eq!(rig.next(), "Polled empty");
    let asked = rig.asked.lock().unwrap();
    let waits = asked.iter().filter(|c| **c == Command::ReadBodyNumber);
    assert_eq!(waits.count(), 1);
}

#[test]
fn a_module_that_fails_itself_is_told_once() {
    let rig = Rig::start();
    let faults = Faults {
        sw3: Some(0x66),
        ..Faults::default()
    };
    rig.lay("citizen", faults);
    assert_eq!(rig.next(), "card.sam_not_authorised");
    rig.quiet_for(Duration::from_millis(900));
    rig.lay("citizen", Faults::default());
    assert_eq!(rig.next(), "Polled empty");
    assert_eq!(rig.next(), number("citizen"));
}

#[test]
fn a_reader_pulled_with_a_card_on_it_is_gone_and_found_again() {
    let rig = Rig::start();
    rig.lay("citizen", Faults::default());
    assert_eq!(rig.next(), number("citizen"));
    rig.plugged.store(false, Ordering::SeqCst);
    assert_eq!(rig.next(), "Polled empty");
    rig.wait_state(None);
    rig.lay("woman", Faults::default());
    rig.plugged.store(true, Ordering::SeqCst);
    assert_eq!(rig.next(), number("woman"));
}

#[test]
fn stopping_is_quick_even_while_no_reader_is_there() {
    for plugged in [true, false] {
        let mut rig = Rig::start();
        rig.plugged.store(plugged, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        let started = Instant::now();
        drop(rig.poller.take());
        assert!(started.elapsed() < Duration::from_millis(500));
    }
}

#[test]
fn why_a_reader_cannot_be_used_is_told_again_when_it_was_unplugged() {
    let plugged = Arc::new(AtomicBool::new(true));
    let is_there = Arc::clone(&plugged);
    let open = move || match is_there.load(Ordering::SeqCst) {
        true => Err(CardError::NoSecurityModule),
        false => Ok(None),
    };
    let (sender, events) = channel();
    let tell = Arc::new(move |event| sender.send(event).is_ok());
    let (wanted, last) = (Wanted::default(), Arc::default());
    let poller = Poller::start("near", wanted, Box::new(open), tell, last);
    let rig = Rig {
        events,
        poller: Some(poller.unwrap()),
        ..Rig::start()
    };
    assert_eq!(rig.next(), CardError::NoSecurityModule.code());
    rig.wait_state(Some(ReaderCondition::Unavailable));
    plugged.store(false, Ordering::SeqCst);
    rig.wait_state(None);
    plugged.store(true, Ordering::SeqCst);
    assert_eq!(rig.next(), CardError::NoSecurityModule.code());
}
