//! From Kafka into ClickHouse: every record once, whatever happens in between.
//!
//! ```text
//! poll ─► buffer a partition's records ─► keep the range (Kafka) ─► insert with its token ─► commit what follows
//!                                              │ crash anywhere here: the same range is read and
//!                                              └ inserted again under the same token, which ClickHouse drops if it has it
//! ```
//! One loop for each topic; ranges of several partitions go side by side, of one partition one after the other. ClickHouse being
//! away is waited out: nothing is dropped, Kafka keeps it.

pub mod alerts;
mod batch;
mod begin;
pub mod blocks;
mod buffer;
mod life;
mod lives;
mod meter;
pub mod told;
mod writer;

pub use batch::Kind;
pub use buffer::Limits;
pub use lives::Lives;
pub use meter::Meter;
pub use told::retention;

use anyhow::Context;
use config::Config;
use kafka::{Member, Settings, Topics};
use pipeline::{Fault, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::sites::Site;
use store::{Policy, Store, Waiting};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use wire::Codec;

/// Silent for longer than this, a loop is stuck: waiting for ClickHouse beats, too.
const STUCK_AFTER: Duration = Duration::from_secs(150);
/// Pauses while ClickHouse is not there yet.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10)];

/// Runs until `shutdown` becomes true; then finishes the batch at hand and leaves.
///
/// # Errors
/// What only a person can mend: rights, tables that are not ours, a server that forgets tokens.
pub async fn run(config: Config, shutdown: watch::Receiver<bool>) -> anyhow::Result<()> {
    let metrics = telemetry::Metrics::new()?;
    let health = telemetry::Health::new(STUCK_AFTER);
    let ours = metrics.sink()?;
    let meter = Meter::new(ours.clone(), health.clone());
    let store = open_store(&config);
    let receiver = alerts::Receiver::open(&config, store.clone(), ours).await?;
    let server = match &config.sink.listen {
        Some(listen) => Some(telemetry::serve(listen, &metrics, &health).await?),
        None => None,
    };
    // It answers while ClickHouse is away, too: with 503, so that what is posted comes again.
    let (stop, stopped) = oneshot::channel::<()>();
    let receiving = receiver.map(|receiver| tokio::spawn(take_alerts(receiver, stopped)));
    let result = run_loops(config, store, meter, shutdown).await;
    drop(stop);
    if let Some(receiving) = receiving
        && let Err(error) = receiving.await
    {
        tracing::error!(%error, "the endpoint for alerts ended badly");
    }
    if let Some(server) = server {
        server.stop().await;
    }
    result
}

async fn take_alerts(receiver: alerts::Receiver, stopped: oneshot::Receiver<()>) {
    // An error here means that the sender is gone, which is the signal.
    if let Err(error) = receiver.run(async { drop(stopped.await) }).await {
        tracing::error!(
            error = format!("{error:#}"),
            "no more alerts are taken; the sink goes on without them"
        );
    }
}

fn open_store(config: &Config) -> Store {
    let config::ClickHouse { url, database, user, password, cluster } = config.clickhouse.clone();
    Store::new(&store::Settings { url, database, user, password, cluster })
}

async fn run_loops(
    config: Config,
    store: Store,
    meter: Meter,
    mut shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let sites = told::sites(&config)?;
    tokio::select! {
        ready = make_ready(&store, &config, &sites, &meter) => ready?,
        _ = shutdown.wait_for(|stop| *stop) => return Ok(()),
    }
    let codec = Arc::new(codec(&config)?);
    let topics = Topics::new(&config.kafka.topic_prefix, config.kafka.generation);
    let failed = Arc::new(AtomicBool::new(false));
    let mut loops = JoinSet::new();
    let events = config.sink.call_events.then(|| (Kind::Events, topics.call_events(), meter.another()));
    let others = [
        (Kind::Calls, topics.calls(), meter.another()),
        (Kind::Windows, topics.kpi_windows(), meter.another()),
        (Kind::Rejected, topics.rejected(), meter),
    ];
    for (kind, topic, meter) in events.into_iter().chain(others) {
        meter.ready();
        let service = Service {
            config: config.clone(),
            topics: topics.clone(),
            kind,
            topic,
            store: store.clone(),
            codec: Arc::clone(&codec),
            meter,
            shutdown: shutdown.clone(),
            others_failed: Arc::clone(&failed),
            runtime: tokio::runtime::Handle::current(),
        };
        loops.spawn_blocking(move || service.run());
    }
    join(loops, &failed, &shutdown).await
}

/// Until all loops have ended. One that failed ends the others, too: the process manager starts all again, and a person reads why.
/// To return before they have ended would leave them running without a network, and the process would never end.
async fn join(
    mut loops: JoinSet<anyhow::Result<()>>,
    failed: &AtomicBool,
    shutdown: &watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let mut result = Ok(());
    while let Some(ended) = loops.join_next().await {
        let was_asked = *shutdown.borrow() || failed.load(Ordering::Relaxed);
        let ended = match ended {
            Ok(Ok(())) if !was_asked => Err(anyhow::anyhow!("a loop of the sink ended without being asked")),
            Ok(ended) => ended.context("the sink stops"),
            Err(panicked) => Err(panicked.into()),
        };
        if let Err(error) = &ended {
            tracing::error!(error = format!("{error:#}"), "a loop of the sink ends, and the others with it");
            failed.store(true, Ordering::Relaxed);
        }
        result = result.and(ended);
    }
    result
}

/// Tables as this program knows them, what the configuration says of its sites, and a server that remembers tokens; waits for a
/// server that is not there yet.
async fn make_ready(store: &Store, config: &Config, sites: &[Site], meter: &Meter) -> anyhow::Result<()> {
    for pause in PAUSES.iter().chain(std::iter::repeat(&PAUSES[PAUSES.len() - 1])) {
        let ready = async {
            let now = store.apply(store::schema::FILES).await?;
            if !now.is_empty() {
                tracing::info!(files = now.join(", "), "tables made");
            }
            told::tell(store, config, sites).await?;
            store.check_deduplication().await
        };
        match ready.await {
            Ok(()) => break,
            Err(error) if error.policy() == Policy::Stop => return Err(error.into()),
            Err(error) => tracing::warn!(%error, "waiting for ClickHouse"),
        }
        meter.beat();
        tokio::time::sleep(*pause).await;
    }
    Ok(())
}

fn codec(config: &Config) -> Result<Codec, wire::WireError> {
    match &config.kafka.schema_registry {
        Some(url) => Codec::with_registry(url, &config.kafka.topic_prefix),
        None => Codec::built_in(),
    }
}

/// The consumer group that reads `topic`. One for each topic: they are read side by side, and one that waits holds up none of
/// the others.
#[must_use]
pub fn group(sink: &config::Sink, topic: &str) -> String {
    format!("{}-{topic}", sink.group)
}

/// One topic into its tables.
struct Service {
    config: Config,
    topics: Topics,
    kind: Kind,
    topic: String,
    store: Store,
    codec: Arc<Codec>,
    meter: Meter,
    shutdown: watch::Receiver<bool>,
    others_failed: Arc<AtomicBool>,
    runtime: tokio::runtime::Handle,
}

impl Service {
    fn run(self) -> anyhow::Result<()> {
        self.lives().run(|| self.join())
    }

    fn lives(&self) -> Lives<Waiting> {
        let sink = &self.config.sink;
        let (shutdown, others_failed) = (self.shutdown.clone(), Arc::clone(&self.others_failed));
        Lives {
            kind: self.kind,
            topic: self.topic.clone(),
            tables: Waiting::new(self.store.clone(), self.runtime.clone()),
            limits: Limits { rows: sink.batch_rows, age: Duration::from_millis(sink.batch_every_ms) },
            cadence: self.config.kpi_settings().cadence,
            epoch: sink.epoch,
            codec: Arc::clone(&self.codec),
            meter: self.meter.clone(),
            clock: Arc::new(SystemClock),
            random: writer::random,
            stop: Box::new(move || *shutdown.borrow() || others_failed.load(Ordering::Relaxed)),
        }
    }

    fn join(&self) -> Result<Member, Fault> {
        let (kafka, sink) = (&self.config.kafka, &self.config.sink);
        let settings = Settings::new(&kafka.brokers, format!("svarstid-sink-{}", sink.instance));
        let prepared = kafka::ensure_topics(&settings, &self.topics, kafka.partitions, kafka.replication);
        self.runtime.block_on(prepared)?;
        let group = match (self.kind, kafka.generation) {
            // All generations have the same events, and each writes them to its own database.
            (Kind::Events, later @ 2..) => format!("{}-g{later}", group(sink, &self.topic)),
            _ => group(sink, &self.topic),
        };
        Member::join(&settings, &group, &sink.instance, &self.topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_loop_that_fails_ends_the_others_before_the_sink_returns() {
        let (_stop, shutdown) = watch::channel(false);
        let (failed, other_ended) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let mut loops = JoinSet::new();
        let (stop, ended) = (Arc::clone(&failed), Arc::clone(&other_ended));
        loops.spawn_blocking(move || {
            while !stop.load(Ordering::Relaxed) && !ended.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
            ended.store(true, Ordering::Relaxed);
            Ok(())
        });
        loops.spawn_blocking(|| anyhow::bail!("fenced for the second time"));
        let error = join(loops, &failed, &shutdown).await.unwrap_err();
        let was_ended = other_ended.swap(true, Ordering::Relaxed);
        assert_eq!(format!("{error:#}"), "the sink stops: fenced for the second time");
        assert!(was_ended, "it still runs, and nobody would ever end it");
    }

    #[tokio::test]
    async fn a_loop_may_only_end_when_it_is_asked() {
        let (stop, shutdown) = watch::channel(false);
        let ended = || {
            let mut loops = JoinSet::new();
            loops.spawn_blocking(|| Ok(()));
            loops
        };
        let error = join(ended(), &AtomicBool::new(false), &shutdown).await.unwrap_err();
        assert!(error.to_string().contains("without being asked"), "{error}");
        stop.send(true).unwrap();
        join(ended(), &AtomicBool::new(false), &shutdown).await.unwrap();
    }
}
