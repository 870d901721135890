//! One sentence on what to do today. Pure.

use chrono::{Months, NaiveDate};
use domain::{Person, Reason, Sex, Stage, retirement};

use super::page::About;

const REGISTRATION: &str = "unemployment_registration";
const UNEMPLOYED: &str = "registered_unemployed";
const HARDSHIP: &str = "hardship";
/// Registration is for people of this age on (江苏省就业和失业登记管理办法 art. 3).
const WORKING_AGE: i32 = 16;
/// Older and long unemployed residents may be recognised (苏人社规〔2020〕2号 art. 2).
const OLDER_WOMEN: i32 = 40;
const OLDER_MEN: i32 = 50;
const LONG_MONTHS: u32 = 12;

/// The advice of a page.
pub(super) fn of(about: &About) -> Reason {
    let returned = |stage: &Stage| matches!(stage, Stage::Returned { .. });
    let mut cases = about.cases.iter();
    if let Some(shown) = cases.clone().find(|shown| returned(&shown.case.stage)) {
        return Reason::new("advice.fix_returned")
            .with("business", &shown.case.business)
            .with("case", shown.case.id);
    }
    if let Some(draft) = about.drafts.first() {
        return Reason::new("advice.continue_draft")
            .with("business", &draft.business)
            .with("draft", draft.id);
    }
    if let Some(shown) = cases.find(|shown| shown.is_open()) {
        return Reason::new("advice.wait_for_centre")
            .with("business", &shown.case.business)
            .with("case", shown.case.id);
    }
    let registered = about.person.and_then(|person| person.standing(UNEMPLOYED));
    match (about.person, registered) {
        (Some(person), Some(standing)) if may_be_hardship(about, person, standing.since) => {
            Reason::new("advice.offer_hardship")
        }
        (_, None) if may_register(about) => {
            Reason::new("advice.register_unemployed").with("business", REGISTRATION)
        }
        _ => Reason::new("advice.nothing_due"),
    }
}

fn may_register(about: &About) -> bool {
    let person = about.person;
    let group = retirement::group_of(person.and_then(|p| p.known.get("worker_group")));
    let dates = retirement::dates(about.identity, group);
    let retired = !dates.is_empty() && dates.iter().all(|date| date.on <= about.today);
    let employed = person.is_some_and(|person| person.employed_on(about.today).is_some());
    about.identity.age_on(about.today) >= WORKING_AGE && !retired && !employed
}

fn may_be_hardship(about: &About, person: &Person, registered: NaiveDate) -> bool {
    let older = match about.identity.sex {
        Sex::Female => OLDER_WOMEN,
        _ => OLDER_MEN,
    };
    let long = registered
        .checked_add_months(Months::new(LONG_MONTHS))
        .is_some_and(|day| day <= about.today);
    person.standing(HARDSHIP).is_none() && (long || about.identity.age_on(about.today) >= older)
}
