//! The pools. Those that decide know the whole city, and are shared out so that no kind of work waits for
//! another: pushes, what stations ask, their pages, everything else. The console's sees, by row-level
//! security, only the area set for its transaction. Who waits for a connection waits in line.

use std::str::FromStr;
use std::time::Duration;

use deadpool_postgres::{Hook, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use domain::Staff;
use tokio_postgres::NoTls;

use crate::error::{Error, Result};
use crate::store;

/// A transaction of either pool.
pub type Tx<'a> = deadpool_postgres::Transaction<'a>;

/// How long a request waits for a connection.
const WAIT: Duration = Duration::from_secs(5);
/// How long a statement may run.
const STATEMENT_LIMIT_MS: u32 = 30_000;

/// Whatever is read to decide is found by a key. A plan made while a table was small would read all of it
/// for every push from then on, until the next analysis.
const DECIDE_OPTIONS: &str = "-c enable_seqscan=off";
/// No statement is worth compiling. PostgreSQL compiles what it thinks dear, and a table read whole although
/// that was forbidden counts as the dearest of all: a tenth of a second for a table of three rows, each time.
const OPTIONS: &str = "-c jit=off";

/// Connections to PostgreSQL.
pub struct Database {
    decide: Pool,
    push: Pool,
    ask: Pool,
    pages: Pool,
    console: Pool,
}

impl Database {
    /// Pools that connect when first needed.
    pub fn new(address: &str, connections: usize) -> Result<Database> {
        let decide = |share| pool(address, "yizhan_decide", share, DECIDE_OPTIONS);
        let (half, quarter) = (connections.div_ceil(2), connections.div_ceil(4));
        Ok(Database {
            decide: decide(half.max(4))?,
            push: decide(half)?,
            ask: decide(half)?,
            pages: decide(quarter)?,
            console: pool(address, "yizhan_console", half, "")?,
        })
    }

    /// How many pushes are worked on at once.
    pub fn pushes(&self) -> usize {
        self.push.status().max_size
    }

    /// A connection that knows the whole city. It decides; no page of the console is read with it
    /// unless the handler says why.
    pub async fn decide(&self) -> Result<Object> {
        Ok(self.decide.get().await?)
    }

    /// The same, for a push.
    pub async fn push(&self) -> Result<Object> {
        Ok(self.push.get().await?)
    }

    /// The same, for what a station asks: short.
    pub async fn ask(&self) -> Result<Object> {
        Ok(self.ask.get().await?)
    }

    /// The same, for the parts of pages: many, all day.
    pub async fn pages(&self) -> Result<Object> {
        Ok(self.pages.get().await?)
    }

    /// A connection that sees nothing until [`actor`] has said who asks.
    pub async fn console(&self) -> Result<Object> {
        Ok(self.console.get().await?)
    }

    /// How each pool is, by name.
    pub fn status(&self) -> [(&'static str, deadpool_postgres::Status); 5] {
        [
            ("decide", &self.decide),
            ("push", &self.push),
            ("ask", &self.ask),
            ("pages", &self.pages),
            ("console", &self.console),
        ]
        .map(|(name, pool)| (name, pool.status()))
    }

    /// Closes every connection.
    pub fn close(&self) {
        for pool in [
            &self.decide,
            &self.push,
            &self.ask,
            &self.pages,
            &self.console,
        ] {
            pool.close();
        }
    }
}

/// Begins a transaction.
pub async fn begin(client: &mut Object) -> Result<Tx<'_>> {
    Ok(client.transaction().await?)
}

/// Begins a transaction all of whose statements see one moment, and that writes nothing.
pub async fn look(client: &mut Object) -> Result<Tx<'_>> {
    let level = tokio_postgres::IsolationLevel::RepeatableRead;
    let builder = client.build_transaction().isolation_level(level);
    Ok(builder.read_only(true).start().await?)
}

/// Begins a transaction that sees what lies in the area of `actor`, and nothing else.
pub async fn actor<'a>(client: &'a mut Object, actor: &Staff) -> Result<Tx<'a>> {
    let tx = client.transaction().await?;
    store::area::set(&tx, actor.id, &actor.area).await?;
    Ok(tx)
}

fn pool(address: &str, role: &str, connections: usize, more: &str) -> Result<Pool> {
    let mut config = parse(address)?;
    let options =
        format!("-c role={role} -c statement_timeout={STATEMENT_LIMIT_MS} {OPTIONS} {more}");
    config.options(options);
    config.application_name(role);
    config.connect_timeout(WAIT);
    let recycling_method = RecyclingMethod::Fast;
    let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
    Pool::builder(manager)
        .max_size(connections.max(2))
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(WAIT))
        .recycle_timeout(Some(WAIT))
        .post_create(Hook::sync_fn(|_, _| {
            tracing::debug!("connected to the database");
            Ok(())
        }))
        .build()
        .map_err(|error| Error::Pool(error.to_string()))
}

/// Reads a PostgreSQL address (`postgresql:///city?host=/run/…` or `host=… dbname=…`).
pub fn parse(address: &str) -> Result<tokio_postgres::Config> {
    tokio_postgres::Config::from_str(address)
        .map_err(|error| Error::Config(format!("database: {error}")))
}
