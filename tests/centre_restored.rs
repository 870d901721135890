//! The centre's database comes back from a backup that is older than what stations have sent and heard:
//! they send again what it has lost, hear again how things are, and nothing is lost or doubled.

use domain::Id;
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City, NEIGHBOUR, with_cluster};
use tests::desk::{Desk, HARDSHIP, REGISTRATION};

const DATABASE: &str = "comes_back";
const BACKUP: &str = "comes_back_backup";

#[test]
fn what_a_restored_centre_has_lost_comes_again_from_its_stations() {
    let url = with_cluster(|cluster| {
        cluster.create_database(DATABASE).expect("a database");
        cluster.url(DATABASE)
    });
    let city = City::open_on(url, None);
    let desks = [city.desk(COMMUNITY), city.desk(NEIGHBOUR)];
    let mut filed: Vec<(usize, Id)> = Vec::new();
    for (at, sample) in [(0, "moved"), (1, "citizen")] {
        filed.push((at, register(&desks[at], sample)));
    }
    arrived(&desks, &filed);
    city.stop_centre();
    sql(&format!("CREATE DATABASE {BACKUP} TEMPLATE {DATABASE}"));
    city.start_centre();

    for (at, sample) in [(0, "hui"), (1, "taiwan"), (0, "woman")] {
        filed.push((at, register(&desks[at], sample)));
    }
    // With a paper, whose bytes outlive the database.
    let page = desks[0].tap("moved");
    let papers = desks[0].file("hardship_recognition", &page, HARDSHIP, &["household_book"]);
    filed.push((0, papers.case));
    arrived(&desks, &filed);
    let before = city.counts();
    city.stop_centre();
    sql(&format!("DROP DATABASE {DATABASE}"));
    sql(&format!("ALTER DATABASE {BACKUP} RENAME TO {DATABASE}"));
    assert_eq!(city.counts().0, 2, "the backup is older");
    city.start_centre();

    tests::eventually("what was lost comes again", || {
        (city.counts() == before).then_some(())
    });
    arrived(&desks, &filed);
    // A person of whom only the lost part spoke is known again at both, and is one.
    filed.push((1, register(&desks[1], "hui")));
    arrived(&desks, &filed);
    assert_eq!(city.counts().0, before.0, "one person at two stations");
}

/// Every case is where the centre says, and nothing waits to be sent.
fn arrived(desks: &[Desk; 2], filed: &[(usize, Id)]) {
    for (at, case) in filed {
        desks[*at].until(*case, |standing| {
            matches!(
                standing,
                CaseStanding::Centre { .. } | CaseStanding::Answered { .. }
            )
        });
    }
    for desk in desks {
        tests::eventually("all is sent", || desk.has_sent_everything().then_some(()));
    }
}

fn register(desk: &Desk, sample: &str) -> Id {
    let page = desk.tap(sample);
    desk.file("unemployment_registration", &page, REGISTRATION, &[])
        .case
}

fn sql(statement: &str) {
    with_cluster(|cluster| cluster.psql(statement).expect("it is done"));
}
