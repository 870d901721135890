//! Orders to stations: given by an officer of the area, signed with the key that stations have pinned,
//! handed out with a hello, ended by the station's own report. Every step is in the audit.
//!
//! A wipe needs a second officer: what it destroys is nowhere else.

use audit::Event;
use chrono::{SubsecRound, Utc};
use domain::order::{
    Order, Receipt, Report, ReportState, SignedOrder, What, order_message, receipt_message,
};
use domain::{Division, Id, Reason, Staff};
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use uuid::Uuid;

use crate::database::{self, Tx};
use crate::error::{Error, Result};
use crate::store::installation::Installation;
use crate::store::station_order::{self, Kept};
use crate::{Center, enrol, refusal, store};

const WIPE: &str = "wipe";
const REMAP: &str = "remap";
const REVOKE: &str = "revoke";

/// Gives an order to an installation of `community`.
pub async fn give(
    center: &Center,
    by: &Staff,
    installation: Id,
    community: &Division,
    what: What,
) -> Result<()> {
    let kind = what.name();
    let (order, SignedOrder { body, signature }) = sign(center, installation, what)?;
    let state = if kind == WIPE { "asked" } else { "given" };
    let kept = Kept {
        body: Some(body),
        ..new(by, installation, order, kind, state)
    };
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    // Two officers at once: the second waits here, and then finds the first one's.
    store::installation::lock(&tx, installation).await?;
    refuse_second(&tx, installation, kind).await?;
    station_order::add(&tx, &kept, Some(&signature)).await?;
    store::audit::append(&tx, Some(by), &given(&kept)).await?;
    tx.commit().await?;
    // Its long poll looks again.
    center.news.announce([community.clone()]);
    Ok(())
}

/// Refuses an order while another of its kind is open, and says whose that is and since when.
pub async fn refuse_second(tx: &Tx<'_>, installation: Id, kind: &str) -> Result<()> {
    let Some(open) = station_order::open(tx, installation, kind).await? else {
        return Ok(());
    };
    let names = store::staff::names(tx, &[open.given_by]).await?;
    let name = names.get(&open.given_by).cloned().unwrap_or_default();
    let reason = Reason::new(refusal::ORDER_GIVEN_BEFORE.code)
        .with("name", name)
        .with("at", open.given_at.to_rfc3339());
    Err(Error::because(&refusal::ORDER_GIVEN_BEFORE, vec![reason]))
}

/// Its id, and the order as it travels.
fn sign(center: &Center, installation: Id, what: What) -> Result<(Id, SignedOrder)> {
    let order = Order {
        id: Id(Uuid::now_v7()),
        installation,
        given_at: Utc::now().trunc_subsecs(0),
        what,
    };
    let body = serde_json::to_string(&order).map_err(|error| Error::Fault(error.to_string()))?;
    let (_, key) = center.own_log();
    let signature = hex::encode(key.sign(&order_message(&body)).to_bytes());
    Ok((order.id, SignedOrder { body, signature }))
}

/// Withdraws an installation's right to speak: the centre's own act, done at once.
pub async fn revoke(
    center: &Center,
    by: &Staff,
    installation: Id,
    community: &Division,
) -> Result<()> {
    let mut kept = new(by, installation, Id(Uuid::now_v7()), REVOKE, "done");
    kept.ended_at = Some(kept.given_at);
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::installation::revoke(&tx, installation).await?;
    station_order::add(&tx, &kept, None).await?;
    let event = Event::InstallationRevoked {
        installation: installation.0,
    };
    store::audit::append(&tx, Some(by), &event).await?;
    tx.commit().await?;
    center.news.announce([community.clone()]);
    Ok(())
}

/// A second officer agrees to a wipe.
pub async fn agree(
    center: &Center,
    by: &Staff,
    installation: Id,
    community: &Division,
    order: Id,
) -> Result<()> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let kept = waiting(&tx, installation, order).await?;
    if kept.given_by == by.id {
        return Err(Error::Refused(&refusal::ORDER_SAME_OFFICER));
    }
    if kept.state != "asked" {
        return Err(Error::Refused(&refusal::ORDER_ENDED));
    }
    station_order::agree(&tx, order, by.id).await?;
    let event = Event::OrderAgreed {
        installation: installation.0,
        order: order.0,
        what: kept.kind,
    };
    store::audit::append(&tx, Some(by), &event).await?;
    tx.commit().await?;
    center.news.announce([community.clone()]);
    Ok(())
}

/// Takes an order back that has not been carried out. A station that has it already is told, and stops
/// what it can; if it has obeyed before, its report takes the place of that. The code with which a machine
/// would go elsewhere ends.
pub async fn withdraw(
    center: &Center,
    by: &Staff,
    installation: Id,
    community: &Division,
    order: Id,
) -> Result<()> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let kept = waiting(&tx, installation, order).await?;
    if let Some(What::Remap { code, .. }) = kept.what() {
        let hash = enrol::code_hash(center, &code);
        if !store::enrolment_code::end(&tx, &hash).await? {
            return Err(Error::Refused(&refusal::ORDER_ENDED));
        }
    }
    let word = match kept.fetched_at {
        Some(_) => Some(sign(center, installation, What::Withdraw { order })?.1),
        None => None,
    };
    if !station_order::withdraw(&tx, order, word.as_ref()).await? {
        return Err(Error::Refused(&refusal::ORDER_ENDED));
    }
    store::audit::append(&tx, Some(by), &ended(&kept, "withdrawn")).await?;
    tx.commit().await?;
    center.news.announce([community.clone()]);
    Ok(())
}

async fn waiting(tx: &Tx<'_>, installation: Id, order: Id) -> Result<Kept> {
    let kept = station_order::lock(tx, order).await?;
    kept.filter(|kept| kept.installation == installation)
        .ok_or(Error::Refused(&refusal::REQUEST_NOT_FOUND))
}

/// Takes in what a station reports, in the transaction of its hello. A wipe ends its right to speak,
/// once its receipt is the station's own.
pub async fn take_report(tx: &Tx<'_>, station: &Installation, report: &Report) -> Result<()> {
    let wiped = match &report.receipt {
        Some(signed) => Some(
            receipt(station, report, signed).ok_or(Error::Refused(&refusal::REQUEST_MALFORMED))?,
        ),
        None => None,
    };
    let Some(kept) = station_order::end(tx, station.id, report).await? else {
        return Ok(());
    };
    let is_done = report.state == ReportState::Done;
    if kept.kind == REMAP && is_done {
        // Only speaking from there shows that.
        return Err(Error::Refused(&refusal::REQUEST_MALFORMED));
    }
    if kept.kind == WIPE && is_done {
        if wiped.is_none() {
            return Err(Error::Refused(&refusal::REQUEST_MALFORMED));
        }
        store::installation::revoke(tx, station.id).await?;
    }
    let outcome = match (is_done, kept.state.as_str()) {
        (true, _) => "done",
        // That it was taken back is in the audit since it was.
        (false, "withdrawn") => return Ok(()),
        (false, _) => "failed",
    };
    store::audit::append(tx, None, &ended(&kept, outcome)).await
}

/// A machine speaks from another community for the first time: its order has ended, the installation
/// that it was speaks no more, and those who work there went along if the order said so.
pub async fn has_moved(tx: &Tx<'_>, station: &Installation, parent: Id) -> Result<()> {
    store::installation::has_come(tx, station.id).await?;
    store::installation::revoke(tx, parent).await?;
    let left = store::installation::find(tx, parent).await?;
    let kept = station_order::end_remap(tx, parent).await?;
    if let (Some(kept), Some(from), Some(to)) = (
        &kept,
        left.and_then(|left| left.community),
        &station.community,
    ) {
        let with_staff =
            |what: &What| matches!(what, What::Remap { with_staff, .. } if *with_staff);
        if kept.what().as_ref().is_some_and(with_staff) {
            let staff = store::staff::go_to(tx, &from, to).await?;
            tracing::info!(%from, %to, staff, "the staff of a station goes along");
        }
        store::audit::append(tx, None, &ended(kept, "done")).await?;
    }
    let event = Event::InstallationRevoked {
        installation: parent.0,
    };
    store::audit::append(tx, None, &event).await
}

/// What a station says before its keys go, if it is signed with its log's key and about this order.
fn receipt(
    station: &Installation,
    report: &Report,
    signed: &domain::order::SignedReceipt,
) -> Option<Receipt> {
    let key = VerifyingKey::from_bytes(&station.log_key).ok()?;
    let signature = Signature::from_slice(&hex::decode(&signed.signature).ok()?).ok()?;
    let message = receipt_message(&signed.body);
    key.verify_strict(&message, &signature).ok()?;
    let receipt: Receipt = serde_json::from_str(&signed.body).ok()?;
    let fits = receipt.order == report.order && receipt.installation == station.id;
    fits.then_some(receipt)
}

fn new(by: &Staff, installation: Id, id: Id, kind: &str, state: &str) -> Kept {
    Kept {
        id,
        installation,
        kind: kind.to_owned(),
        body: None,
        given_by: by.id,
        given_at: Utc::now(),
        agreed_by: None,
        state: state.to_owned(),
        fetched_at: None,
        ended_at: None,
        code: None,
        has_extract: false,
        receipt: None,
    }
}

fn given(kept: &Kept) -> Event {
    Event::OrderGiven {
        installation: kept.installation.0,
        order: kept.id.0,
        what: kept.kind.clone(),
    }
}

fn ended(kept: &Kept, outcome: &str) -> Event {
    Event::OrderEnded {
        installation: kept.installation.0,
        order: kept.id.0,
        what: kept.kind.clone(),
        outcome: outcome.to_owned(),
    }
}
