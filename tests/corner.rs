//! What the status corner says when something is wrong that no retry cures: a revoked station, a
//! clock that is a day off, a copy of a station.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use station::catalog::Shelf;
use station::door;
use station::line::Line;
use station::line::tls::Clock;
use station::sync::{Setup, Worker};
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City};
use tests::desk::{CATALOG, Desk, PASSWORD, REGISTRATION, copy_folder};

#[test]
fn a_revoked_station_is_told_so_and_keeps_its_work() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let sent = register(&desk, "citizen");
    desk.until(sent, |s| matches!(s, CaseStanding::Centre { .. }));
    let public = station::keys::PublicPart::load(&desk.folder).expect("it is enrolled");
    city.revoke(public.id);
    let kept = register(&desk, "moved");
    let draft = desk.draft(
        "unemployment_registration",
        &desk.tap("hui"),
        &REGISTRATION[..2],
    );
    tests::eventually("the corner says so", || {
        let line = desk.station.get_status().line;
        (!line.up && line.reason.code == "station.revoked").then_some(())
    });
    tests::eventually("the case says so: not a fault of the line", || {
        let CaseStanding::Waiting { reason, .. } = desk.case(kept).row.standing else {
            panic!("it can only wait")
        };
        (reason.code == "station.revoked").then_some(())
    });

    // Everything is still there and can be read, after a restart too.
    let desk = desk.restart();
    assert_eq!(desk.case(kept).answers["phone"], "13900000000");
    let form = desk.station.get_draft(draft).expect("the form");
    assert_eq!(form.answers["residence"], "示范路1号");
    assert_eq!(desk.station.get_status().unsent_commands, 1);
    tests::eventually("it is told again", || {
        (desk.station.get_status().line.reason.code == "station.revoked").then_some(())
    });
    assert_eq!(city.counts().1, 1, "the centre took nothing more");
}

#[test]
fn a_clock_a_day_off_is_told_and_order_holds() {
    for days in [-1_i64, 1] {
        let city = City::open();
        let desk = city.desk(COMMUNITY);
        let folder = desk.folder.clone();
        drop(desk);
        let ours = move || Utc::now() + TimeDelta::days(days);
        let open = Wrong::open(&folder, ours);
        let first = open.register("citizen", ours());
        let off_s = tests::eventually("the clock is told", || open.worker.line().clock_off_s);
        assert!((off_s + days * 86_400).abs() < 60, "{off_s} s");
        open.until_sent();
        // The order is that of the log, whatever the clocks say: set right between two filings.
        let second = open.register("citizen", Utc::now());
        open.until_sent();
        let rejected = tests::eventually("the second is refused", || {
            match open.desk.get_case(second, Utc::now()).ok()?.row.standing {
                CaseStanding::Answered { outcome } => Some(outcome),
                _ => None,
            }
        });
        let domain::Outcome::Rejected { reasons } = rejected else {
            panic!("{rejected:?}")
        };
        assert_eq!(reasons[0].code, "person.already_registered");
        let first = open.desk.get_case(first, Utc::now()).expect("the case");
        assert!(
            matches!(first.row.standing, CaseStanding::Centre { .. }),
            "{:?}",
            first.row
        );
        assert_eq!(city.counts(), (1, 1, 2));
    }
}

/// The desk and the exchange of a computer whose clock is wrong.
struct Wrong {
    worker: Worker,
    desk: station::desk::Desk,
}

impl Wrong {
    fn open(
        folder: &std::path::Path,
        ours: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Wrong {
        let shelf = Shelf::load(std::path::Path::new(CATALOG)).expect("the catalogue");
        let now = ours();
        let desk = door::unlock(folder, "zhang", PASSWORD, &shelf, now).expect("it opens");
        // Nothing is known of the centre's time, as on a computer that was never in touch.
        let clock = Arc::new(Clock::new(ours, None));
        let line = Line::of(&desk.installation, Arc::default(), clock.clone()).expect("a line");
        let worker = Worker::start(Setup {
            store: desk.store.clone(),
            blobs: desk.blobs.clone(),
            installation: desk.installation.clone(),
            custody: None,
            rules: None,
            line,
            clock,
            around: Arc::new(Default::default),
            version: "test".into(),
            seed: 1,
            tell: Arc::new(|_| {}),
        });
        Wrong {
            worker: worker.expect("a thread"),
            desk,
        }
    }

    fn register(&self, sample: &str, now: DateTime<Utc>) -> domain::Id {
        let sample = drivers::virtual_card::samples::find(sample).expect("a sample");
        let read = station::reading::Reading::new(
            tests::speaker::new_id(),
            tests::desk::reading(&sample.card),
        );
        let whose = station::drafts::Whose::read(read);
        let draft = self
            .desk
            .open_draft("unemployment_registration", whose, now);
        let draft = draft.expect("the form opens").draft;
        let saved = self
            .desk
            .save_answers(draft, tests::desk::answers(REGISTRATION), now);
        saved.expect("the answers are saved");
        let filed = self.desk.submit(draft, now).expect("it is filed");
        self.worker.wake();
        filed.case
    }

    fn until_sent(&self) {
        tests::eventually("it is sent and told", || {
            let store = &self.desk.store;
            let sent = store.unsent().ok()?.commands == 0;
            (sent && store.feed_at().ok()?.seq > 0).then_some(())
        });
    }
}

#[test]
fn a_copy_of_a_station_is_told_and_keeps_its_work() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let folder = desk.folder.clone();
    drop(desk);
    // The disk is copied to a second computer; both go on.
    let copy = folder.with_file_name("copied-desk");
    copy_folder(&folder, &copy);
    let original = Desk::unpack(&folder, "zhang");
    original.log_in();
    let first = register(&original, "citizen");
    original.until(first, |s| matches!(s, CaseStanding::Centre { .. }));
    drop(original);
    let copied = Desk::unpack(&copy, "zhang");
    city.line.cut();
    copied.log_in();
    let second = register(&copied, "moved");
    city.line.restore();
    tests::eventually("the corner says so", || {
        let line = copied.station.get_status().line;
        (line.reason.code == "log.conflict").then_some(())
    });
    let page = copied.case(second);
    assert_eq!(
        page.answers["phone"], "13900000000",
        "what was filed is still there"
    );
    assert!(
        matches!(page.row.standing, CaseStanding::Waiting { .. }),
        "{:?}",
        page.row
    );
    assert_eq!(city.counts(), (1, 1, 1), "the log goes on in one way only");
}

fn register(desk: &Desk, sample: &str) -> domain::Id {
    let page = desk.tap(sample);
    desk.file("unemployment_registration", &page, REGISTRATION, &[])
        .case
}
