//! A fold is what `evolve` says, whoever folded it and from where; a file is read as it was written, or
//! not at all.

use super::*;
use crate::sync::{FeedFact, first_sum, sum_after};
use crate::{Change, Fact, Id, Outcome, Person, State};

fn feed() -> Division {
    Division("320302001002".to_owned())
}

fn id(order: u128) -> Id {
    Id(uuid::Uuid::from_u128(order))
}

fn person(order: u128) -> Person {
    let identity = serde_json::json!({
        "document": { "kind": "citizen_card", "number": "x" }, "name": format!("王{order}"),
        "latin_name": null, "sex": "female", "ethnic": "01", "birth": "1980-05-05",
        "address": "", "issuer": "", "valid_from": null, "valid_to": null, "nationality": null,
    });
    let identity = serde_json::from_value(identity).expect("an identity");
    Person::new(id(order), identity, feed())
}

/// Facts of every sort that matters here: known ones, one from a newer program, outcomes that change
/// and that name a content, facts about nobody.
fn facts(people: u128) -> Vec<FeedFact> {
    let mut list = Vec::new();
    let mut say = |entity: u128, cause: u128, change: Change| {
        list.push(Fact {
            entity: id(entity),
            cause: id(cause),
            index: list.len() as u16,
            change,
        });
    };
    let decided = |outcome: Outcome, content: Option<&str>| Change::Decided {
        outcome,
        content: content.map(str::to_owned),
    };
    for order in 1..=people {
        let (cause, change) = (1_000 + order, |now: &str| Change::AnswerChanged {
            change: crate::person::FieldChange {
                field: "phone".to_owned(),
                was: None,
                now: now.to_owned(),
            },
        });
        let opened = Change::PersonOpened {
            person: Box::new(person(order)),
        };
        say(order, cause, opened);
        say(order, cause, change("139"));
        say(5_000 + order, cause, change("nobody's"));
        let reasons = vec![crate::Reason::new("pages.awaited")];
        say(cause, cause, decided(Outcome::Awaiting { reasons }, None));
        say(cause, cause, decided(Outcome::Accepted, None));
        say(cause, cause, decided(Outcome::Accepted, Some("c1")));
    }
    let newer = serde_json::json!({ "kind": "teleported", "to": [1, 2] });
    say(1, 9_000, Change::Unknown(newer));
    let mut sum = first_sum();
    (1..)
        .zip(list)
        .map(|(seq, fact)| {
            let body = serde_json::to_string(&fact).expect("a fact is JSON");
            sum = sum_after(&sum, &body);
            let sum = sum.clone();
            FeedFact { seq, body, sum }
        })
        .collect()
}

fn folded(facts: &[FeedFact]) -> Folded {
    let mut folded = Folded::new(&feed());
    facts.iter().for_each(|fact| {
        folded.fold(fact).expect("it goes on");
    });
    folded
}

#[test]
fn a_fold_that_goes_on_from_any_snapshot_is_the_fold_of_all_facts() {
    let facts = facts(9);
    let whole = folded(&facts).write(700).unwrap();
    let mut state = State::empty(true);
    for fact in &facts {
        evolve::evolve(&mut state, &serde_json::from_str(&fact.body).unwrap());
    }
    assert_eq!(folded(&facts).people().unwrap(), state.people.items);
    assert!(state.people.items[0].frozen);
    for cut in 1..facts.len() {
        let first = folded(&facts[..cut]).write(700).unwrap();
        let (bytes, sha256) = (&first.bytes, &first.offer.sha256);
        let mut on = Folded::of_file(&feed(), bytes, sha256).unwrap();
        assert_eq!(on.at.sum, facts[cut - 1].sum);
        let gap = facts.get(cut + 1).map(|fact| on.fold(fact));
        assert!(gap.is_none_or(|gap| gap.is_err()), "a gap is refused");
        facts[cut..].iter().for_each(|fact| on.fold(fact).unwrap());
        assert_eq!(on.write(700).unwrap().bytes, whole.bytes, "cut at {cut}");
    }
    let elsewhere = Division("320303001001".to_owned());
    let other = Folded::of_file(&elsewhere, &whole.bytes, &whole.offer.sha256);
    assert_eq!(other.unwrap_err(), Unreadable("of another feed"));
}

#[test]
fn a_file_is_taken_in_any_parts_and_each_is_looked_at() {
    let file = folded(&facts(40)).write(700).unwrap();
    for part_bytes in [0, 1, 900, 5_000, u64::MAX] {
        let offer = Offer {
            part_bytes,
            ..file.offer.clone()
        };
        assert!(offer.is_readable());
        let head = &file.bytes[..offer.header_bytes as usize];
        let header = Header::read(head, &offer).unwrap();
        assert!(header.chunks.len() > 5);
        assert_eq!(header.counts, folded(&facts(40)).counts());
        let (mut done, mut parts) = (0, 0);
        while let Some(stretch) = header.next(&offer, done) {
            let from = stretch.offset as usize;
            let bytes = &file.bytes[from..from + stretch.len as usize];
            assert_eq!(header.take(done, &bytes[..bytes.len() - 1]), None);
            let mut wrong = bytes.to_vec();
            wrong[bytes.len() / 2] ^= 1;
            assert_eq!(header.take(done, &wrong), None);
            assert_eq!(header.take(done + 1, bytes), None);
            let taken = header.take(done, bytes).unwrap();
            for (chunk, bytes) in header.chunks[done..].iter().zip(&taken) {
                assert!(rows::read(&chunk.open(bytes).unwrap()).all(|row| row.is_ok()));
            }
            let left = offer.size_bytes - stretch.offset;
            assert_eq!(header.left_bytes(done), left);
            done += taken.len();
            parts += 1;
        }
        assert_eq!(done, header.chunks.len());
        assert_eq!(parts == 1, part_bytes == u64::MAX, "{parts} parts");
    }
}

/// Whatever bit of a header is turned on its way: it is refused, or what it asks for lies in the file
/// and the whole is not what was offered.
#[test]
fn a_turned_bit_in_a_header_is_found() {
    let file = folded(&facts(3)).write(700).unwrap();
    let (offer, end) = (&file.offer, file.offer.header_bytes as usize);
    let mut read = 0;
    for bit in 0..end * 8 {
        let mut bytes = file.bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(open_whole(&bytes, &offer.sha256).is_err(), "bit {bit}");
        let Ok(header) = Header::read(&bytes[..end], offer) else {
            continue;
        };
        read += 1;
        for done in 0..=header.chunks.len() {
            let Some(stretch) = header.next(offer, done) else {
                continue;
            };
            let last = stretch.offset + stretch.len;
            assert!(last <= offer.size_bytes, "bit {bit}");
            header.take(done, &bytes[stretch.offset as usize..last as usize]);
        }
    }
    assert!(read > 0, "a turned digit of a sum is read");
}

#[test]
fn what_is_not_the_offered_file_is_refused() {
    let file = folded(&facts(3)).write(700).unwrap();
    let (offer, bytes) = (&file.offer, &file.bytes);
    let head = &bytes[..offer.header_bytes as usize];
    for end in 0..head.len() {
        assert!(Header::read(&head[..end], offer).is_err(), "cut at {end}");
    }
    for at in 0..bytes.len() {
        let mut wrong = bytes.clone();
        wrong[at] ^= 0x10;
        assert!(open_whole(&wrong, &offer.sha256).is_err(), "byte {at}");
    }
    type Change = fn(&mut Offer);
    let others: [Change; 4] = [
        |offer| offer.seq += 1,
        |offer| offer.size_bytes += 1,
        |offer| offer.header_bytes += 1,
        |offer| offer.fold += 1,
    ];
    for change in others {
        let mut other = offer.clone();
        change(&mut other);
        assert!(Header::read(head, &other).is_err(), "{other:?}");
    }
    let unreadable: [Change; 5] = [
        |offer| offer.fold += 1,
        |offer| offer.format += 1,
        |offer| offer.size_bytes = LIMIT_BYTES + 1,
        |offer| offer.header_bytes = HEADER_LIMIT_BYTES + 1,
        |offer| offer.size_bytes = offer.header_bytes - 1,
    ];
    for change in unreadable {
        let mut other = offer.clone();
        change(&mut other);
        assert!(!other.is_readable(), "{other:?}");
    }
}

/// When this fails, what is folded of the same facts has changed: raise `evolve::VERSION`, so that no
/// station takes over what another version folded, and put the new address here.
#[test]
fn another_fold_has_another_version() {
    let file = folded(&facts(5)).write(1 << 20).unwrap();
    let (_, texts) = open_whole(&file.bytes, &file.offer.sha256).unwrap();
    let said = (evolve::VERSION, sha256_hex(texts.concat().as_bytes()));
    let known = "1d0d4ce54e0fd879b547d8e9abbd9e9feec6171e9a495f0fe6618955a659e0a2";
    assert_eq!(said, (1, known.to_owned()));
}
