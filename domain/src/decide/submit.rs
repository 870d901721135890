//! Filing a case.

use super::grant::{self, event};
use super::{Facts, Verdict};
use crate::case::{Answers, Page};
use crate::command::{Settlement, Submit};
use crate::identity::DocumentKind;
use crate::person::EventKind;
use crate::rule::{Basis, Check, CheckLine, Subject};
use crate::{
    Business, Case, Catalog, Change, Command, Id, Identity, Person, Reason, Seen, Stage, State,
    form, id_number, rule,
};
use chrono::NaiveDate;

/// A form as it stands, to be checked: at the counter while it is filled, and when it is decided.
pub struct Assessment<'a> {
    /// The business date.
    pub acted_on: NaiveDate,
    /// The document seen.
    pub identity: &'a Identity,
    /// The form.
    pub answers: &'a Answers,
    /// The papers.
    pub pages: &'a [Page],
    /// The case it is or will be.
    pub case: Id,
}

/// Every check of a form, those of the document first.
pub fn assess(
    catalog: &Catalog,
    business: &Business,
    state: &State,
    person: Option<&Person>,
    it: &Assessment,
) -> Vec<CheckLine> {
    let mut lines = document_checks(it.identity);
    lines.extend(form::check(
        catalog,
        business,
        it.answers,
        it.pages,
        it.acted_on,
    ));
    let subject = Subject {
        acted_on: it.acted_on,
        identity: it.identity,
        answers: it.answers,
        person: Seen {
            items: person.into_iter().collect(),
            complete: state.people.complete,
        },
        cases: Seen {
            items: person.map_or(Vec::new(), |person| state.cases_of(person.id).collect()),
            complete: state.cases.complete,
        },
        business,
        case: it.case,
    };
    lines.extend(
        business
            .checks
            .iter()
            .filter_map(|check| rule::run(&subject, check)),
    );
    lines
}

/// The known person with this document and name; `Err` when the number is known under other names.
/// A number that somebody had before still leads to them, behind those who have it today.
pub fn find_person<'a>(
    state: &'a State,
    identity: &Identity,
) -> Result<Option<&'a Person>, &'a Person> {
    let people = state.people.items.iter();
    let mut known: Vec<&Person> = people
        .filter(|p| p.merged_into.is_none() && p.answers_to(&identity.document))
        .collect();
    known.sort_by_key(|person| person.identity.document != identity.document);
    let named = known.iter().find(|p| p.identity.same_name(identity));
    match named {
        Some(person) => Ok(Some(person)),
        None => known.first().map_or(Ok(None), |first| Err(first)),
    }
}

/// Decides a filing; `settled` carries a person's word on a held one.
pub fn decide(
    state: &State,
    command: &Command,
    submit: &Submit,
    settled: Option<&Settlement>,
    catalog: &Catalog,
) -> Verdict {
    let Some(business) = catalog.find_business(&submit.business, command.acted_on) else {
        return Verdict::Hold(Reason::new("act.business_unknown").with("name", &submit.business));
    };
    let person = match whose(state, submit, settled) {
        Ok(person) => person,
        Err(reason) => return Verdict::Hold(reason),
    };
    if person.is_some_and(|person| person.frozen) {
        return Verdict::Hold(Reason::new("act.person_frozen"));
    }
    let case_id = command.id.derive("case");
    let it = Assessment {
        acted_on: command.acted_on,
        identity: &submit.identity,
        answers: &submit.answers,
        pages: &submit.pages,
        case: case_id,
    };
    let lines = assess(catalog, business, state, person, &it);
    let outdated = outdated_form(command, business, &lines, catalog);
    let (failed, mut pending) = split(lines);
    if let Some(field) = outdated {
        let back = Back { field, why: failed };
        return file(
            state,
            command,
            submit,
            business,
            person,
            pending,
            Some(back),
        );
    }
    if !failed.is_empty() {
        return refuse(command, submit, person, failed);
    }
    if person.is_some_and(|known| known.identity.document != submit.identity.document) {
        pending.push(Reason::new("identity.former_number"));
    }
    file(state, command, submit, business, person, pending, None)
}

/// Where a form fails only by what the catalogue asks now, and its author filled it by another one: the
/// first field or paper. The rules in force on the business date decide, and the form comes back to be
/// completed; it was right when it was made.
fn outdated_form(
    command: &Command,
    business: &Business,
    lines: &[CheckLine],
    catalog: &Catalog,
) -> Option<String> {
    let same = command.catalogue.is_empty() || command.catalogue == catalog.hash;
    if same || business.steps.is_empty() {
        return None;
    }
    let mut failed = lines.iter().filter_map(|line| match &line.check {
        Check::Fail { basis, .. } => Some((line, *basis)),
        _ => None,
    });
    let first = failed.clone().next()?.0.about.clone();
    let by_form =
        |(line, basis): (&CheckLine, Basis)| basis == Basis::Act && line.about != "person";
    failed.all(by_form).then_some(first)
}

/// A form that comes back from the rules themselves.
struct Back {
    /// What to look at first.
    field: String,
    /// What it lacks by the rules in force.
    why: Vec<Reason>,
}

/// Sorts checks into reasons that fail and reasons that wait.
pub fn split(lines: Vec<CheckLine>) -> (Vec<Reason>, Vec<Reason>) {
    let (mut failed, mut pending) = (Vec::new(), Vec::new());
    for line in lines {
        match line.check {
            Check::Pass => {}
            Check::Fail { reason, .. } => failed.push(reason),
            Check::Pending { reason } => pending.push(reason),
        }
    }
    (failed, pending)
}

fn whose<'a>(
    state: &'a State,
    submit: &Submit,
    settled: Option<&Settlement>,
) -> Result<Option<&'a Person>, Reason> {
    match settled {
        Some(Settlement::SamePerson { person }) => Ok(state.find_person(*person)),
        Some(Settlement::AnotherPerson) => Ok(None),
        _ => find_person(state, &submit.identity).map_err(|other| {
            Reason::new("person.name_differs")
                .with("known", &other.identity.name)
                .with("seen", &submit.identity.name)
        }),
    }
}

fn refuse(
    command: &Command,
    submit: &Submit,
    person: Option<&Person>,
    reasons: Vec<Reason>,
) -> Verdict {
    let mut facts = Facts::of(command);
    if let Some(person) = person {
        let mut note = event(command, EventKind::Attempted, &submit.community);
        note.business = Some(submit.business.clone());
        note.reasons = reasons.clone();
        facts.add(person.id, Change::Happened { event: note });
    }
    Verdict::Reject(facts.list, reasons)
}

fn file(
    state: &State,
    command: &Command,
    submit: &Submit,
    business: &Business,
    person: Option<&Person>,
    pending: Vec<Reason>,
    back: Option<Back>,
) -> Verdict {
    let mut facts = Facts::of(command);
    let person_id = person_facts(&mut facts, command, submit, person);
    let knows_all = state.people.complete && state.cases.complete;
    let (stage, pending) = match back {
        // Only who knows all sends a form back: until then it was filed, and is.
        Some(Back { why, .. }) if !knows_all => (Stage::PreAccepted, why),
        Some(Back { field, why }) => {
            let stage = Stage::Returned {
                step: grant::next_step(business, 0, &why).unwrap_or(0),
                reason: String::new(),
                field: Some(field),
                by: String::new(),
            };
            (stage, why)
        }
        None if knows_all => {
            let stage = grant::entry_stage(business, state, &submit.pages, &pending);
            (stage, pending)
        }
        None => (Stage::PreAccepted, pending),
    };
    let case = Case {
        id: command.id.derive("case"),
        person: person_id,
        command: command.id,
        business: submit.business.clone(),
        filed_at: submit.community.clone(),
        serial: submit.serial.clone(),
        entered_by: command.by.clone(),
        acted_on: command.acted_on,
        answers: submit.answers.clone(),
        pages: submit.pages.clone(),
        stage: stage.clone(),
        version: 1,
        pending: pending.clone(),
        approved_by: Vec::new(),
        frozen: false,
    };
    let mut opened = event(command, EventKind::CaseOpened, &submit.community);
    (opened.case, opened.business) = (Some(case.id), Some(case.business.clone()));
    facts.add(
        case.id,
        Change::CaseOpened {
            case: Box::new(case.clone()),
        },
    );
    facts.add(person_id, Change::Happened { event: opened });
    if matches!(stage, Stage::Returned { .. }) {
        let mut returned = grant::case_event(command, EventKind::CaseReturned, &case);
        returned.reasons.clone_from(&pending);
        facts.add(person_id, Change::Happened { event: returned });
    }
    match stage {
        Stage::Granted => {
            grant::add(&mut facts, command, business, &case);
            Verdict::Accept(facts.list)
        }
        Stage::AwaitingPages { .. } => {
            let mut reasons = vec![Reason::new("pages.awaited")];
            reasons.extend(pending);
            Verdict::Await(facts.list, reasons)
        }
        _ => Verdict::Await(facts.list, pending),
    }
}

fn person_facts(
    facts: &mut Facts,
    command: &Command,
    submit: &Submit,
    person: Option<&Person>,
) -> Id {
    let id = person.map_or_else(|| command.id.derive("person"), |person| person.id);
    match person {
        None => {
            let new = Person::new(id, submit.identity.clone(), submit.community.clone());
            facts.add(
                id,
                Change::PersonOpened {
                    person: Box::new(new),
                },
            );
            let opened = event(command, EventKind::PersonOpened, &submit.community);
            facts.add(id, Change::Happened { event: opened });
        }
        // Seen by a number that was corrected: what is known is newer.
        Some(person) if person.identity.document != submit.identity.document => {}
        Some(person) if person.identity != submit.identity => {
            facts.add(
                id,
                Change::IdentitySeen {
                    identity: submit.identity.clone(),
                },
            );
        }
        Some(_) => {}
    }
    for change in &submit.changes {
        facts.add(
            id,
            Change::AnswerChanged {
                change: change.clone(),
            },
        );
    }
    id
}

/// What is wrong with the document itself.
pub fn document_fault(identity: &Identity) -> Option<&'static str> {
    let number = &identity.document.number;
    if identity.name.trim().is_empty() {
        Some("identity.no_name")
    } else if identity.document.kind == DocumentKind::Foreigner2017 {
        let fits = number.len() == 15 && number.bytes().all(|b| b.is_ascii_alphanumeric());
        (!fits).then_some("identity.bad_number")
    } else {
        match id_number::parse(number) {
            Err(id_number::Fault::Check) => Some("identity.bad_check_character"),
            Err(_) => Some("identity.bad_number"),
            Ok(parsed) if parsed.birth != identity.birth => Some("identity.bad_birth"),
            Ok(_) => None,
        }
    }
}

fn document_checks(identity: &Identity) -> Vec<CheckLine> {
    let fault = document_fault(identity);
    let line = |check| CheckLine {
        rule: "document".into(),
        about: "person".into(),
        check,
    };
    let check = fault.map_or(Check::Pass, |code| Check::Fail {
        reason: Reason::new(code),
        basis: Basis::Act,
    });
    vec![line(check)]
}
