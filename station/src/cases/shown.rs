//! A case with everything the counter knows about it. A command that was rejected or held made no
//! case at the centre, and stays visible all the same.

use domain::{Act, Case, Command, Id, Identity, Outcome, Person, Stage, State};
use rusqlite::Connection;

use crate::error::Result;
use crate::store::entity::{self, Kept};
use crate::store::outbox::{self, Filed};

/// A case and the commands of ours about it.
pub(crate) struct Shown {
    /// As it stands.
    pub case: Case,
    /// Whose.
    pub identity: Identity,
    /// The record, when there is one.
    pub person: Option<Id>,
    /// Our commands about it, oldest first.
    pub filed: Vec<Filed>,
    /// There is a row for it; otherwise it is only what our command asked for.
    pub exists: bool,
}

impl Shown {
    /// Whether it still runs: a rejected one does not.
    pub fn is_open(&self) -> bool {
        let last = self.filed.last().and_then(|filed| filed.outcome.as_ref());
        let rejected = !self.exists && matches!(last, Some(Outcome::Rejected { .. }));
        self.case.is_open() && !rejected
    }

    /// What one of our commands asked for.
    pub fn from_command(filed: Filed) -> Option<Shown> {
        let Act::Submit(submit) = &filed.command.act else {
            return None;
        };
        Some(Shown {
            case: asked_for(&filed.command, submit),
            identity: submit.identity.clone(),
            person: None,
            exists: false,
            filed: vec![filed],
        })
    }

    /// A case of which there is a row.
    pub fn from_row(connection: &Connection, case: Case) -> Result<Option<Shown>> {
        let filed = outbox::about_case(connection, case.id, case.command)?;
        let person = entity::find_person(connection, case.person)?;
        Ok(person.and_then(Kept::into_shown).map(|person| Shown {
            identity: person.identity,
            person: Some(person.id),
            case,
            filed,
            exists: true,
        }))
    }
}

/// A case by id.
pub(crate) fn find(connection: &Connection, case: Id) -> Result<Option<Shown>> {
    if let Some(kept) = entity::find_case(connection, case)?.and_then(Kept::into_shown) {
        return Shown::from_row(connection, kept);
    }
    // What asked for it is still open, or its resident has moved away and only our word is left.
    let asked = match outbox::asked_for(connection, case)? {
        Some(open) => Some(open),
        None => outbox::filed_as(connection, case)?,
    };
    Ok(asked.and_then(Shown::from_command))
}

/// The case that one of our commands is about.
pub(crate) fn of_command(connection: &Connection, filed: Filed) -> Result<Option<Shown>> {
    match entity::find_case(connection, filed.case)?.and_then(Kept::into_shown) {
        Some(kept) => Shown::from_row(connection, kept),
        None => Ok(Shown::from_command(filed)),
    }
}

/// Every case of a person, newest first.
pub(crate) fn of_person(
    connection: &Connection,
    subject: &str,
    state: &State,
    identity: &Identity,
    person: Option<&Person>,
) -> Result<Vec<Shown>> {
    let mut asked = outbox::open_about(connection, subject)?;
    let mut shown = Vec::new();
    if let Some(person) = person {
        for case in state.cases_of(person.id) {
            asked.retain(|filed| filed.case != case.id);
            shown.push(Shown {
                case: case.clone(),
                identity: person.identity.clone(),
                person: Some(person.id),
                filed: outbox::about_case(connection, case.id, case.command)?,
                exists: true,
            });
        }
    }
    let same_name = |shown: &Shown| shown.identity.same_name(identity);
    let only_asked = asked.into_iter().filter_map(Shown::from_command);
    shown.extend(only_asked.filter(same_name));
    shown.sort_by(|a, b| (b.case.acted_on, &b.case.serial).cmp(&(a.case.acted_on, &a.case.serial)));
    Ok(shown)
}

fn asked_for(command: &Command, submit: &domain::command::Submit) -> Case {
    Case {
        id: command.id.derive("case"),
        person: command.id.derive("person"),
        command: command.id,
        business: submit.business.clone(),
        filed_at: submit.community.clone(),
        serial: submit.serial.clone(),
        entered_by: command.by.clone(),
        acted_on: command.acted_on,
        answers: submit.answers.clone(),
        pages: submit.pages.clone(),
        stage: Stage::PreAccepted,
        version: 0,
        pending: Vec::new(),
        approved_by: Vec::new(),
        frozen: false,
    }
}
