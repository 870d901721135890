//! The readers in words, and what a desk hears of a card.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use drivers::id_card::monitor::ReaderCondition;
use drivers::id_card::text;
use drivers::virtual_card::samples;

use super::*;

fn seen(service: ServiceState, readers: &[(&str, ReaderCondition)]) -> Seen {
    let reader = |(name, state): &(&str, ReaderCondition)| Reader {
        name: (*name).to_owned(),
        state: *state,
    };
    Seen {
        service: Some(service),
        readers: readers.iter().map(reader).collect(),
        ..Seen::default()
    }
}

fn sample(key: &str) -> pcsc::Reading {
    let block = text::encode(&samples::find(key).unwrap().card).unwrap();
    pcsc::Reading {
        reader: "r".to_owned(),
        profile: "p".to_owned(),
        sam_id: None,
        card: text::decode(&block).unwrap(),
        photo: None,
        raw: Vec::new(),
        taken_at: Instant::now(),
        fingerprints: None,
        body_number: None,
        read_at: std::time::SystemTime::now(),
        exchange_ms: 1,
    }
}

#[test]
fn the_state_of_the_readers_is_said_in_words() {
    use ReaderCondition::{Card, Empty, InUse, Mute, Reading, Unavailable};
    use ServiceState::{Down, Up};
    let no_module = |seen: Seen| Seen {
        failed: [("a".to_owned(), CardError::NoSecurityModule)].into(),
        ..seen
    };
    let table: &[(Seen, &str, bool, Option<&str>)] = &[
        (
            Seen {
                off: true,
                ..Seen::default()
            },
            "reader.off",
            false,
            None,
        ),
        (Seen::default(), "reader.starting", false, None),
        (seen(Down, &[]), "reader.service_stopped", false, None),
        (seen(Up, &[]), "reader.none", false, None),
        (seen(Up, &[("a", Empty)]), "reader.ready", true, Some("a")),
        (
            seen(Up, &[("a", Card)]),
            "reader.card_present",
            true,
            Some("a"),
        ),
        (
            seen(Up, &[("a", Reading)]),
            "reader.reading",
            true,
            Some("a"),
        ),
        (
            seen(Up, &[("a", Mute)]),
            "reader.card_mute",
            true,
            Some("a"),
        ),
        (seen(Up, &[("a", InUse)]), "reader.in_use", false, Some("a")),
        (
            seen(Up, &[("a", Unavailable)]),
            "reader.unavailable",
            false,
            Some("a"),
        ),
        (
            no_module(seen(Up, &[("a", Card)])),
            "reader.no_security_module",
            false,
            Some("a"),
        ),
        (
            no_module(seen(Up, &[("a", Empty)])),
            "reader.ready",
            true,
            Some("a"),
        ),
        (
            seen(Up, &[("a", Empty), ("b", Card)]),
            "reader.card_present",
            true,
            Some("b"),
        ),
        (
            seen(Up, &[("a", Unavailable), ("b", Empty)]),
            "reader.ready",
            true,
            Some("b"),
        ),
        (
            no_module(seen(Up, &[("a", Card), ("b", Empty)])),
            "reader.no_security_module",
            false,
            Some("a"),
        ),
    ];
    for (seen, code, ready, name) in table {
        let status = status(seen);
        assert_eq!(
            (status.reason.code.as_str(), status.ready),
            (*code, *ready),
            "{seen:?}"
        );
        assert_eq!(status.name.as_deref(), *name);
    }
}

/// Readers whose news is counted: statuses and taps.
fn counted() -> (Readers, Arc<Mutex<Vec<News>>>) {
    let news: Arc<Mutex<Vec<News>>> = Arc::default();
    let kept = Arc::clone(&news);
    (
        Readers::off(Arc::new(move |one| kept.lock().unwrap().push(one))),
        news,
    )
}

#[test]
fn a_locked_desk_takes_no_card_in() {
    let (readers, news) = counted();
    readers.inject(sample("citizen"));
    readers.shared.take(Event::Removed {
        reader: "r".to_owned(),
    });
    assert_eq!(*news.lock().unwrap(), []);
    assert!(readers.shared.state().readings.is_empty());
}

#[test]
fn a_desk_that_cannot_make_the_page_says_why_and_the_reading_is_kept() {
    let (readers, news) = counted();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let page_of = move |reading: &Reading| {
        counter.fetch_add(1, Ordering::SeqCst);
        assert_eq!(reading.identity.name, "王样本");
        Err(Error::coded("store.disk_full"))
    };
    readers.open_desk(Arc::new(page_of), Arc::new(|_, _| None));
    readers.inject(sample("citizen"));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let reason = Reason::new("store.disk_full");
    assert_eq!(*news.lock().unwrap(), [News::Tap(Tap::Failed { reason })]);
    readers.close_desk();
    assert_eq!(
        readers
            .get_reading(Id(uuid::Uuid::nil()))
            .unwrap_err()
            .code(),
        "reading.gone"
    );
}

#[test]
fn a_card_without_a_module_fails_with_the_drivers_code_and_shows_in_the_status() {
    let (readers, news) = counted();
    readers.shared.state().seen = seen(ServiceState::Up, &[("r", ReaderCondition::Card)]);
    let page_of = |_: &Reading| Err(Error::coded("internal.bug"));
    readers.open_desk(Arc::new(page_of), Arc::new(|_, _| None));
    let error = CardError::NoSecurityModule;
    readers.shared.take(Event::Failed {
        reader: "r".to_owned(),
        error,
    });
    assert_eq!(readers.status().reason.code, "reader.no_security_module");
    readers.shared.take(Event::Removed {
        reader: "r".to_owned(),
    });
    assert_eq!(readers.status().reason.code, "reader.card_present");
    let reason = Reason::new("card.no_security_module");
    let expected = [
        News::Status,
        News::Devices,
        News::Tap(Tap::Failed { reason }),
        News::Status,
        News::Devices,
        News::Tap(Tap::Removed),
    ];
    assert_eq!(*news.lock().unwrap(), expected);
}

#[test]
fn what_changes_at_a_second_reader_is_told_though_the_line_stays() {
    use ReaderCondition::{Empty, Unavailable};
    let (readers, news) = counted();
    let list = |second| seen(ServiceState::Up, &[("a", Empty), ("b", second)]).readers;
    readers.shared.state().seen = seen(ServiceState::Up, &[("a", Empty), ("b", Empty)]);
    for second in [Unavailable, Unavailable, Empty] {
        readers.shared.take(Event::Readers(list(second)));
    }
    assert_eq!(*news.lock().unwrap(), [News::Devices, News::Devices]);
}

#[test]
fn a_card_that_is_no_longer_waited_for_opens_its_person_again() {
    let (readers, _) = counted();
    let opened = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&opened);
    let page_of = move |_: &Reading| {
        counter.fetch_add(1, Ordering::SeqCst);
        Err(Error::coded("store.disk_full"))
    };
    readers.open_desk(Arc::new(page_of), Arc::new(|_, _| None));
    let lay = || {
        let mut read = sample("citizen");
        read.photo = Some(vec![7; 1024]);
        readers.inject(read)
    };
    readers.want_own_card();
    assert_eq!(lay(), Some(Tap::Own { reason: None }));
    assert_eq!(opened.load(Ordering::SeqCst), 0, "it is the colleague's");

    // Given up while it is waited for: the resident's card is the resident's.
    readers.want_own_card();
    readers.cancel_read();
    assert!(!matches!(lay(), Some(Tap::Own { .. })));
    assert_eq!(opened.load(Ordering::SeqCst), 1);

    // Given up when it was there: it serves nobody any more.
    readers.want_own_card();
    lay();
    readers.cancel_read();
    assert!(readers.take_own_card().is_none());
}

#[test]
fn a_service_that_stops_takes_its_readers_with_it() {
    let (readers, _) = counted();
    readers.shared.state().seen = seen(ServiceState::Up, &[("r", ReaderCondition::Empty)]);
    readers.shared.take(Event::Service(ServiceState::Down));
    assert_eq!(readers.status().reason.code, "reader.service_stopped");
    readers.shared.take(Event::Service(ServiceState::Up));
    assert_eq!(readers.status().reason.code, "reader.none");
}

#[test]
fn a_reader_that_needs_no_service_is_used_while_the_service_is_down() {
    let (readers, _) = counted();
    let both = seen(
        ServiceState::Up,
        &[
            ("r", ReaderCondition::Empty),
            ("usb", ReaderCondition::Empty),
        ],
    );
    let usb = both.readers[1].clone();
    readers.shared.state().seen = both;
    readers.shared.take(Event::Service(ServiceState::Down));
    readers.shared.take(Event::Readers(vec![usb]));
    assert_eq!(
        readers.shared.state().seen.service,
        Some(ServiceState::Down)
    );
    let status = readers.status();
    assert_eq!((status.ready, status.name.as_deref()), (true, Some("usb")));
    let codes = readers.list().into_iter().map(|row| row.reason.code);
    let codes: Vec<_> = codes.collect();
    assert_eq!(codes, ["reader.ready", "reader.service_stopped"]);
}

#[test]
fn dropping_the_readers_ends_their_threads_soon() {
    // Whether a smart card service runs here does not matter.
    let readers = Readers::start(Profiles::embedded(), Arc::new(|_| {})).unwrap();
    let started = Instant::now();
    drop(readers);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_social_security_card_opens_who_is_known_by_its_number_and_nobody_else() {
    use domain::identity::Evidence;
    let (readers, news) = counted();
    let social = samples::social().remove(0).card;
    let number = social.id_number.clone();
    let known = crate::reading::identity(&samples::find("citizen").unwrap().card);
    let wanted = number.clone();
    // Nobody's page can be made here: what matters is the reading that was kept for it.
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let page_of = move |reading: &Reading| {
        *keep.lock().unwrap() = Some(reading.evidence.clone());
        Err(Error::coded("store.disk_full"))
    };
    let known_as = move |asked: &str, _: &str| (asked == wanted).then(|| known.clone());
    readers.open_desk(Arc::new(page_of), Arc::new(known_as));
    let lay = |id_number: &str| {
        let read = social_card::Reading {
            reader: "S 00 00".into(),
            card: social_card::SocialCard {
                id_number: id_number.into(),
                ..social.clone()
            },
            raw: vec![1, 2, 3],
            taken_at: Instant::now(),
            read_at: std::time::SystemTime::now(),
            exchange_ms: 7,
        };
        readers.shared.social(read, false);
    };
    lay(&number);
    let evidence = kept.lock().unwrap().take().expect("the record is opened");
    let Evidence::SocialCardRead {
        reader,
        block_sha256,
        ..
    } = evidence
    else {
        panic!("{evidence:?}")
    };
    assert_eq!(reader, "S 00 00");
    assert_eq!(block_sha256, domain::sync::sha256_hex(&[1, 2, 3]));

    lay("11010519491231002X");
    assert!(kept.lock().unwrap().is_none(), "a stranger has no record");
    let reason = Reason::new("card.social_card");
    let told = news.lock().unwrap().last().cloned();
    assert_eq!(told, Some(News::Tap(Tap::Failed { reason })));
}
