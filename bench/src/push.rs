//! `push`: the centre takes a long log (chain, signature, decision, projections, feeds) against
//! PostgreSQL taking the very same rows by `UNNEST`, in as many transactions, with nothing checked.
//!
//! The rows of the limit are those our own pushes left in the tables, put into empty tables of the
//! same shape and indexes; foreign keys are not checked there, which makes the limit harder.

use std::time::{Duration, Instant};

use center::Center;
use domain::sync::Push;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::Failed;
use crate::city::City;
use crate::herd::station as herd;
use crate::herd::station::Waiting;
use crate::measured::Measured;
use crate::place::{installation, now};

const COMMANDS: u64 = 20_000;
const BATCH: u64 = 1_000;
/// What our rate must reach, as a share of the limit's.
const REQUIRED: f64 = 0.5;
/// Everything that a push writes, in an order that follows the references.
const TABLES: [&str; 10] = [
    "entity",
    "command",
    "log",
    "person",
    "identity",
    "person_feed",
    "cases",
    "blob",
    "page",
    "fact",
];

/// Runs it; the line to print.
pub fn run() -> Result<Measured, Failed> {
    let city = City::new()?;
    let waiting = herd::wait(installation(), 0, COMMANDS, BATCH, now()?)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let center = Center::open(city.config.clone()).await?;
        let client = city.connect().await?;
        enter(&client, &waiting).await?;
        let id = waiting.installation.id;
        let mut ours = Duration::ZERO;
        for batch in &waiting.pushes {
            let push: Push = serde_json::from_slice(&zstd::decode_all(&*batch.packed.bytes)?)?;
            let began = Instant::now();
            let reply = center.push(id, push).await?;
            ours += began.elapsed();
            if reply.acked != batch.last {
                return Err(format!("{} acknowledged of {}", reply.acked, batch.last).into());
            }
        }
        let (limit, rows) = limit(&client, waiting.pushes.len()).await?;
        let (ours_s, limit_s) = (ours.as_secs_f64(), limit.as_secs_f64());
        let ratio = limit_s / ours_s;
        let line = format!(
            "scenario=push ours_s={ours_s:.2} limit_s={limit_s:.2} ratio={ratio:.2} \
             commands_per_s={:.0} us_per_command={:.0} commands={COMMANDS} \
             rows={rows} batch={BATCH}",
            COMMANDS as f64 / ours_s,
            ours_s * 1e6 / COMMANDS as f64,
        );
        Ok(Measured::from(line).at_least("ratio", ratio, REQUIRED))
    })
}

/// The installation and its assistant, as enrolment and the city's list of staff would have them.
async fn enter(client: &Client, waiting: &Waiting) -> Result<(), Failed> {
    let installation = &waiting.installation;
    let key = ed25519_dalek::SigningKey::from_bytes(&installation.log_key).verifying_key();
    let zero = hex::decode(domain::sync::first_link())?;
    let community = installation.community.0.as_str();
    client
        .execute(
            "INSERT INTO installation (id, kind, community, log_key, link)
             VALUES ($1, 'station', $2, $3, $4)",
            &[
                &installation.id.0,
                &community,
                &key.as_bytes().as_slice(),
                &zero,
            ],
        )
        .await?;
    let staff = herd::staff(0, &installation.community);
    client
        .execute(
            "INSERT INTO staff (id, login, name, area, role) VALUES ($1, $2, $2, $3, 'station')",
            &[&staff.id.0, &staff.name, &community],
        )
        .await?;
    Ok(())
}

/// The rows of one table as text, column by column.
struct Table {
    statement: String,
    columns: Vec<Vec<Option<String>>>,
    rows: usize,
}

/// Puts what lies in the tables into copies of them; the time, and how many rows there were.
async fn limit(client: &Client, transactions: usize) -> Result<(Duration, usize), Failed> {
    client
        .batch_execute("CREATE SCHEMA raw; SET session_replication_role = replica")
        .await?;
    let mut tables = Vec::new();
    for name in TABLES {
        tables.push(Table::read(client, name).await?);
    }
    client.batch_execute("CHECKPOINT").await?;
    let began = Instant::now();
    for at in 0..transactions {
        client.batch_execute("BEGIN").await?;
        for table in &tables {
            table.write(client, at, transactions).await?;
        }
        client.batch_execute("COMMIT").await?;
    }
    let rows = tables.iter().map(|table| table.rows).sum();
    Ok((began.elapsed(), rows))
}

impl Table {
    async fn read(client: &Client, name: &str) -> Result<Table, Failed> {
        client
            .batch_execute(&format!(
                "CREATE TABLE raw.{name} (LIKE public.{name} INCLUDING ALL)"
            ))
            .await?;
        let known = client
            .query(
                "SELECT column_name::text, udt_name::text FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position",
                &[&name],
            )
            .await?;
        let (mut names, mut casts, mut arrays, mut texts) = (vec![], vec![], vec![], vec![]);
        for (at, row) in known.iter().enumerate() {
            let (column, kind): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            casts.push(format!("{column}::{kind}"));
            arrays.push(format!("${}::text[]", at + 1));
            texts.push(format!("{column}::text"));
            names.push(column);
        }
        let (list, casts) = (names.join(", "), casts.join(", "));
        let statement = format!(
            "INSERT INTO raw.{name} ({list}) SELECT {casts} FROM unnest({}) AS t ({list})",
            arrays.join(", ")
        );
        let query = format!(
            "SELECT {} FROM public.{name} ORDER BY ctid",
            texts.join(", ")
        );
        let kept = client.query(&query, &[]).await?;
        let mut columns = vec![Vec::with_capacity(kept.len()); names.len()];
        for row in &kept {
            for (at, column) in columns.iter_mut().enumerate() {
                column.push(row.try_get(at)?);
            }
        }
        Ok(Table {
            statement,
            columns,
            rows: kept.len(),
        })
    }

    /// Writes the share of the rows that one of the transactions has.
    async fn write(&self, client: &Client, at: usize, of: usize) -> Result<(), Failed> {
        let share = self.rows * at / of..self.rows * (at + 1) / of;
        let columns: Vec<&[Option<String>]> = self
            .columns
            .iter()
            .map(|column| &column[share.clone()])
            .collect();
        let params: Vec<&(dyn ToSql + Sync)> = columns
            .iter()
            .map(|column| column as &(dyn ToSql + Sync))
            .collect();
        client.execute(&self.statement, &params).await?;
        Ok(())
    }
}
