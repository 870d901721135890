//! Every query, one file a table. Functions take the transaction they are part of; what must agree
//! is one transaction in one function of the callers.

pub mod area;
pub mod audit;
pub mod backup;
pub mod blob;
pub mod bundle;
pub mod cases;
pub mod catalog;
pub mod command;
pub mod contact;
pub mod data_key;
pub mod deposit;
pub mod enrolment_code;
pub mod entity;
pub mod escrow_key;
pub mod escrow_share;
pub mod fact;
pub mod feed;
pub mod ferry_entry;
pub mod ferry_stick;
pub mod fleet;
pub mod held;
pub mod identity;
pub mod installation;
pub mod lease;
pub mod log;
pub mod login_attempt;
pub mod migration;
pub mod news;
pub mod page;
pub mod person;
pub mod person_feed;
pub mod recovery_approval;
pub mod recovery_event;
pub mod recovery_request;
pub mod recovery_share;
pub mod session;
pub mod snapshot;
pub mod staff;
pub mod station_order;
pub mod substitute;
pub mod tables;
pub mod witness;

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::database::Tx;
use crate::error::{Error, Result};

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

async fn rows(tx: &Tx<'_>, statement: &str, params: Params<'_>) -> Result<Vec<Row>> {
    let statement = tx.prepare_cached(statement).await?;
    Ok(tx.query(&statement, params).await?)
}

async fn find(tx: &Tx<'_>, statement: &str, params: Params<'_>) -> Result<Option<Row>> {
    let statement = tx.prepare_cached(statement).await?;
    Ok(tx.query_opt(&statement, params).await?)
}

async fn run(tx: &Tx<'_>, statement: &str, params: Params<'_>) -> Result<u64> {
    let statement = tx.prepare_cached(statement).await?;
    Ok(tx.execute(&statement, params).await?)
}

/// A number that the database keeps as a signed one and that is never negative.
fn count(row: &Row, column: &str) -> Result<u64> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|_| Error::Fault(format!("{column} is negative")))
}

/// The same on its way in.
fn signed(value: u64) -> Result<i64> {
    i64::try_from(value).map_err(|_| Error::Fault("a count beyond 63 bits".to_owned()))
}

/// JSON that we wrote ourselves.
fn json<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Fault(format!("{what}: {error}")))
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Fault(error.to_string()))
}
