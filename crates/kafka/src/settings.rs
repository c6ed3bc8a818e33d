//! How every client of ours is set.

use crate::watch::hearing;
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

/// Membership of a group: how long a silent member is waited for. Together with `group.instance.id` a restart under the
/// same name resumes within seconds; without it, it would wait for this long at least.
pub const SESSION_TIMEOUT_MS: u32 = 6_000;

/// So much of a partition is fetched before it is taken, and one fetch more at most (a MiB, or one record that is larger).
pub(crate) const PREFETCHED_KIB_MAX: u32 = 2_048;
/// How often a member counts what it holds.
const COUNTED_EVERY_MS: u32 = 5_000;

/// Which cluster, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `host:port,…`
    pub brokers: String,
    /// What brokers show in their logs: service and instance.
    pub client_id: String,
}

impl Settings {
    /// A cluster (`host:port,…`) and the name to use there.
    #[must_use]
    pub fn new(brokers: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self { brokers: brokers.into(), client_id: client_id.into() }
    }

    /// What all clients share.
    #[must_use]
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", &self.client_id)
            // a broker that restarts is found again within a second, not after ten
            .set("reconnect.backoff.max.ms", "1000")
            // an idle connection closed by the broker is no event worth a line
            .set("log.connection.close", "false")
            .set_log_level(RDKafkaLogLevel::Warning);
        config
    }

    /// For reading what is committed, and nothing else, without automatic commits.
    #[must_use]
    pub fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", group)
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            // the default second stalls prefetching whenever its queue was full once
            .set("fetch.queue.backoff.ms", "5")
            // bounds memory: what is prefetched and not yet processed, of all partitions
            .set("queued.max.messages.kbytes", "32768")
            .set("queued.min.messages", "20000");
        config
    }

    /// A consumer that is the group's member `instance`: a restart under the same name resumes at once.
    #[must_use]
    pub fn member(&self, group: &str, instance: &str) -> ClientConfig {
        let mut config = self.consumer(group);
        hearing(&mut config)
            // never on from another place than was asked for: what was deleted unread must be told
            .set("auto.offset.reset", "error")
            .set("group.instance.id", instance)
            .set("session.timeout.ms", SESSION_TIMEOUT_MS.to_string())
            .set("heartbeat.interval.ms", "1500")
            .set("statistics.interval.ms", COUNTED_EVERY_MS.to_string())
            // of each partition here, as each has a queue of its own
            .set("queued.max.messages.kbytes", PREFETCHED_KIB_MAX.to_string())
            // the end of a partition is told: behind its last record stand the marks of transactions
            .set("enable.partition.eof", "true")
            .set("partition.assignment.strategy", "range");
        config
    }

    /// For writing without loss or duplicates within a session: idempotent, `acks=all`.
    #[must_use]
    pub fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            .set("linger.ms", "5")
            .set("queue.buffering.max.kbytes", "65536");
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(config: &ClientConfig, expect: &[(&str, &str)]) {
        for (key, value) in expect {
            assert_eq!(config.get(key), Some(*value), "{key}");
        }
        assert!(config.create_native_config().is_ok(), "librdkafka refuses a key or value");
    }

    #[test]
    fn clients_are_set_as_the_promises_need() {
        let settings = Settings::new("127.0.0.1:9092", "processor-1");
        check(&settings.client(), &[("bootstrap.servers", "127.0.0.1:9092"), ("client.id", "processor-1")]);
        check(
            &settings.consumer("g"),
            &[("isolation.level", "read_committed"), ("enable.auto.commit", "false")],
        );
        check(&settings.member("g", "i"), &[("group.instance.id", "i"), ("session.timeout.ms", "6000")]);
        check(&settings.producer(), &[("enable.idempotence", "true"), ("acks", "all")]);
    }
}
