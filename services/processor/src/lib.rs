//! The processor: events of calls in; calls, panes and corrections out, in one Kafka transaction with the offsets.
//!
//! Kill it anywhere: the figures do not change. What it computes is `pipeline::processor`; how Kafka keeps the promises is
//! `kafka`; here the two are put together.

mod answers;
mod changelog;
mod ears;
mod horizon;
mod life;
mod lives;
mod meter;
mod partition;
mod shown;
#[cfg(test)]
mod tests;

pub use answers::Watched;
pub use changelog::{Held, Manifest};
pub use lives::Lives;
pub use meter::Meter;
pub use partition::{Commit, Partition, Stepped, Tools};
pub use pipeline::Pace;

use config::Config;
use kafka::{Journal, Settings, Topics};
use pipeline::processor::Setup;
use pipeline::{Fault, FaultKind, SystemClock};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use wire::Codec;

/// Events of one PBX come in order but for milliseconds; several nodes of a site may be seconds apart.
pub const DISORDER_US: i64 = 5_000_000;
/// A transaction is committed after so many events even if its time has not come: a second of catching up.
const EVENTS_MAX: usize = 60_000;
/// Silent for longer than this, the main loop is stuck: restoring and committing take seconds at most.
const STUCK_AFTER: Duration = Duration::from_secs(120);

/// Runs until `shutdown` becomes true; then finishes its batch, commits and leaves. Kafka being away is waited out.
///
/// # Errors
/// A configuration that is impossible; a fault that only a person can help with, with what to do.
pub async fn run(config: Config, shutdown: watch::Receiver<bool>) -> anyhow::Result<()> {
    let topics = Topics::new(&config.kafka.topic_prefix, config.kafka.generation);
    let setup = Arc::new(setup(&config)?);
    let metrics = telemetry::Metrics::new()?;
    let health = telemetry::Health::new(STUCK_AFTER);
    let meter = Meter::new(metrics.processor()?, health.clone(), topics.call_events());
    let meter = meter.watching(Watched::new(std::iter::once(&config).chain(&config.other_sites()?))?);
    let server = match &config.processor.listen {
        Some(listen) => Some(telemetry::serve(listen, &metrics, &health).await?),
        None => None,
    };
    let runtime = tokio::runtime::Handle::current();
    let told = AtomicBool::new(false);
    let result =
        run_threads(&Arc::new(Service { config, topics, runtime, told }), setup, meter, &shutdown).await;
    if let Some(server) = server {
        server.stop().await;
    }
    result
}

/// Threads share nothing but the group: each is a member of its own, with its own partitions and transactions.
async fn run_threads(
    service: &Arc<Service>,
    setup: Arc<Setup>,
    meter: Meter,
    shutdown: &watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let failed = Arc::new(AtomicBool::new(false));
    let mut meters = vec![meter];
    let others = 1..usize::from(service.config.processor.threads);
    meters.extend(others.map(|number| meters[0].another(number)).collect::<Vec<_>>());
    let mut threads = tokio::task::JoinSet::new();
    for (number, meter) in (0..).zip(meters) {
        let (shutdown, others_failed) = (shutdown.clone(), Arc::clone(&failed));
        let lives = Lives {
            setup: Arc::clone(&setup),
            meter,
            pace: service.pace(),
            clock: Arc::new(SystemClock),
            stop: Box::new(move || *shutdown.borrow() || others_failed.load(Ordering::Relaxed)),
        };
        let service = Arc::clone(service);
        threads.spawn_blocking(move || lives.run(|| service.open(number)));
    }
    let mut result = Ok(());
    while let Some(ended) = threads.join_next().await {
        let ended = ended.map_err(anyhow::Error::from).and_then(|ended| ended.map_err(Into::into));
        // What only a person can help with ends the others, too: the process manager starts all again.
        failed.fetch_or(ended.is_err(), Ordering::Relaxed);
        result = result.and(ended);
    }
    result
}

/// What stepping needs of the configuration, those of other sites included.
///
/// # Errors
/// A file of another site cannot be read, or says something impossible.
pub fn setup(config: &Config) -> anyhow::Result<Setup> {
    let others = config.other_sites()?;
    let plan = |config: &Config| Ok((config.site.id.as_str().into(), Arc::new(config.site_plan()?)));
    let plans: anyhow::Result<BTreeMap<_, _>> = std::iter::once(config).chain(&others).map(plan).collect();
    let allowed_us = i64::from(config.processor.allowed_lateness_s) * 1_000_000;
    Ok(Setup {
        plans: plans?,
        measures: config.kpi_settings(),
        definition_version: kpi::DEFINITION_VERSION,
        lateness: window::Lateness { allowed_us },
        disorder_us: DISORDER_US,
    })
}

/// What a life is opened with.
struct Service {
    config: Config,
    topics: Topics,
    runtime: tokio::runtime::Handle,
    /// What the topics' retention means was told.
    told: AtomicBool,
}

impl Service {
    fn pace(&self) -> Pace {
        let commit_every = Duration::from_millis(self.config.processor.commit_every_ms);
        Pace { commit_every, events_max: EVENTS_MAX }
    }

    /// The world of one life of the thread of this number.
    fn open(&self, number: u16) -> Result<(Journal, Tools), Fault> {
        let kafka = &self.config.kafka;
        let processor = &self.config.processor;
        let instance = match number {
            0 => processor.instance.clone(),
            _ => format!("{}.{number}", processor.instance),
        };
        let settings = Settings::new(&kafka.brokers, format!("svarstid-processor-{instance}"));
        let prepared = kafka::ensure_topics(&settings, &self.topics, kafka.partitions, kafka.replication);
        self.runtime.block_on(prepared)?;
        self.tell_retention(&settings)?;
        let codec = Arc::new(self.codec()?);
        let tools = Tools { codec, clock: Arc::new(SystemClock), topic: self.topics.call_events() };
        let journal = Journal::open(&settings, &self.topics, &processor.group, &instance)?;
        tracing::info!(group = processor.group, instance, "processing");
        Ok((journal, tools))
    }

    /// Once for each start of the program.
    fn tell_retention(&self, settings: &Settings) -> Result<(), Fault> {
        if self.told.load(Ordering::Relaxed) {
            return Ok(());
        }
        let topic = self.topics.call_events();
        let kept = self.runtime.block_on(kafka::retention(settings, &topic))?;
        let others = self.config.other_sites().unwrap_or_default();
        if let Some(warning) = horizon::warning(kept, horizon::needed(&self.config, &others), &topic) {
            tracing::warn!("{warning}");
        }
        self.told.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn codec(&self) -> Result<Codec, Fault> {
        let codec = match &self.config.kafka.schema_registry {
            Some(url) => Codec::with_registry(url, &self.topics.prefix),
            None => Codec::built_in(),
        };
        codec.map_err(|error| {
            let kind =
                if error.reject_reason().is_some() { FaultKind::Internal } else { FaultKind::Unreachable };
            Fault::new(kind, "preparing the schemas", error)
        })
    }
}
