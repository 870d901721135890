//! The centre goes away, its database goes away: the corner says which, work goes on, and when they
//! are back everything arrives once, by itself.

use std::time::{Duration, Instant};

use domain::Stage;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, REGISTRATION};
use xtask::postgres::Cluster;

const SAMPLES: [&str; 6] = ["citizen", "woman", "moved", "rare_name", "hui", "hong_kong"];

#[test]
fn a_centre_restarted_in_the_middle_of_pushes_loses_and_doubles_nothing() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    city.line.cut();
    let mut rng = StdRng::seed_from_u64(41);
    // The papers make the way longer, so that a stop falls into it.
    let cases: Vec<_> = SAMPLES
        .iter()
        .map(|sample| {
            let answers = [REGISTRATION, &[("reason", "5")]].concat();
            let page = desk.tap(sample);
            let filed = desk.file(
                "unemployment_registration",
                &page,
                &answers,
                &["other_proof"],
            );
            filed.case
        })
        .collect();
    city.line.restore();
    let mut said = Vec::new();
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(rng.gen_range(0..120)));
        city.stop_centre();
        said.push(tests::eventually("the corner says so", || {
            let line = desk.station.get_status().line;
            (!line.up).then_some(line.reason.code)
        }));
        city.start_centre();
        if desk.has_sent_everything() {
            break;
        }
    }
    assert!(
        said.iter()
            .all(|code| code == "line.unreachable" || code == "line.interrupted")
    );
    for case in &cases {
        desk.until(*case, |s| matches!(s, CaseStanding::Centre { .. }));
    }
    tests::eventually("all is sent", || desk.has_sent_everything().then_some(()));
    assert_eq!(city.counts(), (6, 6, 6), "each arrived once");
    tests::eventually("the corner is well again", || {
        (desk.station.get_status().line.reason.code == "line.up").then_some(())
    });
}

#[test]
fn a_centre_that_is_down_is_said_and_work_goes_on() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    tests::eventually("they are in touch", || {
        desk.station.get_status().line.up.then_some(())
    });
    city.stop_centre();
    let filed = register(&desk, "citizen");
    tests::eventually("the case says why it waits", || {
        match desk.case(filed).row.standing {
            CaseStanding::Waiting { reason, next_try } => {
                (reason.code == "line.unreachable" && next_try.is_some()).then_some(())
            }
            other => panic!("{other:?}"),
        }
    });
    let line = desk.station.get_status().line;
    assert_eq!(
        (line.up, line.reason.code.as_str()),
        (false, "line.unreachable")
    );
    assert!(line.last_contact.is_some(), "and when it was last there");
    city.start_centre();
    desk.until(filed, granted);
    assert_eq!(city.counts(), (1, 1, 1));
}

#[test]
fn a_restarted_database_is_said_and_costs_a_wait() {
    // A server of its own: the other tests' must not stop.
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = Cluster::start_with(&folder.path().join("pg"), &[("fsync", "off")]);
    let mut cluster = cluster.expect("PostgreSQL starts");
    cluster.create_database("city").expect("a database");
    let city = City::open_on(cluster.url("city"), None);
    let desk = city.desk(COMMUNITY);
    let before = register(&desk, "citizen");
    desk.until(before, granted);

    cluster.pause();
    let during = register(&desk, "moved");
    tests::eventually("the corner says so", || {
        let line = desk.station.get_status().line;
        (!line.up && line.reason.code == "centre.database_down").then_some(())
    });
    // Another lane may have heard of it first.
    tests::eventually("the case says so too", || {
        match desk.case(during).row.standing {
            CaseStanding::Waiting { reason, .. } => {
                (reason.code == "centre.database_down").then_some(())
            }
            other => panic!("it can only wait: {other:?}"),
        }
    });
    let second = register(&desk, "rare_name");

    cluster.resume().expect("PostgreSQL starts again");
    let began = Instant::now();
    for case in [during, second] {
        desk.until(case, granted);
    }
    println!(
        "back after database_restart_s={:.1}",
        began.elapsed().as_secs_f64()
    );
    assert_eq!(city.counts(), (3, 3, 3));
    tests::eventually("the corner is well again", || {
        desk.station.get_status().line.up.then_some(())
    });
    // Announcements are heard again too: a decision does not wait for a long poll to end.
    let began = Instant::now();
    desk.until(register(&desk, "taiwan"), granted);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "took {:?}",
        began.elapsed()
    );
    drop(desk);
    city.stop_centre();
}

fn register(desk: &Desk, sample: &str) -> domain::Id {
    let page = desk.tap(sample);
    desk.file("unemployment_registration", &page, REGISTRATION, &[])
        .case
}

fn granted(standing: &CaseStanding) -> bool {
    matches!(
        standing,
        CaseStanding::Centre {
            stage: Stage::Granted,
            ..
        }
    )
}
