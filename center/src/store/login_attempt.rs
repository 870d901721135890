//! Wrong passwords by the name typed, known or not: an answer never tells which.

use crate::database::Tx;
use crate::error::Result;

/// Days after which old attempts are forgotten.
const KEPT_DAYS: i32 = 1;

/// Counts one attempt as wrong until [`forget`] says otherwise, and returns how many that makes and
/// how long to wait before it is even looked at. Counted before the password is checked, so that
/// attempts at once do not slip through together.
pub async fn begin(tx: &Tx<'_>, login: &str) -> Result<(i32, Option<f64>)> {
    super::run(
        tx,
        "INSERT INTO login_attempt (login, wrong, last_at) VALUES ($1, 0, now())
         ON CONFLICT DO NOTHING",
        &[&login],
    )
    .await?;
    let row = super::find(
        tx,
        "SELECT wrong, extract(epoch FROM wait_until - clock_timestamp())::float8 AS wait_s
         FROM login_attempt WHERE login = $1 FOR UPDATE",
        &[&login],
    )
    .await?;
    let Some(row) = row else { return Ok((0, None)) };
    let wait: Option<f64> = row.try_get("wait_s")?;
    Ok((row.try_get("wrong")?, wait.filter(|wait| *wait > 0.0)))
}

/// Writes how many wrong ones there are, and the wait they cost.
pub async fn count(tx: &Tx<'_>, login: &str, wrong: i32, wait_s: Option<u64>) -> Result<()> {
    let wait_s = wait_s.map(|wait| wait as f64);
    super::run(
        tx,
        "UPDATE login_attempt SET wrong = $2, last_at = now(),
             wait_until = clock_timestamp() + make_interval(secs => $3)
         WHERE login = $1",
        &[&login, &wrong, &wait_s],
    )
    .await?;
    Ok(())
}

/// The password was right: all is forgotten, and so are names nobody tried for a while.
pub async fn forget(tx: &Tx<'_>, login: &str) -> Result<()> {
    super::run(
        tx,
        "DELETE FROM login_attempt
         WHERE login = $1 OR last_at < now() - make_interval(days => $2)",
        &[&login, &KEPT_DAYS],
    )
    .await?;
    Ok(())
}
