//! The centre's own commands: a reviewer's word, a settlement, an import, complete pages. The same
//! log, chain and decider as a station's.

use audit::Event;
use chrono::Utc;
use domain::command::{Decision, Settlement};
use domain::sync::link;
use domain::{Act, Command, Division, Id, Outcome, Staff};
use ed25519_dalek::{Signer, SigningKey};
use uuid::Uuid;

use super::push::grown;
use super::{Plan, Rules, Tables, Work, take};
use crate::Center;
use crate::database;
use crate::due;
use crate::error::{Error, Result};
use crate::store::tables::Postgres;
use crate::store::{self, log::Position};

const TRIES: usize = 4;

impl Center {
    /// Decides an act of somebody at the centre.
    pub async fn act(&self, by: Staff, act: Act) -> Result<Outcome> {
        self.act_as(Id(Uuid::now_v7()), by, act).await
    }

    /// The same under a given id; when that is known already, nothing is done again.
    pub(crate) async fn act_as(&self, id: Id, by: Staff, act: Act) -> Result<Outcome> {
        let now = Utc::now();
        let command = Command {
            id,
            after: None,
            replaces: None,
            by,
            acted_on: due::day_of(now),
            made_at: now,
            catalogue: self.catalog.hash.clone(),
            act,
        };
        let body =
            serde_json::to_string(&command).map_err(|error| Error::Fault(error.to_string()))?;
        let mut tries = 1;
        let (outcome, plan) = loop {
            match self.act_once(&command, &body).await {
                Err(error) if error.is_collision() && tries < TRIES => tries += 1,
                other => break other?,
            }
        };
        self.news.announce(grown(&plan));
        self.settle_after(plan.outcomes.into_keys().collect()).await;
        Ok(outcome)
    }

    async fn act_once(&self, command: &Command, body: &str) -> Result<(Outcome, Plan)> {
        let mut client = self.database.decide().await?;
        let mut tables = Postgres::new(database::begin(&mut client).await?, &self.seals);
        let own = self.own_log();
        let Some((outcome, plan)) =
            take_own(&mut tables, &self.rules(), own, command, body).await?
        else {
            let known = tables.outcome(command.id).await?.ok_or_else(missing)?;
            return Ok((known, Plan::default()));
        };
        if let Some(event) = event_of(&command.act, &outcome) {
            let by = Some(&command.by);
            match record_of(&command.act).map(|person| self.seals.pseudonym(&person)) {
                Some(about) => {
                    store::audit::append_about(tables.tx(), by, &event, about).await?;
                }
                None => store::audit::append(tables.tx(), by, &event).await?,
            }
        }
        tables.commit().await?;
        Ok((outcome, plan))
    }

    /// Moves cases with this page whose pages are all here.
    pub(crate) async fn complete_pages(&self, feed: &Division, sha256: &[u8; 32]) -> Result<()> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let cases = store::cases::complete(&tx, feed, sha256).await?;
        drop(tx);
        drop(client);
        self.pages_stored(cases).await
    }

    /// The same for some of those that wait, whatever page came last: the next ones behind a case, and the
    /// first ones again behind the last of all. Where the next look goes on.
    pub(crate) async fn complete_some(&self, after: Option<Id>) -> Result<Option<Id>> {
        const WINDOW: i64 = 10_000;
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let (cases, last) = store::cases::complete_among(&tx, after, WINDOW).await?;
        drop(tx);
        drop(client);
        self.pages_stored(cases).await?;
        Ok(last)
    }

    async fn pages_stored(&self, cases: Vec<(Id, i32)>) -> Result<()> {
        for (case, version) in cases {
            // One id for one version of a case: processes that see it at once do it once.
            let id = case.derive(&format!("pages_stored:{version}"));
            let act = Act::PagesStored { case };
            if let Err(error) = self.act_as(id, self.itself(), act).await {
                tracing::warn!(%error, %case, "a case with all its pages stays for now");
            }
        }
        Ok(())
    }
}

fn missing() -> Error {
    Error::Fault("the centre's own log is missing".to_owned())
}

/// Takes a command of the centre's own log: what it came to, and what was decided with it. None when
/// its id is known.
pub async fn take_own(
    tables: &mut impl Tables,
    rules: &Rules<'_>,
    (log, key): (Id, &SigningKey),
    command: &Command,
    body: &str,
) -> Result<Option<(Outcome, Plan)>> {
    let end = tables.lock_log(log).await?.ok_or_else(missing)?;
    if tables.outcome(command.id).await?.is_some() {
        return Ok(None);
    }
    let n = end.acked + 1;
    let link = hex::decode(link(&end.link, log, n, command.id, body))
        .map_err(|error| Error::Fault(error.to_string()))?;
    let signature = key.sign(&link).to_bytes().to_vec();
    let position = Position {
        n,
        command: command.id,
        link,
        signature,
    };
    let works = vec![Work::new(command.id, log, None, body.to_owned())];
    let plan = take::take(tables, rules, log, &[position], works).await?;
    let outcome = plan.outcomes.get(&command.id).cloned();
    Ok(Some((outcome.ok_or_else(missing)?, plan)))
}

/// What the audit says of a person's act; the centre's own acts are in its log.
fn event_of(act: &Act, outcome: &Outcome) -> Option<Event> {
    let outcome = match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Awaiting { .. } => "awaiting",
        Outcome::Rejected { .. } => "rejected",
        Outcome::Held { .. } => "held",
    };
    let outcome = outcome.to_owned();
    match act {
        Act::Review(review) => Some(Event::CaseReviewed {
            case: review.case.0,
            decision: match review.decision {
                Decision::Approve { .. } => "approve",
                Decision::Return { .. } => "return",
                Decision::Refuse { .. } => "refuse",
            }
            .to_owned(),
            outcome,
        }),
        Act::Settle(settle) => Some(Event::HeldSettled {
            command: settle.command.0,
            how: match settle.how {
                Settlement::SamePerson { .. } => "same_person",
                Settlement::AnotherPerson => "another_person",
                Settlement::Refuse { .. } => "refuse",
            }
            .to_owned(),
            outcome,
        }),
        Act::SettleAnswer(_) => corrected("answer_settled", outcome),
        Act::Renumber(_) => corrected("renumbered", outcome),
        Act::Merge(_) => corrected("merged", outcome),
        Act::Split(_) => corrected("split", outcome),
        Act::MoveHome(_) => corrected("home_moved", outcome),
        Act::Submit(_) | Act::Amend(_) | Act::PagesStored { .. } | Act::RecordEmployment(_) => None,
    }
}

fn corrected(what: &str, outcome: String) -> Option<Event> {
    let what = what.to_owned();
    Some(Event::RecordCorrected { what, outcome })
}

/// Whose record an act corrects.
fn record_of(act: &Act) -> Option<Id> {
    match act {
        Act::SettleAnswer(act) => Some(act.person),
        Act::Renumber(act) => Some(act.person),
        Act::Merge(act) => Some(act.keep),
        Act::Split(act) => Some(act.person),
        Act::MoveHome(act) => Some(act.person),
        _ => None,
    }
}
