//! `POST /deposit`: a station hands in its key file without wraps, sealed to the escrow key.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use domain::recovery::{DEPOSIT_LIMIT_BYTES, Deposit, are_sealed};

use super::{Shared, Station};
use crate::error::{Error, Result};
use crate::{database, refusal, store, wire};

pub async fn deposit(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let deposit: Deposit = wire::read(request, wire::SMALL).await?;
    let sized = deposit.file.len() <= DEPOSIT_LIMIT_BYTES
        && !deposit.file.contains('\0')
        && !deposit.sealed.is_empty()
        && are_sealed(&deposit.sealed);
    if !sized {
        return Err(Error::Refused(&refusal::REQUEST_MALFORMED));
    }
    let mut client = shared.center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let known = store::escrow_key::find(&tx, &deposit.escrow_key).await?;
    known.ok_or(Error::Refused(&refusal::RECOVERY_UNKNOWN_KEY))?;
    store::deposit::keep(&tx, station.id, &deposit).await?;
    tx.commit().await?;
    Ok(wire::answer(packed, &()))
}
