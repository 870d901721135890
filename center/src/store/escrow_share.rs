//! The officers' shares of the escrow keys, sealed to keys of their own.

use domain::Id;
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::{Error, Result};

/// One officer's share of one escrow key.
#[derive(Clone, Debug)]
pub struct Share {
    /// Whose.
    pub staff: Id,
    /// The officer's own public key.
    pub public_key: Vec<u8>,
    /// The private half, under the passphrase.
    pub lock: Lock,
    /// The share, sealed to `public_key`.
    pub sealed_share: Vec<u8>,
}

/// An officer's private key under a passphrase: argon2id with this salt and cost.
#[derive(Clone, Debug)]
pub struct Lock {
    /// Salt.
    pub salt: Vec<u8>,
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// The envelope.
    pub sealed_private: Vec<u8>,
}

const COLUMNS: &str = "staff, public_key, salt, memory_kib, passes, sealed_private, sealed_share";

/// Adds one.
pub async fn add(tx: &Tx<'_>, key: &str, share: &Share) -> Result<()> {
    let (memory_kib, passes) = cost(&share.lock)?;
    super::run(
        tx,
        "INSERT INTO escrow_share (key, staff, public_key, salt, memory_kib, passes,
             sealed_private, sealed_share) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            &key,
            &share.staff.0,
            &share.public_key,
            &share.lock.salt,
            &memory_kib,
            &passes,
            &share.lock.sealed_private,
            &share.sealed_share,
        ],
    )
    .await?;
    Ok(())
}

/// All shares of a key.
pub async fn of_key(tx: &Tx<'_>, key: &str) -> Result<Vec<Share>> {
    let statement = format!("SELECT {COLUMNS} FROM escrow_share WHERE key = $1 ORDER BY staff");
    let rows = super::rows(tx, &statement, &[&key]).await?;
    rows.iter().map(read).collect()
}

/// Every share of an officer with its key's id, locked: they change together.
pub async fn of_officer(tx: &Tx<'_>, staff: Id) -> Result<Vec<(String, Share)>> {
    let statement =
        format!("SELECT key, {COLUMNS} FROM escrow_share WHERE staff = $1 ORDER BY key FOR UPDATE");
    let rows = super::rows(tx, &statement, &[&staff.0]).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("key")?, read(row)?)))
        .collect()
}

/// Puts another lock on an officer's private key.
pub async fn relock(tx: &Tx<'_>, key: &str, staff: Id, lock: &Lock) -> Result<()> {
    let (memory_kib, passes) = cost(lock)?;
    super::run(
        tx,
        "UPDATE escrow_share SET salt = $3, memory_kib = $4, passes = $5, sealed_private = $6
         WHERE key = $1 AND staff = $2",
        &[
            &key,
            &staff.0,
            &lock.salt,
            &memory_kib,
            &passes,
            &lock.sealed_private,
        ],
    )
    .await?;
    Ok(())
}

fn cost(lock: &Lock) -> Result<(i32, i32)> {
    let fault = |_| Error::Fault("a cost beyond 31 bits".to_owned());
    Ok((
        i32::try_from(lock.memory_kib).map_err(fault)?,
        i32::try_from(lock.passes).map_err(fault)?,
    ))
}

fn read(row: &Row) -> Result<Share> {
    let cost = |column: &str| -> Result<u32> {
        let value: i32 = row.try_get(column)?;
        u32::try_from(value).map_err(|_| Error::Fault(format!("{column} is negative")))
    };
    Ok(Share {
        staff: Id(row.try_get("staff")?),
        public_key: row.try_get("public_key")?,
        lock: Lock {
            salt: row.try_get("salt")?,
            memory_kib: cost("memory_kib")?,
            passes: cost("passes")?,
            sealed_private: row.try_get("sealed_private")?,
        },
        sealed_share: row.try_get("sealed_share")?,
    })
}
