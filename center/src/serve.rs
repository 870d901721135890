//! The accept loop of a port: plain or TLS, one task a connection, ended gracefully.

mod paced;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use paced::Paced;

use crate::ca;
use crate::error::{Doing, Result};
use domain::Id;

/// Connections of one port at once: a city of 2,746 stations, each with all its lanes open.
const CONNECTIONS: usize = 12_288;
/// A peer that has gone without a word is noticed within this, on an idle connection and with an answer
/// under way.
const GONE_AFTER: Duration = Duration::from_secs(60);
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How long a head may take to arrive, on an idle connection too: longer than clients keep one.
const HEAD_LIMIT: Duration = Duration::from_secs(120);
/// How long open requests may take to finish when we stop.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// The installation that the client certificate names; None when there is no such certificate.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub Option<Id>);

/// Asks the system for as many file handles as full ports need; says when it gives fewer.
pub fn allow_connections() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let wanted = 2 * CONNECTIONS as u64;
    let mut limit = getrlimit(Resource::Nofile);
    let given = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|now| now < given) {
        limit.current = Some(given);
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "file handles stay as they are");
        }
    }
    if given < wanted {
        tracing::warn!(given, wanted, "file handles are few: raise LimitNOFILE");
    }
}

/// A port that is bound but does not serve yet.
pub struct Port {
    listener: TcpListener,
    /// Where it is bound.
    pub address: SocketAddr,
}

impl Port {
    /// Binds; port 0 takes a free one.
    pub async fn bind(address: SocketAddr) -> Result<Port> {
        let named = address.to_string();
        let path = std::path::Path::new(&named);
        let listener = TcpListener::bind(address).await.doing("listen on", path)?;
        let address = listener.local_addr().doing("listen on", path)?;
        Ok(Port { listener, address })
    }

    /// Serves until `stop` says true, then lets open requests finish.
    pub async fn serve(
        self,
        router: Router,
        tls: Option<Arc<ServerConfig>>,
        mut stop: watch::Receiver<bool>,
    ) {
        let tls = tls.map(TlsAcceptor::from);
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        let mut open = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stopped(&mut stop) => break,
            };
            while open.try_join_next().is_some() {}
            let Ok((stream, _)) = accepted else {
                // Out of file handles, most likely: some will be free in a moment.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Ok(slot) = slots.clone().try_acquire_owned() else {
                continue;
            };
            let (router, tls, stop) = (router.clone(), tls.clone(), stop.clone());
            open.spawn(async move {
                connection(stream, router, tls, stop).await;
                drop(slot);
            });
        }
        let drained = async { while open.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN_LIMIT, drained).await.is_err() {
            tracing::warn!("requests were cut after {} s", DRAIN_LIMIT.as_secs());
        }
    }
}

async fn connection(
    stream: TcpStream,
    router: Router,
    tls: Option<TlsAcceptor>,
    stop: watch::Receiver<bool>,
) {
    if let Err(error) = attend(&stream) {
        tracing::debug!(%error, "a connection cannot be watched");
    }
    let Some(tls) = tls else {
        return speak(stream, Peer(None), router, stop).await;
    };
    let shaken = tokio::time::timeout(HANDSHAKE_LIMIT, tls.accept(stream)).await;
    match shaken {
        Ok(Ok(stream)) => {
            let certificate = stream
                .get_ref()
                .1
                .peer_certificates()
                .and_then(<[_]>::first);
            let peer = Peer(certificate.and_then(|der| ca::installation_of(der)));
            speak(stream, peer, router, stop).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
        Err(_) => tracing::debug!("no TLS in time"),
    }
}

/// Small answers leave at once; a peer that has gone is noticed.
fn attend(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let probes = TcpKeepalive::new()
        .with_time(GONE_AFTER / 2)
        .with_interval(GONE_AFTER / 6);
    socket.set_tcp_keepalive(&probes)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(GONE_AFTER))?;
    Ok(())
}

async fn speak<S>(stream: S, peer: Peer, router: Router, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .serve_connection(TokioIo::new(Paced::new(stream)), service);
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => log_end(ended),
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            log_end(connection.await);
        }
    }
}

fn log_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Resolves when the process stops, also by dropping what would tell it to.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Ends `work` early when the process stops.
pub async fn unless_stopped<T>(
    mut stop: watch::Receiver<bool>,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = stopped(&mut stop) => None,
    }
}
