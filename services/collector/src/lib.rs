//! The collector: what a PBX says, into the spool, into Kafka.
//!
//! ```text
//! sources or a recording ─► translate, hide numbers ─► spool on disk ─► Kafka `call-events`, `rejected`
//! ```
//! Reading never waits for Kafka: the spool stands between. It knows no calls.

mod files;
mod ids;
mod intake;
mod live;
mod progress;
mod replay;
mod ship;
mod sources;
pub mod spool;
mod webhook;

pub use intake::{Intake, Kept, Place, SharedSpool};
pub use progress::Progress;
pub use replay::{Replay, Shift, Span, Speed, span};
pub use webhook::{Limits, Webhook};

use anyhow::Context;
use call::SourceKind;
use config::Config;
use kafka::{Settings, Topics};
use ship::Shipper;
use sources::Outlet;
use spool::Spool;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wire::Codec;

/// Where the events come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Everything that the configuration names, all at once, until told to stop.
    Live,
    /// A recording; the collector ends when Kafka has all of it.
    Replay(Replay),
}

/// Runs until the source is through and shipped, or until `shutdown`.
pub async fn run(
    config: &Config,
    source: Source,
    progress: Arc<Progress>,
    shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let metrics = telemetry::Metrics::new()?;
    let counters = metrics.collector()?;
    let health = telemetry::Health::new(Duration::from_secs(30));
    let server = match &config.collector.listen {
        Some(listen) => Some(telemetry::serve(listen, &metrics, &health).await?),
        None => None,
    };
    let topics = Topics { prefix: config.kafka.topic_prefix.clone() };
    let codec = Arc::new(codec(config)?);
    let mut name = [0u8; 8];
    getrandom::fill(&mut name).context("the system gives no random bytes")?;
    let spool_max = config.collector.spool.max_mib * 1024 * 1024;
    let spool = Spool::open(&config.spool_folder(), spool_max, u64::from_be_bytes(name) >> 1)?;
    let spool: SharedSpool = Arc::new(Mutex::new(spool));
    let webhook = match &source {
        Source::Live => {
            let (codec, spool, progress) = (Arc::clone(&codec), Arc::clone(&spool), Arc::clone(&progress));
            Webhook::open(config, codec, spool, counters.clone(), progress).await?
        }
        Source::Replay(_) => None,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let shipper = Shipper {
        spool: Arc::clone(&spool),
        settings: Settings::new(&config.kafka.brokers, format!("svarstid-collector-{}", config.site.id)),
        topics,
        shape: (config.kafka.partitions, config.kafka.replication),
        site: config.site.id.clone(),
        metrics: counters.clone(),
        progress: Arc::clone(&progress),
        stop: Arc::clone(&stop),
    };
    let runtime = tokio::runtime::Handle::current();
    let shipping = tokio::task::spawn_blocking(move || shipper.run(&runtime));
    let outlet = Outlet { codec, spool, metrics: counters, progress };
    let collecting = Collecting { config, outlet, webhook, stop: Arc::clone(&stop) };
    health.set_ready();
    let beat = tokio::spawn(beat(health, Arc::clone(&stop)));
    let result = collecting.collect(source, shutdown, shipping).await;
    stop.store(true, Ordering::SeqCst);
    beat.abort();
    if let Some(server) = server {
        server.stop().await;
    }
    result
}

struct Collecting<'a> {
    config: &'a Config,
    outlet: Outlet,
    webhook: Option<Webhook>,
    stop: Arc<AtomicBool>,
}

impl Collecting<'_> {
    /// Reads the source while the shipper ships.
    async fn collect(
        self,
        source: Source,
        mut shutdown: watch::Receiver<bool>,
        mut shipping: JoinHandle<anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        let stop = Arc::clone(&self.stop);
        let stopping = shutdown.clone();
        let is_recording = matches!(source, Source::Replay(_));
        let reading = async {
            match source {
                Source::Replay(replay) => self.replay(replay).await,
                Source::Live => sources::run(self.config, &self.outlet, self.webhook, stopping).await,
            }
        };
        let result = tokio::select! {
            done = reading => done,
            // Live sources end by themselves, after they have made everything safe.
            _ = shutdown.wait_for(|stop| *stop), if is_recording => Ok(()),
            ended = &mut shipping => return ended?.context("events cannot be delivered to Kafka"),
        };
        stop.store(true, Ordering::SeqCst);
        let shipped = shipping.await?;
        result.and(shipped)
    }

    async fn replay(self, replay: Replay) -> anyhow::Result<()> {
        let mut intake = self.outlet.intake(self.config, SourceKind::AsteriskAmiRecording)?;
        let (outlet, stop) = (self.outlet.clone(), self.stop);
        let reading = move || replay.run(&mut intake, &outlet.spool, &outlet.progress, &stop);
        tokio::task::spawn_blocking(reading).await??;
        self.outlet.progress.source_done.store(true, Ordering::SeqCst);
        while !is_shipped(&self.outlet.spool) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

fn is_shipped(spool: &SharedSpool) -> bool {
    let spool = spool.lock().unwrap_or_else(PoisonError::into_inner);
    spool.shipped() == spool.next()
}

async fn beat(health: telemetry::Health, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        health.beat();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn codec(config: &Config) -> Result<Codec, wire::WireError> {
    match &config.kafka.schema_registry {
        Some(url) => Codec::with_registry(url, &config.kafka.topic_prefix),
        None => Codec::built_in(),
    }
}
