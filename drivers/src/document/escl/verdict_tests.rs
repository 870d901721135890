//! Tests of what answers mean, as tables.

use super::*;
use crate::document::escl::reply::JobState;

const JOB: &str = "/eSCL/ScanJobs/1";

fn status(state: &str, feeder: &str, job: &str) -> Status {
    let jobs = (!job.is_empty()).then(|| JobState {
        uri: JOB.to_string(),
        state: job.to_string(),
    });
    Status {
        state: state.to_string(),
        feeder: feeder.to_string(),
        jobs: jobs.into_iter().collect(),
    }
}

fn asked(quirk: &Quirk, feeder: bool, pages: u32, tries: u32) -> Asked<'_> {
    Asked {
        quirk,
        feeder,
        pages,
        tries,
        waited: Duration::from_secs(tries.into()),
        job: JOB,
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "good",
        Verdict::Again(_) => "again",
        Verdict::End => "end",
        Verdict::Fault(fault) => fault.code(),
    }
}

#[test]
fn a_page_is_judged_by_both_statuses() {
    let rule = Quirk::default();
    // feeder?, pages before, tries before, HTTP, State, AdfState, JobState
    for (feeder, pages, tries, code, state, adf, job, want) in [
        (true, 0, 0, 200, "", "", "", "good"),
        (
            true,
            0,
            0,
            503,
            "Processing",
            "Empty",
            "Processing",
            "again",
        ),
        (true, 0, 29, 503, "Testing", "", "", "again"),
        (
            true,
            0,
            30,
            503,
            "Processing",
            "Loaded",
            "Processing",
            "scan.not_ready",
        ),
        (
            true,
            2,
            0,
            503,
            "Processing",
            "Jam",
            "Processing",
            "scan.jam",
        ),
        (true, 2, 0, 503, "Stopped", "", "Processing", "scan.stopped"),
        (true, 2, 0, 503, "Idle", "", "Aborted", "scan.job_gone"),
        (true, 2, 1, 503, "Idle", "Empty", "Completed", "end"),
        (true, 0, 1, 503, "Idle", "Empty", "Completed", "scan.empty"),
        (false, 0, 0, 503, "Processing", "Jam", "Processing", "again"),
        (true, 3, 0, 404, "Idle", "Empty", "Completed", "end"),
        (true, 3, 0, 404, "Idle", "", "", "end"),
        (true, 0, 0, 404, "Idle", "Empty", "", "scan.empty"),
        (false, 0, 0, 404, "Idle", "", "", "scan.no_image"),
        (false, 1, 0, 404, "Processing", "", "Processing", "end"),
        (
            true,
            3,
            0,
            404,
            "Processing",
            "Loaded",
            "Processing",
            "again",
        ),
        (true, 3, 2, 404, "Processing", "Loaded", "Processing", "end"),
        (true, 3, 0, 404, "Idle", "HatchOpen", "", "scan.cover_open"),
        (true, 3, 0, 409, "Idle", "Empty", "", "end"),
        (true, 0, 0, 409, "Idle", "Empty", "", "scan.empty"),
        (true, 3, 0, 409, "Idle", "Loaded", "Completed", "end"),
        (true, 3, 0, 409, "Idle", "Loaded", "", "scan.conflict"),
        (true, 3, 0, 409, "Processing", "Jam", "", "scan.jam"),
        (true, 3, 0, 409, "Down", "", "", "scan.stopped"),
        (false, 0, 0, 409, "Idle", "Empty", "", "scan.conflict"),
        (true, 3, 0, 410, "Idle", "", "", "scan.job_gone"),
        (true, 3, 0, 410, "Idle", "", "Completed", "end"),
        (true, 3, 0, 410, "Idle", "Mispick", "", "scan.mispick"),
        (
            true,
            3,
            0,
            500,
            "Idle",
            "MultipickDetected",
            "",
            "scan.multipick",
        ),
        (true, 3, 0, 500, "Idle", "", "", "scan.transfer"),
        (true, 3, 0, 401, "", "", "", "scan.login_required"),
        (true, 3, 0, 302, "", "", "", "scan.protocol"),
    ] {
        let verdict = of_page(
            asked(&rule, feeder, pages, tries),
            code,
            None,
            &status(state, adf, job),
        );
        let line = format!("{feeder} {pages} {tries} {code} {state} {adf} {job}");
        assert_eq!(word(verdict), want, "{line}");
    }
}

#[test]
fn a_job_is_taken_put_off_or_refused_for_a_reason() {
    let rule = Quirk::default();
    for (feeder, tries, code, state, adf, want) in [
        (true, 0, 201, "", "", "good"),
        (true, 0, 503, "Processing", "Loaded", "again"),
        (true, 29, 503, "Processing", "Loaded", "again"),
        (true, 30, 503, "Processing", "Loaded", "scan.busy"),
        (true, 0, 503, "Idle", "Empty", "scan.empty"),
        (false, 0, 503, "Idle", "Empty", "again"),
        (true, 0, 409, "Idle", "Empty", "scan.empty"),
        (true, 0, 409, "Idle", "Jam", "scan.jam"),
        (true, 0, 409, "Processing", "Loaded", "scan.busy"),
        (true, 0, 409, "Idle", "Loaded", "scan.conflict"),
        (true, 0, 400, "Idle", "", "scan.invalid_setting"),
        (true, 0, 404, "", "", "scan.not_escl"),
        (true, 0, 403, "", "", "scan.login_required"),
        (true, 0, 500, "", "", "scan.transfer"),
    ] {
        let verdict = of_post(
            asked(&rule, feeder, 0, tries),
            code,
            None,
            &status(state, adf, ""),
        );
        assert_eq!(word(verdict), want, "{feeder} {tries} {code} {state} {adf}");
    }
}

#[test]
fn peculiar_models_are_judged_by_their_own_rule() {
    let hasty = Quirk {
        early_404: 3,
        early_410: 3,
        ..Quirk::default()
    };
    let idle = status("Idle", "Empty", "");
    for code in [404, 410] {
        let try_no = |tries| word(of_page(asked(&hasty, true, 1, tries), code, None, &idle));
        assert_eq!((try_no(0), try_no(2)), ("again", "again"), "{code}");
    }
    assert_eq!(
        word(of_page(asked(&hasty, true, 1, 3), 404, None, &idle)),
        "end"
    );
    let forgetful = Quirk {
        gone_is_end: true,
        ..Quirk::default()
    };
    assert_eq!(
        word(of_page(asked(&forgetful, true, 1, 0), 410, None, &idle)),
        "end"
    );
    let honest = Quirk {
        check_feeder_first: true,
        ..Quirk::default()
    };
    assert_eq!(
        of_status(asked(&honest, true, 0, 0), &idle),
        Some(ScanFault::Empty)
    );
    assert_eq!(of_status(asked(&honest, false, 0, 0), &idle), None);
    assert_eq!(of_status(asked(&Quirk::default(), true, 0, 0), &idle), None);
}

#[test]
fn a_scanner_may_name_the_wait_within_a_limit() {
    let rule = Quirk::default();
    let wait = |wait| of_page(asked(&rule, true, 0, 0), 503, wait, &Status::default());
    assert_eq!(wait(None), Verdict::Again(PAUSE));
    let asked_for = Duration::from_millis(200);
    assert_eq!(wait(Some(asked_for)), Verdict::Again(asked_for));
    assert_eq!(
        wait(Some(Duration::from_secs(600))),
        Verdict::Again(PAUSE_LIMIT)
    );
}

#[test]
fn a_scanner_that_warms_up_and_names_no_wait_is_given_its_time_however_often_it_is_asked() {
    let rule = Quirk::default();
    let often = |waited| Asked {
        waited: Duration::from_secs(waited),
        ..asked(&rule, true, 0, 290)
    };
    let warming = status("Processing", "Loaded", "Processing");
    let hurried = Some(Duration::from_millis(100));
    for (waited, page, post) in [(29, "again", "again"), (30, "scan.not_ready", "scan.busy")] {
        assert_eq!(word(of_page(often(waited), 503, hurried, &warming)), page);
        assert_eq!(word(of_post(often(waited), 503, hurried, &warming)), post);
    }
}
