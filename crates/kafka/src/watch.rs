//! Hears what the client library tells beside its answers.

use crate::gate::Gate;
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;
use rdkafka::statistics::Statistics;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long partitions are kept back for a commit under way: longer than its steps take, and less than the group waits
/// (`max.poll.interval.ms`, five minutes).
const HANDS_OVER_WITHIN: Duration = Duration::from_secs(60);

/// What lines of the library's log about a broken connection are marked with.
const FAILED: &str = "FAIL";
/// How they end when it had been made: one that could not be made carried nothing.
const IN_USE: [&str; 2] = ["in state UP", "in state REAUTH"];

/// Has a client log every connection that it loses, so that its [`Watch`] hears of it. Idle ones that the broker closes are not
/// among them.
pub(crate) fn hearing(config: &mut ClientConfig) -> &mut ClientConfig {
    config.set("log.connection.close", "true").set_log_level(RDKafkaLogLevel::Info)
}

/// Shared with a client for as long as it lives. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch(Arc<Heard>);

#[derive(Debug, Default)]
struct Heard {
    errors: AtomicU64,
    connections_lost: AtomicU64,
    undelivered: AtomicU64,
    why_undelivered: Mutex<Option<KafkaError>>,
    assigned: Mutex<Option<Vec<i32>>>,
    prefetched_bytes: AtomicU64,
    commit: Gate,
}

impl Watch {
    /// Shut while a commit of what this consumer has read is under way: it lets no partition go before.
    pub fn commit(&self) -> &Gate {
        &self.0.commit
    }

    /// How often the client lost something: a connection, a broker, a request.
    pub fn errors(&self) -> u64 {
        self.0.errors.load(Ordering::Acquire)
    }

    /// How many connections in use were lost since the client was opened. The library sends no error for one that the broker
    /// closes or resets, it only logs it ([`hearing`]), before it repeats what was under way; and of two alike within half a minute
    /// it logs the first alone. So what counts is whether there was any.
    pub fn connections_lost(&self) -> u64 {
        self.0.connections_lost.load(Ordering::Acquire)
    }

    /// How many records could not be delivered.
    pub fn undelivered(&self) -> u64 {
        self.0.undelivered.load(Ordering::Acquire)
    }

    /// Why the latest of them was not.
    pub fn why_undelivered(&self) -> Option<KafkaError> {
        self.0.why_undelivered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The partitions of the latest assignment, once for each.
    pub fn take_assignment(&self) -> Option<Vec<i32>> {
        self.0.assigned.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Bytes that were fetched and not taken yet, when they were counted last.
    pub fn prefetched_bytes(&self) -> u64 {
        self.0.prefetched_bytes.load(Ordering::Relaxed)
    }

    fn assign(&self, partitions: Vec<i32>) {
        *self.0.assigned.lock().unwrap_or_else(PoisonError::into_inner) = Some(partitions);
    }
}

impl ClientContext for Watch {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility == FAILED && IN_USE.iter().any(|state| message.contains(state)) {
            self.0.connections_lost.fetch_add(1, Ordering::AcqRel);
        }
        tell(level, facility, message);
    }

    fn stats(&self, statistics: Statistics) {
        let partitions = statistics.topics.values().flat_map(|topic| topic.partitions.values());
        self.0
            .prefetched_bytes
            .store(partitions.map(|partition| partition.fetchq_size).sum(), Ordering::Relaxed);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        self.0.errors.fetch_add(1, Ordering::AcqRel);
        // the log has told it already
        tracing::debug!(target: "librdkafka", %error, "{reason}");
    }
}

impl ProducerContext for Watch {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.0.undelivered.fetch_add(1, Ordering::AcqRel);
            *self.0.why_undelivered.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        }
    }
}

impl ConsumerContext for Watch {
    /// The assignment is taken as it is and told to the owner, who restores the state before anything is fetched from
    /// the right offsets. (To defer the answer would make closing hang.)
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => {
                self.assign(list.elements().iter().map(|element| element.partition()).collect());
            }
            Rebalance::Revoke(_) => {
                // When this returns they are let go. Who gets them reads what is committed, so that must be settled; if it takes
                // too long, the group refuses the offsets, which name a generation that is over.
                if !self.commit().wait(HANDS_OVER_WITHIN) {
                    tracing::warn!(
                        "partitions are let go though a commit has been under way for {HANDS_OVER_WITHIN:?}"
                    );
                }
                self.assign(Vec::new());
            }
            Rebalance::Error(error) => tracing::warn!(%error, "rebalancing"),
        }
    }
}

/// What the client library logs, in our log.
pub(crate) fn tell(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        // A cluster that has just started: the library tries again by itself.
        _ if message.ends_with(": retrying") || is_lost(level, facility) => {
            tracing::debug!(target: "librdkafka", facility, "{message}")
        }
        // What it calls an error it gets over by itself, or answers with one, which is then told with what follows.
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error
        | RDKafkaLogLevel::Warning
        | RDKafkaLogLevel::Notice => tracing::warn!(target: "librdkafka", facility, "{message}"),
        RDKafkaLogLevel::Info => tracing::info!(target: "librdkafka", facility, "{message}"),
        RDKafkaLogLevel::Debug => tracing::debug!(target: "librdkafka", facility, "{message}"),
    }
}

/// The library connects again by itself; what follows from it is told by who must know.
fn is_lost(level: RDKafkaLogLevel, facility: &str) -> bool {
    matches!(level, RDKafkaLogLevel::Info) && facility == FAILED
}
