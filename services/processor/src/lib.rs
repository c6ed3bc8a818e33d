//! The processor: events of calls in; calls, panes and corrections out, in one Kafka transaction with the offsets.
//!
//! Kill it anywhere: the figures do not change. What it computes is `pipeline::processor`; how Kafka keeps the promises is
//! `kafka`; here the two are put together.

mod changelog;
mod life;
mod meter;
mod partition;
#[cfg(test)]
mod tests;

use config::Config;
use kafka::{Journal, Settings, Topics};
use life::{Life, Pace};
use meter::Meter;
use partition::Tools;
use pipeline::processor::Setup;
use pipeline::{Decision, Fault, FaultKind, SystemClock};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wire::Codec;

/// Events of one PBX come in order but for milliseconds; several nodes of a site may be seconds apart.
pub const DISORDER_US: i64 = 5_000_000;
/// A transaction is committed after so many events even if its time has not come.
const EVENTS_MAX: usize = 20_000;
/// Pauses between two lives, from the first to the longest.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];
/// A life that lasted so long was not a part of the trouble before it.
const GOOD_LIFE: Duration = Duration::from_secs(60);
/// Silent for longer than this, the main loop is stuck: restoring and committing take seconds at most.
const STUCK_AFTER: Duration = Duration::from_secs(120);

/// Runs until `shutdown` becomes true; then finishes its batch, commits and leaves. Kafka being away is waited out.
///
/// # Errors
/// A configuration that is impossible; a fault that only a person can help with, with what to do.
pub async fn run(config: Config, shutdown: watch::Receiver<bool>) -> anyhow::Result<()> {
    let topics = Topics { prefix: config.kafka.topic_prefix.clone() };
    let setup = Arc::new(setup(&config)?);
    let metrics = telemetry::Metrics::new()?;
    let health = telemetry::Health::new(STUCK_AFTER);
    let meter = Meter::new(metrics.processor()?, health.clone(), topics.call_events());
    let server = match &config.processor.listen {
        Some(listen) => Some(telemetry::serve(listen, &metrics, &health).await?),
        None => None,
    };
    let runtime = tokio::runtime::Handle::current();
    let service = Service { config, topics, setup, meter, shutdown, runtime };
    let result = tokio::task::spawn_blocking(move || service.run()).await?;
    if let Some(server) = server {
        server.stop().await;
    }
    Ok(result?)
}

fn setup(config: &Config) -> anyhow::Result<Setup> {
    let plan = Arc::new(config.site_plan()?);
    let allowed_us = i64::from(config.processor.allowed_lateness_s) * 1_000_000;
    Ok(Setup {
        plans: BTreeMap::from([(config.site.id.as_str().into(), plan)]),
        measures: config.kpi_settings(),
        lateness: window::Lateness { allowed_us },
        disorder_us: DISORDER_US,
    })
}

/// Everything that outlives a life.
struct Service {
    config: Config,
    topics: Topics,
    setup: Arc<Setup>,
    meter: Meter,
    shutdown: watch::Receiver<bool>,
    runtime: tokio::runtime::Handle,
}

impl Service {
    fn is_over(&self) -> bool {
        *self.shutdown.borrow()
    }

    /// One life after the other.
    fn run(&self) -> Result<(), Fault> {
        let mut troubles = 0;
        while !self.is_over() {
            let began = Instant::now();
            let Err(fault) = self.live() else { return Ok(()) };
            if began.elapsed() > GOOD_LIFE {
                troubles = 0;
            }
            match fault.decision() {
                Decision::Retry => tracing::warn!(%fault, "starting over from what Kafka has"),
                // a whole batch cannot be put aside
                Decision::Reject | Decision::Stop => return Err(fault),
            }
            self.meter.not_ready(fault.to_string());
            self.pause(PAUSES[troubles.min(PAUSES.len() - 1)]);
            troubles += 1;
        }
        Ok(())
    }

    fn live(&self) -> Result<(), Fault> {
        let kafka = &self.config.kafka;
        let processor = &self.config.processor;
        let settings = Settings::new(&kafka.brokers, format!("svarstid-processor-{}", processor.instance));
        let prepared = kafka::ensure_topics(&settings, &self.topics, kafka.partitions, kafka.replication);
        self.runtime.block_on(prepared)?;
        let tools =
            Tools { codec: self.codec()?, clock: Box::new(SystemClock), topic: self.topics.call_events() };
        let mut journal = Journal::open(&settings, &self.topics, &processor.group, &processor.instance)?;
        let pace =
            Pace { commit_every: Duration::from_millis(processor.commit_every_ms), events_max: EVENTS_MAX };
        tracing::info!(group = processor.group, instance = processor.instance, "processing");
        Life::new(&mut journal, &tools, &self.setup, &self.meter, pace).run(|| self.is_over())
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

    fn pause(&self, so_long: Duration) {
        let step = Duration::from_millis(50);
        let mut left = so_long;
        while !left.is_zero() && !self.is_over() {
            self.meter.beat();
            std::thread::sleep(step.min(left));
            left = left.saturating_sub(step);
        }
    }
}
