//! The collector: what a PBX says, into the spool, into Kafka.
//!
//! ```text
//! sources, a recording, a list ─► translate, hide numbers ─► spool on disk ─► Kafka `call-events`, `rejected`
//! ```
//! Reading never waits for Kafka: the spool stands between. It knows no calls.

mod files;
mod ids;
mod intake;
mod lists;
mod live;
mod progress;
mod replay;
mod ship;
mod sources;
pub mod spool;
mod webhook;

pub use intake::{Intake, Kept, Place, SharedSpool};
pub use lists::{Imported, import_list};
pub use progress::Progress;
pub use replay::{Replay, Shift, Span, Speed, span};
pub use webhook::{Limits, Webhook};

use anyhow::Context;
use call::SourceKind;
use config::Config;
use kafka::{Settings, Topics};
use ship::Shipper;
use sources::Outlet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

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
    let outlet = Outlet::open(config, &config.spool_folder(), counters, progress)?;
    let webhook = match &source {
        Source::Live => {
            let Outlet { codec, spool, metrics, progress, .. } = outlet.clone();
            Webhook::open(config, codec, spool, metrics, progress).await?
        }
        Source::Replay(_) => None,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let shipping = ship(config, &outlet, &stop);
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

/// Ships what is in the spool from now on, until told to stop.
fn ship(config: &Config, outlet: &Outlet, stop: &Arc<AtomicBool>) -> JoinHandle<anyhow::Result<()>> {
    let shipper = Shipper {
        spool: Arc::clone(&outlet.spool),
        settings: Settings::new(&config.kafka.brokers, format!("svarstid-collector-{}", config.site.id)),
        topics: Topics::new(&config.kafka.topic_prefix, config.kafka.generation),
        shape: (config.kafka.partitions, config.kafka.replication),
        site: config.site.id.clone(),
        metrics: outlet.metrics.clone(),
        progress: Arc::clone(&outlet.progress),
        stop: Arc::clone(stop),
    };
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || shipper.run(&runtime))
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
        let reading = move || replay.run(&mut intake, &outlet, &stop);
        tokio::task::spawn_blocking(reading).await??;
        self.outlet.progress.source_done.store(true, Ordering::SeqCst);
        until_shipped(&self.outlet.spool).await;
        Ok(())
    }
}

/// Waits until Kafka has everything that is in the spool.
async fn until_shipped(spool: &SharedSpool) {
    let is_shipped = || {
        let spool = spool.lock().unwrap_or_else(PoisonError::into_inner);
        spool.shipped() == spool.next()
    };
    while !is_shipped() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn beat(health: telemetry::Health, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        health.beat();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
