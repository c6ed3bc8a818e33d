//! One Kafka transaction for each batch, and an honest word on how it ended.
//!
//! librdkafka retries the end of a transaction by itself and cannot tell a late answer from a new one: after a lost
//! connection, a commit that it reports as done may still be under way and hit the next transaction
//! (confluentinc/librdkafka#5423). So an outcome counts as known only when no connection was lost since the producer was opened;
//! otherwise the caller starts over with a new producer, whose `init_transactions` settles the matter.

use crate::admin::MAX_DERIVED_BYTES;
use crate::fault::fault;
use crate::member::Reading;
use crate::native::flush;
use crate::watch::{Watch, hearing};
use crate::{Settings, Topics};
use pipeline::{Batch, CommitOutcome, Fault, FaultKind, Place, Record};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, PurgeConfig};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::{Duration, Instant};

/// After this the broker aborts a transaction whose process is gone, so that readers can go on.
const TRANSACTION_TIMEOUT_MS: u32 = 15_000;
/// How long one step of a transaction may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);
/// A commit that took longer than this may have been sent more than once.
const SLOW_COMMIT: Duration = Duration::from_secs(3);
/// How long fencing may take: the broker first ends what the earlier process left open.
const FENCING_TIMEOUT: Duration = Duration::from_secs(30);
/// How long one turn of serving the client's events takes.
const TURN: Duration = Duration::from_millis(1);
/// How long answers are waited for before what failed meanwhile is taken.
const ANSWERS_WITHIN: Duration = Duration::from_millis(20);

/// A transactional producer. After [`CommitOutcome::Unknown`] it must be dropped.
pub struct Transactions {
    producer: BaseProducer<Watch>,
    watch: Watch,
    names: Names,
    id: String,
}

/// The topics that are written.
struct Names {
    calls: String,
    windows: String,
    rejected: String,
    manifests: String,
    changelog: String,
}

impl Names {
    fn of(topics: &Topics) -> Self {
        Self {
            calls: topics.calls(),
            windows: topics.kpi_windows(),
            rejected: topics.rejected(),
            manifests: topics.manifests(),
            changelog: topics.changelog(),
        }
    }

    fn at(&self, place: Place) -> &str {
        match place {
            Place::Calls => &self.calls,
            Place::Windows => &self.windows,
            Place::Rejected => &self.rejected,
            Place::Manifests => &self.manifests,
            Place::Changelog => &self.changelog,
        }
    }
}

impl Transactions {
    /// Opens the producer `id` and fences every earlier one of that name; its open transaction is aborted.
    ///
    /// # Errors
    /// `Unreachable`, `Unavailable`, or `Refused` by the cluster.
    pub fn open(settings: &Settings, topics: &Topics, id: &str) -> Result<Self, Fault> {
        let doing = || format!("opening transactions as {id} at {}", settings.brokers);
        let watch = Watch::default();
        let producer: BaseProducer<Watch> = hearing(&mut settings.producer())
            .set("transactional.id", id)
            .set("message.max.bytes", MAX_DERIVED_BYTES)
            .set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS.to_string())
            // what was written well is no event: only that nothing is under way any more counts
            .set("delivery.report.only.error", "true")
            .create_with_context(watch.clone())
            .map_err(|error| fault(doing(), &error))?;
        producer.init_transactions(FENCING_TIMEOUT).map_err(|error| fault(doing(), &error))?;
        Ok(Self { producer, watch, names: Names::of(topics), id: id.into() })
    }

    /// Writes a batch and its offsets at once; `reading` tells whose they are.
    pub fn commit(&self, batch: &Batch, reading: Option<&Reading>) -> CommitOutcome {
        let (errors, began) = (self.watch.errors(), Instant::now());
        if let Err(error) = self.producer.begin_transaction() {
            return self.not_begun(&error);
        }
        if let Err(fault) = self.write(batch, reading) {
            return self.abort(fault);
        }
        match self.producer.commit_transaction(STEP_TIMEOUT) {
            Ok(()) => self.judge(errors, began),
            Err(KafkaError::Transaction(error)) if error.txn_requires_abort() => {
                self.abort(self.fault("committing", &KafkaError::Transaction(error)))
            }
            Err(error) => CommitOutcome::Unknown(self.unknown("committing", &error)),
        }
    }

    fn write(&self, batch: &Batch, reading: Option<&Reading>) -> Result<(), Fault> {
        let undelivered = self.watch.undelivered();
        for record in &batch.records {
            self.send(record)?;
        }
        self.drain()?;
        if self.watch.undelivered() != undelivered {
            return Err(match self.watch.why_undelivered() {
                Some(error) => self.fault("writing", &error),
                None => {
                    Fault::new(FaultKind::Unavailable, self.doing("writing"), "records were not delivered")
                }
            });
        }
        self.send_offsets(batch, reading)
    }

    fn send(&self, record: &Record) -> Result<(), Fault> {
        let topic = self.names.at(record.place);
        let mut outgoing: BaseRecord<'_, [u8], [u8]> =
            BaseRecord::to(topic).partition(record.partition).key(&record.key);
        outgoing.payload = record.value.as_deref();
        let mut full_since = None;
        while let Err((error, again)) = self.producer.send(outgoing) {
            let is_full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
            if !is_full || full_since.get_or_insert_with(Instant::now).elapsed() > STEP_TIMEOUT {
                return Err(self.fault(&format!("writing to {topic}"), &error));
            }
            outgoing = again;
            self.hear_answers(TURN);
        }
        Ok(())
    }

    /// Waits until nothing is under way, so long at most, then takes what failed, and one more event that the client tells.
    fn hear_answers(&self, wait: Duration) {
        flush(self.producer.client().native_ptr(), wait);
        loop {
            let before = self.producer.in_flight_count();
            self.producer.poll(Duration::ZERO);
            if self.producer.in_flight_count() >= before {
                return;
            }
        }
    }

    /// Waits for the answers to everything sent. rdkafka's own `flush` sleeps 100 ms at a time, which would be most of
    /// the commit, and its `poll` asks again and again for the last millisecond of its time.
    fn drain(&self) -> Result<(), Fault> {
        let began = Instant::now();
        while self.producer.in_flight_count() > 0 {
            if began.elapsed() > STEP_TIMEOUT {
                let detail = format!("no answer within {STEP_TIMEOUT:?}");
                return Err(Fault::new(FaultKind::Unreachable, self.doing("writing"), detail));
            }
            self.hear_answers(ANSWERS_WITHIN);
        }
        Ok(())
    }

    fn send_offsets(&self, batch: &Batch, reading: Option<&Reading>) -> Result<(), Fault> {
        if batch.offsets.is_empty() {
            return Ok(());
        }
        let doing = "adding the offsets";
        let Some(reading) = reading else {
            return Err(Fault::new(FaultKind::Internal, self.doing(doing), "nothing is assigned"));
        };
        let mut list = TopicPartitionList::new();
        for (partition, next) in &batch.offsets {
            list.add_partition_offset(&reading.topic, *partition, Offset::Offset(*next))
                .map_err(|error| self.fault(doing, &error))?;
        }
        self.producer
            .send_offsets_to_transaction(&list, &reading.membership, STEP_TIMEOUT)
            .map_err(|error| self.fault(doing, &error))
    }

    /// Whether a commit that was answered with success can be believed.
    fn judge(&self, errors_before: u64, began: Instant) -> CommitOutcome {
        // errors are told by events, which are served here
        self.producer.poll(TURN);
        let lost = self.watch.errors() - errors_before + self.watch.connections_lost();
        let took = began.elapsed();
        if lost == 0 && took <= SLOW_COMMIT {
            return CommitOutcome::Committed;
        }
        let detail = format!("it was answered, but took {took:?} and {lost} connections were lost");
        CommitOutcome::Unknown(Fault::new(FaultKind::OutcomeUnknown, self.doing("committing"), detail))
    }

    fn not_begun(&self, error: &KafkaError) -> CommitOutcome {
        match error {
            KafkaError::Transaction(inner) if inner.is_fatal() => {
                CommitOutcome::Unknown(self.unknown("beginning", error))
            }
            _ => CommitOutcome::Aborted(self.fault("beginning", error)),
        }
    }

    fn abort(&self, reason: Fault) -> CommitOutcome {
        // Answers are served by us, not by the abort, which would wait for them in vain.
        self.producer.purge(PurgeConfig::default().queue().inflight());
        if let Err(stuck) = self.drain() {
            return CommitOutcome::Unknown(stuck);
        }
        match self.producer.abort_transaction(STEP_TIMEOUT) {
            Ok(()) => CommitOutcome::Aborted(reason),
            Err(error) => CommitOutcome::Unknown(self.unknown(&format!("aborting ({reason})"), &error)),
        }
    }

    fn doing(&self, what: &str) -> String {
        format!("{what} a transaction of {}", self.id)
    }

    fn fault(&self, what: &str, error: &KafkaError) -> Fault {
        fault(self.doing(what), error)
    }

    /// Nobody can tell; unless another process took over, which is told by name.
    fn unknown(&self, what: &str, error: &KafkaError) -> Fault {
        let mut fault = self.fault(what, error);
        if fault.kind != FaultKind::Fenced {
            fault.kind = FaultKind::OutcomeUnknown;
        }
        fault
    }
}
