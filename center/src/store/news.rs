//! LISTEN and NOTIFY.

use tokio_postgres::Client;

use crate::error::Result;

/// Hears of feeds that grew.
pub async fn listen(client: &Client) -> Result<()> {
    client
        .batch_execute("SET synchronous_commit = off; LISTEN yizhan_feed")
        .await?;
    Ok(())
}

/// Tells other processes of feeds that grew.
pub async fn notify(client: &Client, feeds: Vec<String>) -> Result<()> {
    client
        .execute(
            "SELECT pg_notify('yizhan_feed', feed) FROM unnest($1::text[]) AS t (feed)",
            &[&feeds],
        )
        .await?;
    Ok(())
}
