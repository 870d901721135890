//! Wakes the long polls of this process and of others: a feed that grew is announced by NOTIFY
//! after its commit, and heard by LISTEN. Losing an announcement costs time, never a fact: a poll
//! ends by itself and looks.

use std::collections::{BTreeSet, HashMap};
use std::future::poll_fn;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Division;
use tokio::sync::{mpsc, watch};
use tokio_postgres::{AsyncMessage, NoTls};

use crate::database;
use crate::error::Result;
use crate::store;

/// Feeds waiting to be announced; more are dropped, see above.
const QUEUE: usize = 4096;
const RECONNECT: Duration = Duration::from_millis(500);

/// Announces and hears of feeds that grew.
pub struct News {
    feeds: Arc<Feeds>,
    grown: mpsc::Sender<Division>,
}

/// One bell a feed: who waits for one is not woken by the others. Only stations subscribe, so there are
/// no more of them than communities.
#[derive(Default)]
struct Feeds(Mutex<HashMap<String, watch::Sender<()>>>);

impl Feeds {
    fn ring(&self, feed: &str) {
        let feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = feeds.get(feed) {
            bell.send_replace(());
        }
    }

    fn bell(&self, feed: &str) -> watch::Receiver<()> {
        let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.entry(feed.to_owned()).or_default().subscribe()
    }
}

/// Hears what is announced of one feed from now on.
pub struct Subscription(watch::Receiver<()>);

impl Subscription {
    /// Waits until the feed is spoken of.
    pub async fn heard(&mut self) {
        // The news ended: the poll looks, and ends.
        let _ = self.0.changed().await;
    }
}

impl News {
    /// Starts listening on a connection of its own, reconnecting for ever.
    pub fn start(address: &str) -> Result<News> {
        let config = database::parse(address)?;
        let feeds = Arc::<Feeds>::default();
        let (grown, queue) = mpsc::channel(QUEUE);
        tokio::spawn(run(config, feeds.clone(), queue));
        Ok(News { feeds, grown })
    }

    /// Subscribe before looking at the feed, then wait.
    pub fn subscribe(&self, feed: &Division) -> Subscription {
        Subscription(self.feeds.bell(&feed.0))
    }

    /// Says that a feed grew; its transaction is committed.
    pub fn announce(&self, feeds: impl IntoIterator<Item = Division>) {
        for feed in feeds {
            self.feeds.ring(&feed.0);
            // A full queue: the polls of other processes end by themselves.
            let _ = self.grown.try_send(feed);
        }
    }
}

async fn run(
    config: tokio_postgres::Config,
    feeds: Arc<Feeds>,
    mut queue: mpsc::Receiver<Division>,
) {
    // Ends when the centre is dropped: the queue closes.
    while !queue.is_closed() {
        match connected(&config, &feeds, &mut queue).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "listening for news was cut"),
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn connected(
    config: &tokio_postgres::Config,
    feeds: &Arc<Feeds>,
    queue: &mut mpsc::Receiver<Division>,
) -> Result<()> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let (feeds, own) = (feeds.clone(), Arc::new(AtomicI32::new(0)));
    let ours = own.clone();
    let mut listening = tokio::spawn(async move {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            match message {
                // What this process said itself, it rang for at once.
                Ok(AsyncMessage::Notification(it))
                    if it.process_id() != ours.load(Ordering::Relaxed) =>
                {
                    feeds.ring(it.payload());
                }
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    });
    own.store(store::news::listen(&client).await?, Ordering::Relaxed);
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
