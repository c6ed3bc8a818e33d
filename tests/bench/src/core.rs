//! The core alone: bytes as they come from Kafka to the records of a commit, on one thread, without Kafka.

use crate::counted::{Counts, counting};
use anyhow::ensure;
use call::Event;
use pipeline::processor::{Applied, Setup};
use pipeline::{Delivery, Record, SystemClock};
use processor::{Held, Partition, Stepped, Tools};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::Codec;

/// The service commits after so many events at the latest.
pub const EVENTS_A_COMMIT: usize = 20_000;

/// Events that wait in memory, and what steps through them.
pub struct Core {
    setup: Arc<Setup>,
    tools: Tools,
    before: Vec<Delivery>,
    deliveries: Vec<Delivery>,
}

/// What a state holds at the end.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// Memory that was asked for and not given back.
    pub bytes: f64,
    /// Calls that are not over.
    pub open_calls: usize,
    /// Minutes of queues, units and sites that may still be revised.
    pub open_panes: usize,
}

/// One time through.
#[derive(Debug, Clone, Copy, Default)]
pub struct Through {
    /// Without the state's own end.
    pub took: Duration,
    /// The same, only while the thread had a processor: what the work takes on a machine that others use, too.
    pub on_cpu: Duration,
    /// What Kafka would be given.
    pub records: usize,
    /// Their keys and values.
    pub bytes: usize,
}

impl Core {
    /// With events as one partition would bring them.
    ///
    /// # Errors
    /// An event cannot be encoded.
    pub fn new(setup: Setup, events: impl Iterator<Item = Event>) -> anyhow::Result<Self> {
        Self::behind(setup, std::iter::empty(), events)
    }

    /// The same, behind others that are taken before the clock starts.
    ///
    /// # Errors
    /// An event cannot be encoded.
    pub fn behind(
        setup: Setup,
        before: impl Iterator<Item = Event>,
        events: impl Iterator<Item = Event>,
    ) -> anyhow::Result<Self> {
        let codec = Codec::built_in()?;
        let mut offsets = 0..;
        let mut delivery = |event: Event| {
            let value = Some(codec.encode_event(&event)?);
            let offset = offsets.next().unwrap_or_default();
            anyhow::Ok(Delivery { partition: 0, offset, written_us: 0, value })
        };
        let before = before.map(&mut delivery).collect::<Result<_, _>>()?;
        let deliveries = events.map(&mut delivery).collect::<Result<_, _>>()?;
        let tools =
            Tools { codec: Arc::new(codec), clock: Arc::new(SystemClock), topic: "call-events".into() };
        Ok(Self { setup: Arc::new(setup), tools, before, deliveries })
    }

    /// How many there are.
    #[must_use]
    pub fn events(&self) -> usize {
        self.deliveries.len()
    }

    /// Bytes of all values.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.deliveries.iter().filter_map(|delivery| delivery.value.as_ref()).map(Vec::len).sum()
    }

    /// Only from bytes to events.
    ///
    /// # Errors
    /// One cannot be decoded.
    pub fn decode(&self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        for delivery in &self.deliveries {
            let bytes = delivery.value.as_deref().unwrap_or_default();
            drop(black_box(self.tools.codec.decode_event(black_box(bytes))?));
        }
        Ok(began.elapsed())
    }

    /// Everything, with a new state.
    ///
    /// # Errors
    /// An event was not used: then it would be fast for a bad reason.
    pub fn through(&self) -> anyhow::Result<Through> {
        let mut partition = self.partition()?;
        self.step_all(&mut partition, &self.before)?;
        self.step_all(&mut partition, &self.deliveries)
    }

    /// Everything once more, counting what it takes of memory.
    ///
    /// # Errors
    /// As [`Core::through`].
    pub fn counted(&self) -> anyhow::Result<Counts> {
        let mut partition = self.partition()?;
        let (through, counts) = counting(|| self.step_all(&mut partition, &self.deliveries));
        through?;
        Ok(counts)
    }

    /// What is left in the state when everything was taken.
    ///
    /// # Errors
    /// As [`Core::through`].
    pub fn kept(&self) -> anyhow::Result<Kept> {
        let (partition, counts) = counting(|| {
            let mut partition = self.partition()?;
            self.step_all(&mut partition, &self.deliveries)?;
            anyhow::Ok(partition)
        });
        let (mut open_calls, mut open_panes) = (0, 0);
        for gauges in partition?.processor().gauges() {
            open_calls += gauges.live_calls;
            open_panes += gauges.open_panes;
        }
        Ok(Kept { bytes: counts.kept as f64, open_calls, open_panes })
    }

    /// A state that knows nothing.
    fn partition(&self) -> anyhow::Result<Partition> {
        Ok(Partition::restore(0, Held::default(), None, self.setup.clone())?.0)
    }

    fn step_all(&self, partition: &mut Partition, deliveries: &[Delivery]) -> anyhow::Result<Through> {
        let (mut through, mut used) = (Through::default(), 0);
        for some in deliveries.chunks(EVENTS_A_COMMIT) {
            let began = Watch::start();
            for delivery in some {
                let stepped = partition.step(delivery, &self.tools)?;
                used += usize::from(matches!(stepped, Stepped::Event(_, Applied::Used)));
            }
            let commit = partition.take(&self.tools)?;
            began.stop(&mut through);
            through.records += commit.records.len();
            through.bytes += commit.records.iter().map(bytes).sum::<usize>();
            let began = Watch::start();
            drop(black_box(commit));
            began.stop(&mut through);
        }
        ensure!(used == deliveries.len(), "{used} of {} events were used", deliveries.len());
        Ok(through)
    }
}

fn bytes(record: &Record) -> usize {
    record.key.len() + record.value.as_ref().map_or(0, Vec::len)
}

/// Both times of a stretch of work.
struct Watch {
    began: Instant,
    on_cpu: Duration,
}

impl Watch {
    fn start() -> Self {
        Self { began: Instant::now(), on_cpu: on_cpu() }
    }

    fn stop(self, through: &mut Through) {
        through.took += self.began.elapsed();
        through.on_cpu += on_cpu().saturating_sub(self.on_cpu);
    }
}

/// How long this thread has had a processor; none where the system does not tell.
fn on_cpu() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = told.split_whitespace().next().and_then(|ns| ns.parse().ok());
    Duration::from_nanos(first.unwrap_or_default())
}
