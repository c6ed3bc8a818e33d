//! From the spool to Kafka, in order. The cursor moves only over what Kafka has acknowledged.

use crate::intake::SharedSpool;
use crate::progress::Progress;
use crate::spool::{Frame, Reader, Topic};
use anyhow::Context;
use kafka::event_output::{Acknowledged, EventOutput, OutputTopic};
use kafka::{Settings, Topics};
use pipeline::{Decision, Fault};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use telemetry::metrics::Collector as Metrics;

/// Records on their way at most: what librdkafka may hold of the spool in memory, which is as many as it takes. With 20,000 the
/// shipper waited for Kafka's answers most of the time.
const IN_FLIGHT_MAX: usize = 100_000;
/// How often the cursor is written while records flow.
const CURSOR_EVERY: Duration = Duration::from_millis(200);
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_LAST: Duration = Duration::from_secs(10);
/// How long acknowledgements are waited for when the collector stops: the rest is shipped after the next start.
const LAST_WAIT: Duration = Duration::from_secs(3);

/// What the shipper needs.
pub struct Shipper {
    /// The spool.
    pub spool: SharedSpool,
    /// Which cluster.
    pub settings: Settings,
    /// Which topics.
    pub topics: Topics,
    /// Partitions and replicas of topics that have to be made.
    pub shape: (i32, i32),
    /// The key.
    pub site: String,
    /// Counters.
    pub metrics: Metrics,
    /// Counters for people.
    pub progress: Arc<Progress>,
    /// Ends the loop; what is on its way is waited for, the rest stays in the spool.
    pub stop: Arc<AtomicBool>,
}

impl Shipper {
    /// Ships until told to stop. A fault that waiting can cure is waited out; any other ends the collector.
    pub fn run(&self, runtime: &tokio::runtime::Handle) -> anyhow::Result<()> {
        let mut pause = RETRY_FIRST;
        while !self.stop.load(Ordering::SeqCst) {
            let begun = Instant::now();
            let Err(error) = self.ship(runtime) else { return Ok(()) };
            let Some(fault) = error.downcast_ref::<Fault>() else { return Err(error) };
            match fault.kind.decision() {
                Decision::Retry => tracing::warn!(%fault, "events wait in the spool"),
                // A record that Kafka does not take would block all others for ever: only a person can decide.
                Decision::Reject | Decision::Stop => return Err(error),
            }
            pause = if begun.elapsed() > RETRY_LAST { RETRY_FIRST } else { (pause * 2).min(RETRY_LAST) };
            self.sleep(pause);
        }
        Ok(())
    }

    fn sleep(&self, pause: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < pause && !self.stop.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn ship(&self, runtime: &tokio::runtime::Handle) -> anyhow::Result<()> {
        if !self.has_topics(runtime)? {
            return Ok(());
        }
        let (output, acknowledged) = EventOutput::new(&self.settings, &self.topics, &self.site)?;
        let mut on_the_way = OnTheWay::default();
        let mut reader = self.lock().reader();
        let mut waiting: Option<Frame> = None;
        let mut written = Instant::now();
        while !self.stop.load(Ordering::SeqCst) {
            let sent = self.send_some(&output, &mut reader, &mut waiting, &mut on_the_way)?;
            on_the_way.take(&acknowledged)?;
            if written.elapsed() > CURSOR_EVERY {
                self.advance(&mut on_the_way)?;
                written = Instant::now();
            }
            if sent == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        let begun = Instant::now();
        while !on_the_way.numbers.is_empty() && begun.elapsed() < LAST_WAIT {
            std::thread::sleep(Duration::from_millis(5));
            on_the_way.take(&acknowledged)?;
        }
        self.advance(&mut on_the_way)
    }

    /// Makes the topics that are missing. A Kafka that does not answer is asked on a thread that nobody waits for when the collector
    /// stops meanwhile: false, and nothing is to be shipped.
    fn has_topics(&self, runtime: &tokio::runtime::Handle) -> anyhow::Result<bool> {
        let (runtime, settings, topics) = (runtime.clone(), self.settings.clone(), self.topics.clone());
        let (partitions, replication) = self.shape;
        let asking = std::thread::spawn(move || {
            runtime.block_on(kafka::ensure_topics(&settings, &topics, partitions, replication))
        });
        while !asking.is_finished() {
            if self.stop.load(Ordering::SeqCst) {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        match asking.join() {
            Ok(ensured) => Ok(ensured.map(|()| true)?),
            Err(_) => anyhow::bail!("looking at the topics ended in a panic: please report it"),
        }
    }

    fn send_some(
        &self,
        output: &EventOutput,
        reader: &mut Reader,
        waiting: &mut Option<Frame>,
        on_the_way: &mut OnTheWay,
    ) -> anyhow::Result<usize> {
        let mut sent = 0;
        while on_the_way.numbers.len() < IN_FLIGHT_MAX && sent < 1000 {
            let next = match waiting.take() {
                Some(frame) => Some(frame),
                None => reader.next_frame().context("the spool cannot be read")?,
            };
            let Some(frame) = next else { break };
            let topic = match frame.topic {
                Topic::Events => OutputTopic::Events,
                Topic::Rejected => OutputTopic::Rejected,
            };
            if !output.send(topic, frame.number, &frame.payload)? {
                *waiting = Some(frame);
                break;
            }
            on_the_way.numbers.push_back((frame.number, false));
            sent += 1;
        }
        Ok(sent)
    }

    /// Moves the cursor to the first record that is not acknowledged.
    fn advance(&self, on_the_way: &mut OnTheWay) -> anyhow::Result<()> {
        let mut spool = self.lock();
        if let Some(last) = on_the_way.acknowledged_in_order() {
            let before = spool.shipped();
            spool.ship(last + 1)?;
            let shipped = spool.shipped() - before;
            self.metrics.delivered.inc_by(shipped);
            Progress::add(&self.progress.delivered, shipped);
        }
        self.metrics.spool_bytes.set(i64::try_from(spool.bytes()).unwrap_or(i64::MAX));
        self.metrics.spool_records.set(i64::try_from(spool.next() - spool.shipped()).unwrap_or(i64::MAX));
        self.metrics.buffer_used_ratio.of(["spool"]).set(spool.used_ratio());
        let under_way = on_the_way.numbers.len() as f64 / IN_FLIGHT_MAX as f64;
        self.metrics.buffer_used_ratio.of(["under_way"]).set(under_way);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, crate::spool::Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records between spool and Kafka, in order, and whether Kafka has them.
#[derive(Default)]
struct OnTheWay {
    numbers: VecDeque<(u64, bool)>,
}

impl OnTheWay {
    fn take(&mut self, acknowledged: &Receiver<Acknowledged>) -> Result<(), Fault> {
        for (number, result) in acknowledged.try_iter() {
            result?;
            if let Some(at) = self.place(number) {
                self.numbers[at].1 = true;
            }
        }
        Ok(())
    }

    fn place(&self, number: u64) -> Option<usize> {
        // Numbers have no holes but where the spool was damaged.
        let first = self.numbers.front().map_or(number, |(first, _)| *first);
        let at = usize::try_from(number.checked_sub(first)?).ok()?;
        match self.numbers.get(at) {
            Some((there, _)) if *there == number => Some(at),
            _ => self.numbers.binary_search_by_key(&number, |(number, _)| *number).ok(),
        }
    }

    /// The last number up to which everything is acknowledged, if there is a new one.
    fn acknowledged_in_order(&mut self) -> Option<u64> {
        let mut last = None;
        while let Some((number, true)) = self.numbers.front() {
            last = Some(*number);
            self.numbers.pop_front();
        }
        last
    }
}
