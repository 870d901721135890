//! `GET /health` and `GET /metrics` at the console's port, for whatever watches the machine: whether this
//! process can do its work, and what it has done since it started. Counts alone: no station, no person,
//! no words that anybody sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Outcome;
use serde::Serialize;

use crate::error::Result;
use crate::{Center, database, store};

/// How long a look at the database or the store of pages may take: what is slower is not well.
const LOOK_LIMIT: Duration = Duration::from_secs(3);

/// What a process has done since it started.
#[derive(Default)]
pub struct Figures {
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    requests: BTreeMap<(&'static str, u16), u64>,
    decided: BTreeMap<&'static str, u64>,
    pushes: u64,
    push_time: Duration,
}

impl Figures {
    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A push was taken; the time is that of its transaction.
    pub fn pushed<'a>(&self, outcomes: impl Iterator<Item = &'a Outcome>, time: Duration) {
        let mut counted = self.counted();
        counted.pushes += 1;
        counted.push_time += time;
        for outcome in outcomes {
            *counted
                .decided
                .entry(store::command::state(outcome))
                .or_default() += 1;
        }
    }
}

/// Counts the answers of a port by their status.
pub async fn count(
    State((center, port)): State<(Arc<Center>, &'static str)>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let key = (port, response.status().as_u16());
    *center.figures.counted().requests.entry(key).or_default() += 1;
    response
}

/// Whether a part of the whole can be reached.
#[derive(Serialize)]
struct Health {
    database: &'static str,
    pages: &'static str,
    /// The data key: `ok`, or the code of what is wrong with it.
    key: &'static str,
    version: &'static str,
    catalogue: String,
}

/// 200 while this process can take what stations send, 503 while it cannot. Without the store of pages
/// commands are still taken: that is said, and is no reason to send stations elsewhere.
pub async fn health(State(center): State<Arc<Center>>) -> Response {
    let (database, pages) = tokio::join!(
        in_time(asked(&center)),
        in_time(center.blobs.reachable(&center.seals))
    );
    let word = |is_well| if is_well { "ok" } else { "down" };
    let key = center.must_have_its_key();
    let health = Health {
        database: word(database),
        pages: word(pages),
        key: key.as_ref().map_or_else(|error| error.code(), |()| "ok"),
        version: env!("CARGO_PKG_VERSION"),
        catalogue: center.catalogue_hash().to_owned(),
    };
    let status = match database && key.is_ok() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(health)).into_response()
}

async fn in_time(look: impl Future<Output = Result<()>>) -> bool {
    matches!(tokio::time::timeout(LOOK_LIMIT, look).await, Ok(Ok(())))
}

async fn asked(center: &Center) -> Result<()> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::audit::head(&tx).await?;
    Ok(())
}

/// The figures in the text that Prometheus and its like read.
pub async fn metrics(State(center): State<Arc<Center>>) -> Response {
    let mut text = Text::default();
    {
        let counted = center.figures.counted();
        text.head(
            "yizhan_requests_total",
            "counter",
            "Answers by port and status.",
        );
        for ((port, status), count) in &counted.requests {
            text.line(
                &format!("{{port=\"{port}\",status=\"{status}\"}}"),
                *count as f64,
            );
        }
        text.head(
            "yizhan_commands_total",
            "counter",
            "Commands decided, by outcome.",
        );
        for (state, count) in &counted.decided {
            text.line(&format!("{{outcome=\"{state}\"}}"), *count as f64);
        }
        text.head("yizhan_pushes_total", "counter", "Pushes taken.");
        text.line("", counted.pushes as f64);
        text.head(
            "yizhan_push_seconds_total",
            "counter",
            "Time of their transactions.",
        );
        text.line("", counted.push_time.as_secs_f64());
    }
    text.head(
        "yizhan_push_places_free",
        "gauge",
        "Pushes that would not wait in line now.",
    );
    text.line("", center.pushes.available_permits() as f64);
    text.head(
        "yizhan_room_free_bytes",
        "gauge",
        "Memory left for parts of pages, for facts and for files that are sent.",
    );
    text.line("{for=\"parts\"}", center.parts.free_bytes() as f64);
    text.line("{for=\"answers\"}", center.answers.free_bytes() as f64);
    text.line("{for=\"files\"}", center.files.free_bytes() as f64);
    text.head(
        "yizhan_database_connections",
        "gauge",
        "Connections by pool: open, idle, and who waits for one.",
    );
    for (pool, status) in center.database.status() {
        for (state, count) in [
            ("open", status.size),
            ("idle", status.available),
            ("waiting", status.waiting),
        ] {
            text.line(
                &format!("{{pool=\"{pool}\",state=\"{state}\"}}"),
                count as f64,
            );
        }
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text.text).into_response()
}

#[derive(Default)]
struct Text {
    text: String,
    name: &'static str,
}

impl Text {
    fn head(&mut self, name: &'static str, kind: &str, help: &str) {
        self.name = name;
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, labels: &str, value: f64) {
        let _ = writeln!(self.text, "{}{labels} {value}", self.name);
    }
}
