//! A centre at work: three ports, the sweep, and what builds snapshots.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Router, middleware};
use chrono::Utc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::error::Result;
use crate::serve::{Port, unless_stopped};
use crate::shown::Shown;
use crate::{Center, console, data_key, enrol, health, snapshots, sync, tls};

/// Between two looks for what a crash or a cut left undone.
const SWEEP_EVERY: Duration = Duration::from_secs(15);

/// Between two tries of what nobody could decide: so many sweeps, ten minutes.
const MEND_EVERY: u64 = 600 / SWEEP_EVERY.as_secs();

/// Between two looks for parts of pages that never came: so many sweeps, six hours.
const FORGET_EVERY: u64 = 6 * 3_600 / SWEEP_EVERY.as_secs();

/// A centre that serves. [`Running::stop`] waits for what is open; dropping it does not.
pub struct Running {
    /// Mutual TLS, for stations.
    pub station_addr: SocketAddr,
    /// TLS, for enrolment.
    pub enrol_addr: SocketAddr,
    /// The console.
    pub console_addr: SocketAddr,
    center: Arc<Center>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Center {
    /// Opens a centre and serves on its three ports. It listens when this returns.
    pub async fn start(config: Config) -> Result<Running> {
        let center = Arc::new(Center::open(config).await?);
        let config = &center.config;
        let bind = |port| Port::bind(SocketAddr::new(config.listen, port));
        let station = bind(config.station_port).await?;
        let enrolment = bind(config.enrol_port).await?;
        let console = bind(config.console_port).await?;
        let (stop, stopped) = watch::channel(false);
        let shown = Shown::new(&center.ca, config)?;
        let mutual = Arc::new(tls::mutual(shown.own(), &center.ca.pem)?);
        let open = Arc::new(tls::open(shown.own())?);
        let console_tls = shown.console().map(tls::open).transpose()?.map(Arc::new);
        let station_url = config
            .station_url
            .clone()
            .unwrap_or_else(|| format!("https://{}:{}", config.host, station.address.port()));
        let (station_addr, enrol_addr) = (station.address, enrolment.address);
        let console_addr = console.address;
        let at_station = sync::routes(center.clone(), stopped.clone());
        let at_enrolment = enrol::routes(center.clone(), station_url);
        let at_console = console::routes(center.clone());
        let counted = |router: Router, port| {
            let state = (center.clone(), port);
            router
                .layer(middleware::from_fn_with_state(
                    center.clone(),
                    data_key::gate,
                ))
                .layer(middleware::from_fn_with_state(state, health::count))
        };
        let mut tasks = vec![
            tokio::spawn(station.serve(
                counted(at_station, "station"),
                Some(mutual),
                stopped.clone(),
            )),
            tokio::spawn(enrolment.serve(
                counted(at_enrolment, "enrol"),
                Some(open),
                stopped.clone(),
            )),
            tokio::spawn(console.serve(
                counted(at_console, "console"),
                console_tls,
                stopped.clone(),
            )),
        ];
        // By another key it would hold what it cannot read, and make snapshots of nothing.
        if center.has_its_key {
            tasks.extend([
                tokio::spawn(sweep(center.clone(), shown, stopped.clone())),
                tokio::spawn(snapshots::keep_building(center.clone(), stopped)),
            ]);
        }
        Ok(Running {
            station_addr,
            enrol_addr,
            console_addr,
            center,
            stop,
            tasks,
        })
    }
}

impl Running {
    /// The centre behind the ports, for [`crate::admin`].
    pub fn center(&self) -> &Arc<Center> {
        &self.center
    }

    /// Takes no more requests, lets open ones finish, closes the database.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task ended badly");
            }
        }
        self.center.database.close();
    }
}

/// Finishes what was left between two transactions: cases whose pages are all here, commands whose
/// wait is over.
async fn sweep(center: Arc<Center>, shown: Shown, stop: watch::Receiver<bool>) {
    if let Err(error) = center.settle_unknown().await {
        tracing::warn!(%error, "what no rules were known for stays held for now");
    }
    let mut looked = None;
    for round in 0_u64.. {
        if round % MEND_EVERY == 0
            && let Err(error) = center.settle_mended().await
        {
            tracing::warn!(%error, "what nobody could decide stays held for now");
        }
        if round % FORGET_EVERY == 0 {
            shown.warn(&center.ca, Utc::now());
            // A store that hangs holds nothing else up.
            let forgotten = center.blobs.forget_parts(Utc::now());
            match tokio::time::timeout(SWEEP_EVERY, forgotten).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "parts of pages that never came stay for now");
                }
                Err(_) => tracing::warn!("the store of pages does not answer"),
            }
            if let Err(error) = center.forget_catalogues().await {
                tracing::warn!(%error, "old catalogues stay for now");
            }
        }
        if let Err(error) = center.look_what_is_named().await {
            tracing::warn!(%error, "which catalogue was named last is not known for now");
        }
        if let Err(error) = shown.keep_fresh(&center.ca, Utc::now()) {
            tracing::error!(%error, "a certificate of this centre stays as it is");
        }
        match center.complete_some(looked).await {
            Ok(last) => looked = last,
            Err(error) => tracing::warn!(%error, "the sweep stopped early"),
        }
        center.settle_waiting().await;
        if let Err(error) = center.drain_ferry().await {
            tracing::warn!(%error, "what is parked stays for now");
        }
        if let Err(error) = center.forget_recoveries().await {
            tracing::warn!(%error, "what belongs to old recovery requests was not taken away");
        }
        let pause = tokio::time::sleep(SWEEP_EVERY);
        if unless_stopped(stop.clone(), pause).await.is_none() {
            return;
        }
    }
}
