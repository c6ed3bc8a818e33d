//! The webhook: a PBX posts its events as JSON, and may forget them when they are answered with 202.
//!
//! ```text
//! POST /v1/events ─► who is it ─► how many ─► read all ─► keeper: ids, spool, disk ─► 202
//! ```
//! What a post looks like is told in docs/webhook.md; its model is `pbx::webhook`.

mod answer;
mod documents;
mod keeper;
mod records;
mod seen;
mod server;
mod silence;

pub use endpoint::Limits;

use crate::intake::SharedSpool;
use crate::progress::Progress;
use anyhow::Context;
use config::Config;
use documents::Site;
use endpoint::{Admission, Certificate};
use governor::{DefaultDirectRateLimiter, Quota};
use keeper::{Job, Keeper};
use server::Door;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use telemetry::metrics::Collector as Metrics;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use wire::Codec;

/// For errors.
const SECTION: &str = "collector.webhook";

/// An endpoint that listens, but does not answer yet.
pub struct Webhook {
    listener: TcpListener,
    certificate: Option<Certificate>,
    door: Door,
    keeper: Keeper,
    jobs: mpsc::Receiver<Job>,
}

impl Webhook {
    /// Reads the secrets and the ids of earlier events, and takes the port. None: the configuration has no webhook.
    pub async fn open(
        config: &Config,
        codec: Arc<Codec>,
        spool: SharedSpool,
        metrics: Metrics,
        progress: Arc<Progress>,
    ) -> anyhow::Result<Option<Self>> {
        let Some(webhook) = &config.collector.webhook else { return Ok(None) };
        let files = webhook.certificate_file.as_ref().zip(webhook.key_file.as_ref());
        let certificate =
            files.map(|(certificate, key)| Certificate::open(SECTION, certificate, key)).transpose()?;
        let keeper = Keeper::new((config, webhook), codec, spool, metrics.clone(), progress)?;
        let limits = Limits::default();
        let (sender, jobs) = mpsc::channel(limits.at_once);
        let door = Door {
            admission: admission(webhook)?,
            site: Site { numbers: config.numbers()?, dialect: config.dialect()? },
            limit: limit(webhook.requests_per_s),
            body_max_kib: webhook.body_max_kib,
            at_once: Semaphore::new(limits.at_once),
            limits,
            keeper: sender,
            metrics,
        };
        let listener = TcpListener::bind(&webhook.listen).await;
        let listener = listener.with_context(|| {
            format!("[collector.webhook] listen = {} cannot be listened on", webhook.listen)
        })?;
        Ok(Some(Self { listener, certificate, door, keeper, jobs }))
    }

    /// The same with other limits.
    #[must_use]
    pub fn limited(mut self, limits: Limits) -> Self {
        self.door.at_once = Semaphore::new(limits.at_once);
        self.door.limits = limits;
        self
    }

    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `shutdown`; what was asked before is still answered. Ends by itself when the disk fails.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) -> anyhow::Result<()> {
        let Self { listener, certificate, door, keeper, jobs } = self;
        tracing::info!(address = %listener.local_addr()?, tls = certificate.is_some(), "posted events are taken");
        let failures = door.metrics.webhook_certificate_failures.clone();
        let certificate = certificate.map(|certificate| (certificate, failures));
        let mut keeping = tokio::task::spawn_blocking(move || keeper.run(jobs));
        let (limits, routes) = (door.limits, server::routes(Arc::new(door)));
        let (stop, stopped) = oneshot::channel::<()>();
        // An error here means that the sender is gone, which is the signal.
        let stopped = async move { drop(stopped.await) };
        let mut serving = tokio::spawn(endpoint::serve(listener, certificate, routes, limits, stopped));
        let kept = tokio::select! {
            served = &mut serving => return served?.context("the webhook's endpoint"),
            kept = &mut keeping => Some(kept),
            _ = shutdown.wait_for(|stop| *stop) => None,
        };
        drop(stop);
        serving.await?.context("the webhook's endpoint")?;
        match kept {
            Some(kept) => kept?,
            None => keeping.await?,
        }
    }
}

fn limit(requests_per_s: u32) -> DefaultDirectRateLimiter {
    DefaultDirectRateLimiter::direct(Quota::per_second(
        NonZeroU32::new(requests_per_s).unwrap_or(NonZeroU32::MIN),
    ))
}

fn admission(webhook: &config::Webhook) -> Result<Admission, config::ConfigError> {
    let token = webhook.read_bearer_token()?;
    Ok(Admission::new(token.as_deref(), webhook.read_hmac_secret()?, webhook.signature_tolerance_s.into()))
}
