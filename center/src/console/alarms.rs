//! `/api/stations/{installation}/alarms`: what was not right with a station's audit, and who looked into
//! it. An alarm stays for ever; what somebody found is added to it.

use std::sync::Arc;

use audit::Event;
use audit::event::AlarmsSeen;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use domain::Id;

use super::guard::Signed;
use super::view::fleet::{AlarmWord, AuditAlarm, LookedInto};
use crate::error::{Error, Result};
use crate::store::witness::Raised;
use crate::{Center, database, refusal, store, trail, wire};

/// Alarms that a station's page shows.
pub(super) const LIMIT: i64 = 10;
/// Characters of what somebody found.
const WORDS: usize = 500;

/// The routes.
pub fn routes() -> Router<Arc<Center>> {
    Router::new().route("/stations/{installation}/alarms/seen", post(look_into))
}

/// Somebody looked into all that the page showed them; later ones stay open.
async fn look_into(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(installation): Path<String>,
    request: Request,
) -> Result<Response> {
    let word: AlarmWord = wire::read(request, wire::SMALL).await?;
    let (installation, _) = super::orders::whose(&center, &signed, &installation).await?;
    let words = trail::plain(&word.words)?;
    if words.is_empty() || words.chars().count() > WORDS || words.contains('\0') {
        return Err(Error::Refused(&refusal::ALARM_NO_WORDS));
    }
    let by = &signed.member.staff;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let alarms = store::witness::look_into(&tx, installation, word.until, by.id, words).await?;
    if alarms == 0 {
        return Err(Error::Refused(&refusal::ALARM_SEEN));
    }
    let event = Event::WitnessSeen(AlarmsSeen {
        installation: installation.0,
        alarms,
        words: words.to_owned(),
    });
    store::audit::append(&tx, Some(by), &event).await?;
    tx.commit().await?;
    Ok(wire::answer(false, &()))
}

/// As they are shown. Colleagues' names are read with the city's eyes.
pub(super) async fn lines(center: &Center, raised: Vec<Raised>) -> Result<Vec<AuditAlarm>> {
    let people: Vec<Id> = raised
        .iter()
        .filter_map(|raised| raised.looked.as_ref().map(|looked| looked.by))
        .collect();
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let names = store::staff::names(&tx, &people).await?;
    let line = |raised: Raised| AuditAlarm {
        what: raised.what,
        n: raised.n,
        seen: raised.seen,
        at: raised.at,
        rebuilt: raised.rebuilt,
        looked: raised.looked.map(|looked| LookedInto {
            by: names.get(&looked.by).cloned().unwrap_or_default(),
            words: looked.words,
            at: looked.at,
        }),
    };
    Ok(raised.into_iter().map(line).collect())
}
