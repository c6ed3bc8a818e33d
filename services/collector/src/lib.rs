//! The collector: what a PBX says, into the spool, into Kafka.
//!
//! ```text
//! PBX or recording ─► translate, hide numbers ─► spool on disk ─► Kafka `call-events`, `rejected`
//! ```
//! Reading never waits for Kafka: the spool stands between. It knows no calls.

mod ids;
mod intake;
mod progress;
mod replay;
mod ship;
pub mod spool;

pub use intake::{Intake, Kept, Place, SharedSpool};
pub use progress::Progress;
pub use replay::{Replay, Shift, Speed};

use anyhow::Context;
use config::Config;
use kafka::{Settings, Topics};
use ship::Shipper;
use spool::Spool;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use wire::Codec;

/// Where the events come from.
#[derive(Debug, Clone)]
pub enum Source {
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
    let intake = Intake::new(config, codec, Arc::clone(&spool), counters, Arc::clone(&progress))?;
    health.set_ready();
    let beat = tokio::spawn(beat(health, Arc::clone(&stop)));
    let result = collect(source, intake, &spool, &progress, &stop, shutdown, shipping).await;
    stop.store(true, Ordering::SeqCst);
    beat.abort();
    if let Some(server) = server {
        server.stop().await;
    }
    result
}

async fn collect(
    source: Source,
    mut intake: Intake,
    spool: &SharedSpool,
    progress: &Arc<Progress>,
    stop: &Arc<AtomicBool>,
    mut shutdown: watch::Receiver<bool>,
    mut shipping: tokio::task::JoinHandle<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let Source::Replay(replay) = source;
    let reading = {
        let (spool, progress, stop) = (Arc::clone(spool), Arc::clone(progress), Arc::clone(stop));
        tokio::task::spawn_blocking(move || replay.run(&mut intake, &spool, &progress, &stop))
    };
    let all_shipped = async {
        reading.await??;
        progress.source_done.store(true, Ordering::SeqCst);
        while !is_shipped(spool) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    let result = tokio::select! {
        done = all_shipped => done,
        _ = shutdown.wait_for(|stop| *stop) => Ok(()),
        ended = &mut shipping => return ended?.context("events cannot be delivered to Kafka"),
    };
    stop.store(true, Ordering::SeqCst);
    let shipped = shipping.await?;
    result.and(shipped)
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
