//! Sticks for the ferry: registered by a reviewer for their area, known by a file that the centre
//! signs, and withdrawn when one is lost.

use audit::Event;
use audit::event::StickStep;
use chrono::{SubsecRound, TimeDelta, Utc};
use domain::ferry::{SignedStick, Stick, stick_message};
use domain::{Id, Staff};
use ed25519_dalek::Signer;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::{Center, database, refusal, store};

/// Letters of a stick's name.
const NAME_LIMIT: usize = 40;

/// Registers a stick; the file that has to lie on it.
pub async fn register(center: &Center, by: &Staff, name: &str) -> Result<Stick> {
    if !center.ferry.allowed {
        return Err(Error::Refused(&refusal::FERRY_OFF));
    }
    let name: String = name
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_LIMIT)
        .collect();
    if name.is_empty() {
        return Err(Error::Refused(&refusal::FERRY_NO_NAME));
    }
    let now = Utc::now().trunc_subsecs(0);
    let stick = Stick {
        id: Id(Uuid::now_v7()),
        name,
        registered_at: now,
        until: now + TimeDelta::days(center.ferry.stick_days),
    };
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::ferry_stick::add(&tx, &stick, &by.area, by.id).await?;
    let event = changed(stick.id, "registered");
    store::audit::append(&tx, Some(by), &event).await?;
    tx.commit().await?;
    Ok(stick)
}

/// A stick's file.
pub fn file(center: &Center, stick: &Stick) -> Result<SignedStick> {
    let body = serde_json::to_string(stick).map_err(|error| Error::Fault(error.to_string()))?;
    let (_, key) = center.own_log();
    let signature = hex::encode(key.sign(&stick_message(&body)).to_bytes());
    Ok(SignedStick { body, signature })
}

/// Uses a stick no more: files on it are taken no more, and stations hear of it with their lease.
pub async fn withdraw(center: &Center, by: &Staff, stick: Id) -> Result<()> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    if store::ferry_stick::withdraw(&tx, stick).await? {
        let event = changed(stick, "withdrawn");
        store::audit::append(&tx, Some(by), &event).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn changed(stick: Id, step: &str) -> Event {
    Event::FerryStick(StickStep {
        stick: stick.0,
        step: step.to_owned(),
    })
}
