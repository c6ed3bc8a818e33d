//! `/metrics`, `/healthz` and `/readyz` over HTTP.

use crate::{Health, Metrics};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long a client may keep its last answer waiting when the service stops.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program has the port.
    #[error("{listen} is taken by another program: stop it, or choose another port with the key `listen`")]
    Taken {
        /// The address asked for.
        listen: String,
    },
    /// The address cannot be used.
    #[error("cannot listen on {listen}: {source}; `listen` is `address:port`, for instance 127.0.0.1:9101")]
    Unusable {
        /// The address asked for.
        listen: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A running server; dropping it stops it too, without waiting.
#[derive(Debug)]
pub struct ServerHandle {
    address: SocketAddr,
    /// Closing it is the signal to stop.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl ServerHandle {
    /// Where it listens; tells the port when port 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers what has been asked, then stops and frees the port.
    pub async fn stop(self) {
        drop(self.stop);
        let mut task = self.task;
        if tokio::time::timeout(STOP_WITHIN, &mut task).await.is_err() {
            task.abort();
        }
    }
}

#[derive(Clone)]
struct Served {
    metrics: Metrics,
    health: Health,
}

/// Serves `/metrics` (Prometheus' text format), `/healthz` (200 while the main loop beats) and `/readyz` (200 when ready,
/// else 503 and the reason) on `listen` (`address:port`; port 0 lets the system choose).
///
/// # Errors
/// The port is taken or the address unusable.
pub async fn serve(listen: &str, metrics: &Metrics, health: &Health) -> Result<ServerHandle, ServeError> {
    let unusable = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AddrInUse => ServeError::Taken { listen: listen.into() },
        _ => ServeError::Unusable { listen: listen.into(), source },
    };
    let listener = TcpListener::bind(listen).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let routes = Router::new()
        .route("/metrics", get(answer_metrics))
        .route("/healthz", get(answer_health))
        .route("/readyz", get(answer_ready))
        .with_state(Served { metrics: metrics.clone(), health: health.clone() });
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        // An error here means that the sender is gone, which is the signal as well.
        let signal = async move { drop(stopped.await) };
        if let Err(error) = axum::serve(listener, routes).with_graceful_shutdown(signal).await {
            tracing::error!(%error, "the metrics server stopped; the service goes on without it");
        }
    });
    tracing::info!(%address, "metrics and health are served");
    Ok(ServerHandle { address, stop, task })
}

async fn answer_metrics(State(served): State<Served>) -> impl IntoResponse {
    match served.metrics.text() {
        Ok(text) => {
            (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
        }
        Err(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
            error.to_string(),
        ),
    }
}

async fn answer_health(State(served): State<Served>) -> impl IntoResponse {
    match served.health.stuck() {
        None => (StatusCode::OK, "alive\n".to_owned()),
        Some(silent) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("the main loop has not turned for {:.1} s: restart the service\n", silent.as_secs_f64()),
        ),
    }
}

async fn answer_ready(State(served): State<Served>) -> impl IntoResponse {
    match served.health.not_ready() {
        None => (StatusCode::OK, "ready\n".to_owned()),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")),
    }
}
