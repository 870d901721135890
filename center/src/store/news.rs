//! LISTEN and NOTIFY.

use tokio_postgres::Client;

use crate::error::Result;

/// Hears of feeds that grew; the process that speaks when this connection tells of one.
pub async fn listen(client: &Client) -> Result<i32> {
    client
        .batch_execute("SET synchronous_commit = off; LISTEN yizhan_feed")
        .await?;
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await?;
    Ok(row.try_get(0)?)
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
