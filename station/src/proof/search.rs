//! The search as the counter sees it: pinyin, first letters, what comes first, and the keys of an
//! older program.

use domain::{Change, Fact, Person};

use super::city::City;
use super::*;
use crate::store::person_key;
use crate::view::{Matched, PersonRow};

const ELSEWHERE: &str = "320302001006";

fn rows(desk: &Desk, text: &str) -> Vec<PersonRow> {
    desk.search_people(text).unwrap().rows
}

fn names(desk: &Desk, text: &str) -> Vec<String> {
    rows(desk, text).into_iter().map(|row| row.name).collect()
}

/// Somebody the centre tells of.
fn told(city: &mut City, order: u32, name: &str, home: &str) -> Id {
    let id = Id(uuid::Uuid::from_u128(0x0100 + u128::from(order)));
    let person = Person {
        known: answers(&[("phone", "13800000000")]),
        ..Person::new(id, identity(name, order), Division(home.into()))
    };
    let fact = Fact {
        entity: id,
        cause: id,
        index: 0,
        change: Change::PersonCopied {
            person: Box::new(person),
        },
    };
    city.publish(&serde_json::to_string(&fact).unwrap());
    id
}

#[test]
fn a_name_is_found_by_pinyin_first_letters_and_a_mixture() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    told(&mut city, 1, "单晓明", COMMUNITY);
    told(&mut city, 2, "王小美", COMMUNITY);
    told(&mut city, 3, "王\u{e863}", COMMUNITY);
    city.meet(&desk);
    for typed in [
        "shanxiaoming",
        "shan xiao",
        "danx",
        "sxm",
        "SXM",
        "shanxm",
        "sxiaom",
        "单晓",
    ] {
        assert_eq!(names(&desk, typed), ["单晓明"], "{typed}");
    }
    assert_eq!(names(&desk, "wxm"), ["王小美"]);
    assert_eq!(
        names(&desk, "王䶮"),
        ["王\u{e863}"],
        "a private character by its new one"
    );
    assert_eq!(names(&desk, "wangyan"), ["王\u{e863}"]);
    assert!(names(&desk, "xm").is_empty() && names(&desk, "wangxiaomeng").is_empty());
    let why = |typed: &str| {
        let row = rows(&desk, typed).remove(0);
        (row.matched, row.exact, row.spelled)
    };
    let syllables = Some("shan xiao ming".to_owned());
    assert_eq!(why("单晓明"), (Matched::Name, true, None));
    assert_eq!(why("单"), (Matched::Name, false, None));
    assert_eq!(why("sxm"), (Matched::Initials, true, syllables.clone()));
    assert_eq!(why("sx"), (Matched::Initials, false, syllables.clone()));
    assert_eq!(why("shanxm"), (Matched::Pinyin, true, syllables));
    assert_eq!(why("13800000000").0, Matched::Phone);
}

#[test]
fn what_fits_whole_comes_first_and_then_this_community() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    told(&mut city, 1, "王伟", ELSEWHERE);
    told(&mut city, 2, "王伟强", ELSEWHERE);
    told(&mut city, 3, "王伟强", COMMUNITY);
    told(&mut city, 4, "王伟", COMMUNITY);
    for order in 10..40 {
        told(&mut city, order, "王伟国", ELSEWHERE);
    }
    city.meet(&desk);
    let found = desk.search_people("王伟").unwrap();
    let order: Vec<(&str, &str)> = found
        .rows
        .iter()
        .map(|row| (row.name.as_str(), row.home.0.as_str()))
        .collect();
    let expected = [
        ("王伟", COMMUNITY),
        ("王伟", ELSEWHERE),
        ("王伟强", COMMUNITY),
        ("王伟国", ELSEWHERE),
    ];
    assert_eq!(order[..4], expected);
    assert_eq!((order.len(), found.more), (20, true));
    let four = &identity("王伟", 4).document.number[14..];
    assert_eq!(rows(&desk, four)[0].home.0, COMMUNITY);
    assert!(desk.search_people("3203").unwrap().rows.is_empty());
    assert!(desk.search_people("320390").unwrap().unfinished);
}

#[test]
fn who_is_only_pending_is_found_by_pinyin_too() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("仇示范", 1));
    for typed in ["qiushifan", "csf", "qsf", "仇"] {
        assert_eq!(names(&desk, typed), ["仇示范"], "{typed}");
    }
}

#[test]
fn who_moves_away_is_found_as_living_elsewhere() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    told(&mut city, 1, "王示范", COMMUNITY);
    city.meet(&desk);
    told(&mut city, 1, "王示范", ELSEWHERE);
    city.meet(&desk);
    let found = rows(&desk, "wsf");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].home.0, ELSEWHERE);
    assert_eq!(count_keys(&desk), Keys { here: 0, all: 6 });
}

#[derive(Debug, PartialEq)]
struct Keys {
    here: usize,
    all: usize,
}

fn count_keys(desk: &Desk) -> Keys {
    let kinds = ["d:", "p:", "l:", "L:", "n:", "N:", "f:", "F:", "i:", "I:"];
    let count = |kind: &str| {
        let keys = desk
            .store
            .read(|c| person_key::find_beginning(c, kind, 10_000));
        keys.unwrap().len()
    };
    Keys {
        here: kinds
            .iter()
            .filter(|k| k.as_bytes()[0].is_ascii_uppercase())
            .map(|k| count(k))
            .sum(),
        all: kinds.iter().map(|kind| count(kind)).sum(),
    }
}

#[test]
fn keys_of_an_older_program_are_filled_in_steps_while_it_works() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    for order in 1..=450 {
        told(&mut city, order, "单晓明", COMMUNITY);
    }
    city.meet(&desk);
    let filled = count_keys(&desk);
    desk.store.pretend_keys_of_before().unwrap();
    assert_eq!(rows(&desk, "单晓").len(), 20, "the old keys serve");
    assert!(names(&desk, "sxm").is_empty());
    // A fact in the middle of it leaves no key behind.
    assert!(desk.store.fill_keys().unwrap());
    told(&mut city, 1, "单晓光", COMMUNITY);
    told(&mut city, 449, "单晓光", COMMUNITY);
    city.meet(&desk);
    while desk.store.fill_keys().unwrap() {}
    assert_eq!(names(&desk, "单晓光").len(), 2);
    assert_eq!(names(&desk, "shanxiaoguang").len(), 2);
    assert_eq!(count_keys(&desk), filled);
    assert!(!desk.store.fill_keys().unwrap(), "and it is done");
}

#[test]
fn a_search_ends_when_another_begins() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    told(&mut city, 1, "王示范", COMMUNITY);
    city.meet(&desk);
    let ended = std::thread::scope(|scope| {
        let typists: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let tries = (0..200).map(|_| desk.search_people("wangsf"));
                    tries.filter_map(|found| found.err()).collect::<Vec<_>>()
                })
            })
            .collect();
        let ended = typists.into_iter().flat_map(|t| t.join().unwrap());
        ended.map(|e| e.code().to_owned()).collect::<Vec<_>>()
    });
    assert!(
        ended.iter().all(|code| code == "search.superseded"),
        "{ended:?}"
    );
    assert!(!ended.is_empty(), "two searches met at least once");
    assert_eq!(names(&desk, "wangsf").len(), 1, "the last one is answered");
}
