//! Wakes the long polls of this process and of others: a feed that grew is announced by NOTIFY
//! after its commit, and heard by LISTEN. Losing an announcement costs time, never a fact: a poll
//! ends by itself and looks.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use domain::Division;
use tokio::sync::{broadcast, mpsc};
use tokio_postgres::{AsyncMessage, NoTls};

use crate::database;
use crate::error::Result;
use crate::store;

/// Announcements a slow listener may be behind; it then looks at its feed anyway.
const BACKLOG: usize = 1024;
/// Feeds waiting to be announced; more are dropped, see above.
const QUEUE: usize = 4096;
const RECONNECT: Duration = Duration::from_millis(500);

/// Announces and hears of feeds that grew.
pub struct News {
    heard: broadcast::Sender<Arc<str>>,
    grown: mpsc::Sender<Division>,
}

impl News {
    /// Starts listening on a connection of its own, reconnecting for ever.
    pub fn start(address: &str) -> Result<News> {
        let config = database::parse(address)?;
        let (heard, _) = broadcast::channel(BACKLOG);
        let (grown, queue) = mpsc::channel(QUEUE);
        tokio::spawn(run(config, heard.clone(), queue));
        Ok(News { heard, grown })
    }

    /// Subscribe before looking at the feed, then wait.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<str>> {
        self.heard.subscribe()
    }

    /// Says that a feed grew; its transaction is committed.
    pub fn announce(&self, feeds: impl IntoIterator<Item = Division>) {
        for feed in feeds {
            // A full queue: the polls of other processes end by themselves.
            let _ = self.heard.send(feed.0.as_str().into());
            let _ = self.grown.try_send(feed);
        }
    }
}

/// Waits until the feed is spoken of, or announcements were missed.
pub async fn heard_of(feed: &Division, news: &mut broadcast::Receiver<Arc<str>>) {
    loop {
        match news.recv().await {
            Ok(name) if *name != *feed.0 => {}
            _ => return,
        }
    }
}

async fn run(
    config: tokio_postgres::Config,
    heard: broadcast::Sender<Arc<str>>,
    mut queue: mpsc::Receiver<Division>,
) {
    // Ends when the centre is dropped: the queue closes.
    while !queue.is_closed() {
        match connected(&config, &heard, &mut queue).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "listening for news was cut"),
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn connected(
    config: &tokio_postgres::Config,
    heard: &broadcast::Sender<Arc<str>>,
    queue: &mut mpsc::Receiver<Division>,
) -> Result<()> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let heard = heard.clone();
    let mut listening = tokio::spawn(async move {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            match message {
                Ok(AsyncMessage::Notification(it)) => {
                    let _ = heard.send(it.payload().into());
                }
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    });
    store::news::listen(&client).await?;
    loop {
        tokio::select! {
            ended = &mut listening => {
                return match ended {
                    Ok(Err(error)) => Err(error.into()),
                    _ => Err(crate::Error::Pool("the connection ended".to_owned())),
                };
            }
            feed = queue.recv() => {
                let Some(feed) = feed else { return Ok(()) };
                let mut feeds = BTreeSet::from([feed.0]);
                while let Ok(more) = queue.try_recv() {
                    feeds.insert(more.0);
                }
                store::news::notify(&client, feeds.into_iter().collect()).await?;
            }
        }
    }
}
