//! Backups of the centre count once they have been restored: the operator restores one into another
//! database, and this compares it with the logs. What is in it is then told to the stations, which
//! until then keep everything themselves.

use tokio_postgres::NoTls;

use crate::error::{Error, Result};
use crate::{Center, database, store};

/// What a verified backup holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Logs that are whole in it and go on in ours.
    pub logs: usize,
    /// Their entries.
    pub entries: u64,
}

/// Compares the database at `address`, restored from a backup, with the centre's own, log by log:
/// every entry is there with its command, the last one's link is ours, and no row points to what is not
/// there. Only when all agree are the stations told.
pub async fn verify(center: &Center, address: &str) -> Result<Verified> {
    let (copy, connection) = database::parse(address)?.connect(NoTls).await?;
    let driver = tokio::spawn(connection);
    let outcome = compare(center, &copy).await;
    drop(copy);
    // The connection ends with its client; what went wrong was said by the statements.
    let _ = driver.await;
    outcome
}

async fn compare(center: &Center, copy: &tokio_postgres::Client) -> Result<Verified> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let mark = rand::random();
    store::backup::mark(&tx, mark).await?;
    if store::backup::is_marked(copy, mark).await? {
        let what = "that is the centre's own database, not one restored from a backup";
        return Err(Error::Usage(what.to_owned()));
    }
    if let Some(table) = store::backup::dangling(copy).await? {
        let what = format!("a row of {table} points to something that is not in it");
        return Err(Error::Backup(what));
    }
    let mut verified = Verified::default();
    for end in store::backup::ends(copy).await? {
        let lacks = || {
            Error::Backup(format!(
                "the log of {} is not whole in it",
                end.installation
            ))
        };
        if end.entries != end.acked || end.commands != end.acked {
            return Err(lacks());
        }
        let ours = store::log::link(&tx, end.installation, end.acked).await?;
        if ours.as_ref() != Some(&end.link) {
            let what = format!("the log of {} goes another way in it", end.installation);
            return Err(Error::Backup(what));
        }
        store::installation::set_durable(&tx, end.installation, end.acked).await?;
        verified.logs += 1;
        verified.entries += end.acked;
    }
    tx.commit().await?;
    Ok(verified)
}
