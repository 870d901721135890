//! Wrong secrets in a row: five cost half a minute, and each further one twice as much.

use crate::error::{Error, Result};
use crate::{Center, database, password, refusal, store};

/// Counts a try under a name as wrong before it is looked at, so that tries at once do not slip
/// through together. `auth.wait` while the name has to wait; otherwise the seconds that this try
/// costs if it is wrong.
pub(crate) async fn begin(center: &Center, name: &str) -> Result<Option<u64>> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let (tries, wait) = store::login_attempt::begin(&tx, name).await?;
    if let Some(wait) = wait {
        return Err(Error::wait(&refusal::AUTH_WAIT, wait.ceil() as u64));
    }
    let tries = tries + 1;
    let wait = password::wait_s(tries);
    store::login_attempt::count(&tx, name, tries, wait).await?;
    tx.commit().await?;
    Ok(wait)
}

/// The try was right: all is forgotten.
pub(crate) async fn forget(center: &Center, name: &str) -> Result<()> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::login_attempt::forget(&tx, name).await?;
    tx.commit().await.map_err(Error::from)
}
