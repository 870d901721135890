//! Brings the schema up: numbered files, each in one transaction, recorded with its hash, never
//! edited. Several processes may start at once: an advisory lock lets one work.

use domain::sync::sha256_hex;
use tokio_postgres::NoTls;

use crate::database;
use crate::error::{Error, Result};
use crate::store;

const FILES: &[(i32, &str, &str)] = &[
    (
        1,
        "roles",
        include_str!("../../migrations/center/0001_roles.sql"),
    ),
    (
        2,
        "logs_and_feeds",
        include_str!("../../migrations/center/0002_logs_and_feeds.sql"),
    ),
    (
        3,
        "people_and_cases",
        include_str!("../../migrations/center/0003_people_and_cases.sql"),
    ),
    (
        4,
        "staff",
        include_str!("../../migrations/center/0004_staff.sql"),
    ),
    (
        5,
        "areas",
        include_str!("../../migrations/center/0005_areas.sql"),
    ),
    (
        6,
        "recovery",
        include_str!("../../migrations/center/0006_recovery.sql"),
    ),
    (
        7,
        "audit_chain",
        include_str!("../../migrations/center/0007_audit_chain.sql"),
    ),
    (
        8,
        "leases_and_witnesses",
        include_str!("../../migrations/center/0008_leases_and_witnesses.sql"),
    ),
    (
        9,
        "durable",
        include_str!("../../migrations/center/0009_durable.sql"),
    ),
    (
        10,
        "runs_of_facts",
        include_str!("../../migrations/center/0010_runs_of_facts.sql"),
    ),
    (
        11,
        "references_by_backup",
        include_str!("../../migrations/center/0011_references_by_backup.sql"),
    ),
    (
        12,
        "new_logs",
        include_str!("../../migrations/center/0012_new_logs.sql"),
    ),
    (
        13,
        "fleet",
        include_str!("../../migrations/center/0013_fleet.sql"),
    ),
    (
        14,
        "orders",
        include_str!("../../migrations/center/0014_orders.sql"),
    ),
    (
        15,
        "pages_in_objects",
        include_str!("../../migrations/center/0015_pages_in_objects.sql"),
    ),
    (
        16,
        "substitutes",
        include_str!("../../migrations/center/0016_substitutes.sql"),
    ),
    (
        17,
        "snapshots",
        include_str!("../../migrations/center/0017_snapshots.sql"),
    ),
    (
        18,
        "records",
        include_str!("../../migrations/center/0018_records.sql"),
    ),
    (
        19,
        "alarms_seen",
        include_str!("../../migrations/center/0019_alarms_seen.sql"),
    ),
    (
        20,
        "ferry",
        include_str!("../../migrations/center/0020_ferry.sql"),
    ),
    (
        21,
        "remap",
        include_str!("../../migrations/center/0021_remap.sql"),
    ),
    (
        22,
        "second_machines",
        include_str!("../../migrations/center/0022_second_machines.sql"),
    ),
    (
        23,
        "catalogues",
        include_str!("../../migrations/center/0023_catalogues.sql"),
    ),
    (
        24,
        "by_ferry",
        include_str!("../../migrations/center/0024_by_ferry.sql"),
    ),
    (
        25,
        "old_catalogues",
        include_str!("../../migrations/center/0025_old_catalogues.sql"),
    ),
    (
        26,
        "second_machines",
        include_str!("../../migrations/center/0026_second_machines.sql"),
    ),
    (
        27,
        "withdrawals",
        include_str!("../../migrations/center/0027_withdrawals.sql"),
    ),
    (
        28,
        "data_key",
        include_str!("../../migrations/center/0028_data_key.sql"),
    ),
];

/// Applies what is missing, as the owner of the database. Fails when an applied file was edited or
/// when the database was written by a newer program.
pub async fn run(address: &str) -> Result<()> {
    let (mut client, connection) = database::parse(address)?.connect(NoTls).await?;
    let driver = tokio::spawn(connection);
    let applied = apply(&mut client).await;
    drop(client);
    // The connection ends with its client; what went wrong was said by the statements.
    let _ = driver.await;
    applied
}

async fn apply(client: &mut tokio_postgres::Client) -> Result<()> {
    for (number, name, text) in FILES {
        let tx = client.transaction().await?;
        let found = store::migration::lock(&tx, *number).await?;
        let hash = sha256_hex(text.as_bytes());
        match found {
            Some(known) if known == hash => continue,
            Some(_) => {
                let what = format!("{number:04}_{name} was edited after it was applied");
                return Err(Error::Migration(what));
            }
            None => {
                tx.batch_execute(text).await?;
                store::migration::record(&tx, *number, name, &hash).await?;
                tx.commit().await?;
                tracing::info!(number, name, "migration applied");
            }
        }
    }
    let last = FILES.last().map_or(0, |(number, ..)| *number);
    let newest = store::migration::newest(client).await?;
    if newest > last {
        let what = format!("the database is at {newest}, this program knows {last}");
        return Err(Error::Migration(what));
    }
    Ok(())
}
