//! A centre at work: three ports, the sweep, and what builds snapshots.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Router, middleware};
use chrono::Utc;
use rustls::ServerConfig;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::ca::Identity;
use crate::config::Config;
use crate::error::{Doing, Result};
use crate::serve::{Port, unless_stopped};
use crate::{Center, console, enrol, health, snapshots, sync, tls};

/// Between two looks for what a crash or a cut left undone.
const SWEEP_EVERY: Duration = Duration::from_secs(15);

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
        let identity = center.ca.server(&config.host)?;
        let mutual = Arc::new(tls::mutual(&identity, &center.ca.pem)?);
        let open = Arc::new(tls::open(&identity)?);
        let console_tls = console_tls(config)?;
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
            router.layer(middleware::from_fn_with_state(state, health::count))
        };
        let tasks = vec![
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
            tokio::spawn(sweep(center.clone(), stopped.clone())),
            tokio::spawn(snapshots::keep_building(center.clone(), stopped)),
        ];
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
async fn sweep(center: Arc<Center>, stop: watch::Receiver<bool>) {
    if let Err(error) = center.settle_unknown().await {
        tracing::warn!(%error, "what no rules were known for stays held for now");
    }
    for round in 0_u64.. {
        if round % FORGET_EVERY == 0 {
            if let Err(error) = center.blobs.forget_parts(Utc::now()).await {
                tracing::warn!(%error, "parts of pages that never came stay for now");
            }
            if let Err(error) = center.forget_catalogues().await {
                tracing::warn!(%error, "old catalogues stay for now");
            }
        }
        if let Err(error) = center.complete_pages(None).await {
            tracing::warn!(%error, "the sweep stopped early");
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

fn console_tls(config: &Config) -> Result<Option<Arc<ServerConfig>>> {
    let Some(files) = &config.console_tls else {
        return Ok(None);
    };
    let read = |path: &std::path::Path| std::fs::read_to_string(path).doing("read", path);
    let identity = Identity {
        certificate_pem: read(&files.certificate)?,
        key_pem: read(&files.key)?,
    };
    Ok(Some(Arc::new(tls::open(&identity)?)))
}
