//! Which alerts were raised, and until when: Alertmanager and Grafana post them, ClickHouse keeps them.
//!
//! ```text
//! POST /v1/alerts ─► who is it ─► read all ─► ClickHouse has it ─► 200
//! ```
//! Nothing is kept here: what ClickHouse does not take is answered with 503, and the sender has it still. A state that is told twice is one
//! row (`store::alerts`). docs/alerts.md says how it is set up.

mod answer;
mod message;
mod server;
#[cfg(test)]
mod tests;

use anyhow::Context;
use config::{Config, SinkAlerts};
use endpoint::{Admission, Certificate, Limits};
use server::Door;
use std::net::SocketAddr;
use std::sync::Arc;
use store::Store;
use telemetry::metrics::Sink as Metrics;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// For errors.
const SECTION: &str = "sink.alerts";

/// An endpoint that listens, but does not answer yet.
pub struct Receiver {
    listener: TcpListener,
    certificate: Option<Certificate>,
    door: Door,
}

impl Receiver {
    /// Reads the secret and takes the port. None: the configuration has no endpoint for alerts.
    ///
    /// # Errors
    /// A file cannot be used, or the port is taken.
    pub async fn open(config: &Config, store: Store, metrics: Metrics) -> anyhow::Result<Option<Self>> {
        let Some(alerts) = &config.sink.alerts else { return Ok(None) };
        let SinkAlerts { listen, certificate_file, key_file, body_max_kib, .. } = alerts;
        let files = certificate_file.as_ref().zip(key_file.as_ref());
        let certificate = files.map(|(certificate, key)| Certificate::open(SECTION, certificate, key));
        let limits = Limits::default();
        let door = Door {
            admission: Admission::new(alerts.read_bearer_token()?.as_deref(), None, 0),
            body_max_kib: *body_max_kib,
            at_once: Semaphore::new(limits.at_once),
            limits,
            store,
            metrics,
        };
        let listener = TcpListener::bind(listen).await;
        let listener =
            listener.with_context(|| format!("[{SECTION}] listen = {listen} cannot be listened on"))?;
        Ok(Some(Self { listener, certificate: certificate.transpose()?, door }))
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop`; what was asked before is still answered.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Self { listener, certificate, door } = self;
        tracing::info!(address = %listener.local_addr()?, tls = certificate.is_some(), "alerts are taken");
        let failures = door.metrics.certificate_failures.clone();
        let certificate = certificate.map(|certificate| (certificate, failures));
        let (limits, routes) = (door.limits, server::routes(Arc::new(door)));
        endpoint::serve(listener, certificate, routes, limits, stop).await.context("the endpoint for alerts")
    }
}
