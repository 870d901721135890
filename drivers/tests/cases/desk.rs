//! What a desk asks of the monitor: giving a read up, telling cards apart, costing nothing.

use crate::Case;
use crate::rig::{Rig, card, one_of_each, social_card};
use drivers::id_card::monitor::{Event, ReaderCondition};
use drivers::virtual_card::{Faults, Interface, VirtualReader};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

pub const CASES: &[Case] = &[
    (
        "a_slow_read_is_given_up_at_once_when_the_page_is_left",
        a_slow_read_is_given_up_at_once_when_the_page_is_left,
    ),
    (
        "the_same_card_again_is_told_from_another_one",
        the_same_card_again_is_told_from_another_one,
    ),
    (
        "stopping_does_not_wait_for_a_slow_card",
        stopping_does_not_wait_for_a_slow_card,
    ),
    (
        "a_tap_is_told_within_two_polls",
        a_tap_is_told_within_two_polls,
    ),
    (
        "an_idle_monitor_costs_nothing",
        an_idle_monitor_costs_nothing,
    ),
];

fn slow() -> Faults {
    Faults {
        delay: Duration::from_millis(3000),
        ..Faults::default()
    }
}

fn a_slow_read_is_given_up_at_once_when_the_page_is_left(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    for reader in 0..4 {
        rig.trays[reader].insert(card("citizen").with(slow()));
        rig.wait_condition(reader, ReaderCondition::Reading);
        let begun = Instant::now();
        assert_eq!(rig.monitor().cancel_read(), 1);
        rig.wait_condition(reader, ReaderCondition::Card);
        let took = begun.elapsed();
        assert!(took < Duration::from_millis(200), "{took:?}");
        println!("  reader {reader}: given up in {took:?}");
        assert_eq!(rig.monitor().cancel_read(), 0);
    }
    // Nothing is told of the cards but that they were lifted, then the next ones are read.
    for reader in 0..4 {
        rig.trays[reader].swap(card("woman"));
    }
    let (mut removed, mut read) = (0, 0);
    while read < 4 {
        match rig.wait("four cards", Some) {
            Event::Removed { .. } => removed += 1,
            Event::Card { .. } => read += 1,
            Event::Failed { reader, error } => panic!("{reader}: {error}"),
            Event::Readers(_) | Event::Service(_) => {}
        }
    }
    assert_eq!(removed, 4);
}

fn the_same_card_again_is_told_from_another_one(folder: &Path) {
    let readers = [
        VirtualReader::new("A", Interface::SdtExtended),
        VirtualReader::new("B", Interface::ReadBinary),
        VirtualReader::new("C", Interface::Contact),
    ];
    let rig = Rig::start(folder, &readers);
    for (reader, laid, same) in [
        (0, card("citizen"), false),
        (0, card("citizen"), true),
        // The same bytes, however they are fetched.
        (1, card("citizen"), true),
        (1, card("woman"), false),
        (0, card("citizen"), false),
        (2, social_card(0), false),
        (2, social_card(0), true),
        (2, social_card(1), false),
    ] {
        rig.trays[reader].insert(laid);
        assert_eq!(rig.wait_read(reader).1, same);
        rig.trays[reader].remove();
        rig.wait_removed(reader);
    }
}

fn stopping_does_not_wait_for_a_slow_card(folder: &Path) {
    let mut rig = Rig::start(folder, &one_of_each());
    rig.trays[2].insert(card("citizen").with(slow()));
    rig.wait_condition(2, ReaderCondition::Reading);
    let begun = Instant::now();
    rig.stop_monitor();
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(500), "{took:?}");
    // Whoever waits for the end of the events sees it now and not in three seconds.
    while rig.events.recv_timeout(Duration::from_millis(100)).is_ok() {}
    assert!(begun.elapsed() < Duration::from_millis(1000));
}

/// From the card on the reader to the reading; all but the last millisecond or two of it is pcscd,
/// which looks every 400 ms.
fn a_tap_is_told_within_two_polls(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    let (mut taps, mut ours) = (Vec::new(), Vec::new());
    for tap in 0..12_u64 {
        let reader = (tap % 4) as usize;
        std::thread::sleep(Duration::from_millis(tap * 97 % 400));
        let laid = Instant::now();
        rig.trays[reader].insert(card("citizen"));
        rig.wait_condition(reader, ReaderCondition::Reading);
        let noticed = Instant::now();
        rig.wait_card(reader);
        taps.push(laid.elapsed());
        ours.push(noticed.elapsed());
        rig.trays[reader].remove();
        rig.wait_removed(reader);
    }
    taps.sort_unstable();
    ours.sort_unstable();
    println!(
        "  tap to reading: median {:?}, max {:?}; of it ours: median {:?}, max {:?}",
        taps[6], taps[11], ours[6], ours[11]
    );
    assert!(taps[11] < Duration::from_millis(1000), "{taps:?}");
    assert!(ours[6] < Duration::from_millis(50), "{ours:?}");
}

fn an_idle_monitor_costs_nothing(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    rig.trays[0].insert(card("citizen"));
    rig.wait_card(0);
    std::thread::sleep(Duration::from_millis(500));
    let before = busy_ns();
    std::thread::sleep(Duration::from_secs(4));
    let after = busy_ns();
    let of = |whose: fn(&str) -> bool| -> u64 {
        let then = |thread: &String| before.get(thread).copied().unwrap_or(0);
        let used = after.iter().filter(|(thread, _)| whose(thread));
        used.map(|(thread, ns)| ns - then(thread)).sum()
    };
    let (monitor, trays) = (of(|t| t.contains("cards")), of(|t| !t.contains("cards")));
    println!("  idle for 4 s, four readers: the monitor {monitor} ns, the trays {trays} ns");
    assert!(monitor < 20_000_000, "{monitor} ns");
}

/// Nanoseconds on a processor, by thread: number and name.
fn busy_ns() -> BTreeMap<String, u64> {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let one = |thread: std::fs::DirEntry| {
        let read = |what| std::fs::read_to_string(thread.path().join(what));
        let name = format!("{:?} {}", thread.file_name(), read("comm").ok()?.trim());
        let ns = read("schedstat").ok()?.split(' ').next()?.parse().ok()?;
        Some((name, ns))
    };
    threads.flatten().filter_map(one).collect()
}
