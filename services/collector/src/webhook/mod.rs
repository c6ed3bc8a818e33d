//! The webhook: a PBX posts its events as JSON, and may forget them when they are answered with 202.
//!
//! ```text
//! POST /v1/events ─► who is it ─► how many ─► read all ─► keeper: ids, spool, disk ─► 202
//! ```
//! What a post looks like is told in docs/webhook.md; its model is `pbx::webhook`.

mod admission;
mod answer;
mod documents;
mod keeper;
mod limits;
mod records;
mod seen;
mod server;
mod silence;
mod tls;

pub use limits::Limits;

use crate::intake::SharedSpool;
use crate::progress::Progress;
use admission::Admission;
use anyhow::Context;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use config::Config;
use documents::Site;
use governor::{DefaultDirectRateLimiter, Quota};
use hyper_util::rt::TokioTimer;
use keeper::{Job, Keeper};
use server::Door;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use telemetry::metrics::Collector as Metrics;
use tls::Certificate;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use wire::Codec;

/// How long requests are finished when the collector stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);

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
        let certificate = files.map(|(certificate, key)| Certificate::open(certificate, key)).transpose()?;
        let keeper = Keeper::new((config, webhook), codec, spool, metrics.clone(), progress)?;
        let limits = Limits::default();
        let (sender, jobs) = mpsc::channel(limits.at_once);
        let door = Door {
            admission: Admission::from_config(webhook)?,
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
        let tls = certificate.as_ref().map(Certificate::used);
        tracing::info!(address = %listener.local_addr()?, tls = tls.is_some(), "posted events are taken");
        // Ends with this function.
        let mut renewing = JoinSet::new();
        if let Some(certificate) = certificate {
            let failures = door.metrics.webhook_certificate_failures.clone();
            renewing.spawn(certificate.renew(door.limits.renew_every, failures));
        }
        let handle = Handle::new();
        let mut keeping = tokio::task::spawn_blocking(move || keeper.run(jobs));
        let mut serving = tokio::spawn(serve(listener.into_std()?, tls, Arc::new(door), handle.clone()));
        let kept = tokio::select! {
            served = &mut serving => return served?.context("the webhook's endpoint"),
            kept = &mut keeping => Some(kept),
            _ = shutdown.wait_for(|stop| *stop) => None,
        };
        handle.graceful_shutdown(Some(STOP_WITHIN));
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

async fn serve(
    listener: std::net::TcpListener,
    tls: Option<RustlsConfig>,
    door: Arc<Door>,
    handle: Handle<SocketAddr>,
) -> std::io::Result<()> {
    let head_within = door.limits.head_within;
    let routes = server::routes(door).into_make_service();
    let mut server = axum_server::from_tcp(listener)?.handle(handle).http1_only();
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(head_within);
    match tls {
        Some(tls) => server.acceptor(RustlsAcceptor::new(tls)).serve(routes).await,
        None => server.serve(routes).await,
    }
}
