//! Proof that identity card readers on USB are read: run in a guest by `cargo xtask prove usb`, since
//! it needs the kernel's virtual USB controller and plugs readers into it. Readers are software
//! (`usbip`); kernel, usbfs, `nusb` and everything of ours above are the real ones.

#![allow(clippy::unwrap_used, reason = "a proof: what fails ends it")]

mod usbip;

use drivers::id_card::module::{self, Sam, Wanted};
use drivers::id_card::monitor::{Event, Reading};
use drivers::id_card::profile::{Profiles, UsbLayout};
use drivers::id_card::readers::Readers;
use drivers::id_card::sdt::Command;
use drivers::id_card::{text, usb};
use drivers::virtual_card::{Card, Faults, Module, samples};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use usbip::{Layout, Mishap, Plugged};

/// Nothing in the guest takes longer.
const PATIENCE: Duration = Duration::from_secs(20);
const MODELS: [(u16, u16); 3] = [(0x0400, 0xC35A), (0x0316, 0x5020), (0x0483, 0x5652)];
const LAYOUTS: [(Layout, &str); 2] = [
    (Layout::OnePair, "one pair"),
    (Layout::HeadAndBody, "head and body"),
];

fn main() {
    for (layout, name) in LAYOUTS {
        for model in MODELS {
            every_card_is_read(layout, name, model);
        }
        mishaps_are_named_and_got_over(layout, name);
        a_reader_pulled_in_the_middle_is_gone(layout, name);
        the_poller_follows_cards_and_plug(layout, name);
    }
    two_readers_of_one_model_are_both_used();
    println!("usb: all held");
}

fn card(key: &str) -> Card {
    Card::new(&samples::find(key).unwrap().card).unwrap()
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "waited for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Opens the reader of a model as soon as the kernel shows it; without pauses, which this reader
/// needs as little as it needs a rest.
fn open((vendor, product): (u16, u16)) -> Box<dyn Sam + Send> {
    let found = wait_for("a reader", || usb::find(vendor, product).unwrap().pop());
    wait_for("its opening", || {
        usb::open(&found, UsbLayout::Auto, Duration::ZERO).ok()
    })
}

fn wait_gone((vendor, product): (u16, u16)) {
    wait_for("unplugging", || {
        usb::find(vendor, product).unwrap().is_empty().then_some(())
    });
}

fn read(sam: &mut dyn Sam) -> Result<String, &'static str> {
    let wanted = Wanted {
        fingerprints: true,
        body_number: true,
    };
    let content = module::read_present(sam, wanted).map_err(|error| error.code())?;
    Ok(text::decode(&content.base.text).unwrap().id_number)
}

fn every_card_is_read(layout: Layout, name: &str, model: (u16, u16)) {
    let module = Module::new();
    let plugged = Plugged::new(0, model, layout, module.clone());
    let mut sam = open(model);
    let mut took_ms = Vec::new();
    for sample in samples::all() {
        module.lay(card(sample.key).with_fingerprints());
        let started = Instant::now();
        assert_eq!(read(&mut *sam), Ok(sample.card.id_number), "{}", sample.key);
        took_ms.push(started.elapsed().as_millis());
    }
    took_ms.sort_unstable();
    let median = took_ms[took_ms.len() / 2];
    println!(
        "usb {name} {:04x}:{:04x}: {} cards with fingerprints, median {median} ms, max {:?} ms",
        model.0,
        model.1,
        took_ms.len(),
        took_ms.last().unwrap()
    );
    drop((sam, plugged));
    wait_gone(model);
}

fn mishaps_are_named_and_got_over(layout: Layout, name: &str) {
    let module = Module::new();
    let plugged = Plugged::new(0, MODELS[0], layout, module.clone());
    let mut sam = open(MODELS[0]);
    for (mishap, word, code) in [
        (Mishap::Silent, "silence", Some("reader.timeout")),
        (Mishap::Halted, "a halted endpoint", Some("reader.transfer")),
    ] {
        module.lay(card("moved"));
        plugged.let_go_wrong(mishap);
        let started = Instant::now();
        assert_eq!(
            sam.ask(Command::Find).err().map(|e| e.code()),
            code,
            "{word}"
        );
        println!(
            "usb {name}: {word} is {code:?} after {:?}",
            started.elapsed()
        );
        assert_eq!(
            read(&mut *sam),
            Ok(samples::find("moved").unwrap().card.id_number)
        );
    }
    if layout == Layout::OnePair {
        module.lay(card("citizen"));
        plugged.let_go_wrong(Mishap::Noisy);
        assert!(read(&mut *sam).is_ok());
        println!("usb {name}: noise and an empty packet before an answer are passed over");
    }
    drop((sam, plugged));
    wait_gone(MODELS[0]);
}

fn a_reader_pulled_in_the_middle_is_gone(layout: Layout, name: &str) {
    let module = Module::new();
    let plugged = Plugged::new(0, MODELS[0], layout, module.clone());
    let mut sam = open(MODELS[0]);
    module.lay(card("citizen"));
    plugged.let_go_wrong(Mishap::Silent);
    let pull = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        drop(plugged);
    });
    let started = Instant::now();
    let code = sam.ask(Command::Find).unwrap_err().code();
    println!(
        "usb {name}: pulled in the middle is {code} after {:?}",
        started.elapsed()
    );
    assert_eq!(code, "reader.gone");
    pull.join().unwrap();
    drop(sam);
    wait_gone(MODELS[0]);
}

fn the_poller_follows_cards_and_plug(layout: Layout, name: &str) {
    let (sender, events) = channel();
    let readers = Readers::start(Profiles::embedded(), sender).unwrap();
    let module = Module::new();
    for round in 0..2 {
        let plugged = Plugged::new(0, MODELS[0], layout, module.clone());
        for key in ["citizen", "woman", "rare_name"] {
            let started = Instant::now();
            module.lay(card(key));
            let want = samples::find(key).unwrap().card.id_number;
            let read = wait_event(&events, key, |event| match event {
                Event::Card {
                    reading: Reading::Identity(reading),
                    ..
                } => Some(reading.card.id_number),
                Event::Failed { error, .. } => panic!("{}", error.code()),
                _ => None,
            });
            assert_eq!(read, want);
            println!(
                "usb {name}: round {round}, {key} told after {:?}",
                started.elapsed()
            );
        }
        drop(plugged);
        wait_event(&events, "a removal", |event| {
            matches!(event, Event::Removed { .. }).then_some(())
        });
        wait_event(&events, "no readers", |event| match event {
            Event::Readers(list) => list.is_empty().then_some(()),
            // Without a smart card service this is how the last reader's leaving is told.
            Event::Service(_) => Some(()),
            _ => None,
        });
    }
    let faults = Faults {
        sw3: Some(0x41),
        ..Faults::default()
    };
    module.lay(card("citizen").with(faults));
    let plugged = Plugged::new(0, MODELS[0], layout, module.clone());
    let code = wait_event(&events, "a failure", |event| match event {
        Event::Failed { error, .. } => Some(error.code()),
        _ => None,
    });
    assert_eq!(code, "card.read_failed");
    let started = Instant::now();
    drop(readers);
    println!("usb {name}: stopped within {:?}", started.elapsed());
    drop(plugged);
    wait_gone(MODELS[0]);
}

/// Two of one model: cards on both are read, and one card that goes from one to the other is known
/// as the same.
fn two_readers_of_one_model_are_both_used() {
    let (sender, events) = channel();
    let readers = Readers::start(Profiles::embedded(), sender).unwrap();
    let modules = [Module::new(), Module::new()];
    let plugged = [0, 1].map(|port| {
        let module = modules[port as usize].clone();
        Plugged::new(port, MODELS[0], Layout::OnePair, module)
    });
    let both = wait_event(&events, "both readers", |event| match event {
        Event::Readers(list) if list.len() == 2 => Some(list),
        _ => None,
    });
    assert_ne!(both[0].name, both[1].name);
    let mut used = Vec::new();
    for (module, key, again) in [
        (&modules[0], "citizen", false),
        (&modules[1], "woman", false),
        (&modules[0], "woman", true),
    ] {
        modules.iter().for_each(Module::lift);
        std::thread::sleep(Duration::from_millis(1500));
        module.lay(card(key));
        let (read, same) = wait_event(&events, key, |event| match event {
            Event::Card { reading, same_card } => Some((reading, same_card)),
            Event::Failed { error, .. } => panic!("{}", error.code()),
            _ => None,
        });
        assert_eq!(same, again, "{key}");
        used.push(read.reader().to_string());
    }
    assert_ne!(used[0], used[1]);
    assert_eq!(used[0], used[2]);
    println!("usb two readers of one model: both used, one card on both is known as the same");
    drop((readers, plugged));
    wait_gone(MODELS[0]);
}

fn wait_event<T>(
    events: &Receiver<Event>,
    what: &str,
    mut pick: impl FnMut(Event) -> Option<T>,
) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match events.recv_timeout(left) {
            Ok(event) => {
                if let Some(found) = pick(event) {
                    return found;
                }
            }
            Err(error) => panic!("waiting for {what}: {error}"),
        }
    }
}
