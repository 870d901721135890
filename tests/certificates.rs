//! A station's certificate is renewed by itself: in time, and after it has run out.

use std::time::Duration;

use tests::city::{COMMUNITY, City};

#[test]
fn a_certificate_that_ran_out_is_renewed_and_the_line_comes_back_by_itself() {
    let mut city = City::open();
    // Five days are less than what a station renews ahead of.
    city.set_certificate_days(5);
    city.stop_centre();
    city.start_centre();
    let desk = city.desk(COMMUNITY);
    tests::eventually("the line is up", || up(&desk).then_some(()));
    desk.station.lock().expect("it locks");

    // What it gets next ran out yesterday.
    city.set_certificate_days(-1);
    city.stop_centre();
    city.start_centre();
    desk.log_in();
    tests::eventually("the line says why it is down", || {
        let reason = desk.station.get_status().line.reason;
        let station = reason.with.get("whose").map(String::as_str) == Some("station");
        (reason.code == "line.certificate_expired" && station).then_some(())
    });

    city.set_certificate_days(30);
    city.stop_centre();
    city.start_centre();
    tests::within(Duration::from_secs(90), "the line is back", &mut || {
        up(&desk).then_some(())
    });
    // What was written down is what the next start speaks with.
    let desk = desk.restart();
    tests::eventually("the line is up again", || up(&desk).then_some(()));
}

fn up(desk: &tests::desk::Desk) -> bool {
    desk.station.get_status().line.up
}
