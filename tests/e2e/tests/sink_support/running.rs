//! A sink in this process, and what it is given to read.

use super::machine::{self, value};
use call::Call;
use config::Config;
use e2e::Machine;
use kafka::{Settings, Topics, Transactions};
use pipeline::{Batch, CommitOutcome, Place, Record};
use std::time::Duration;
use store::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wire::Codec;
use wire::rows::{CallRow, Row, read_all};

pub const PARTITIONS: i32 = 4;

/// One installation on the shared machine: topics and a database of its own.
pub struct Installation {
    pub config: Config,
    pub store: Store,
    topics: Topics,
    producer: Transactions,
    codec: Codec,
}

impl Installation {
    /// `name` is the topics' prefix and the database.
    pub async fn new(machine: &Machine, name: &str) -> Self {
        let mut config = config::load(&e2e::recordings().join("svarstid.toml")).unwrap();
        config.kafka.brokers = machine.brokers();
        config.kafka.topic_prefix = format!("{name}-");
        config.kafka.partitions = PARTITIONS;
        config.clickhouse.url = format!("http://{}", machine.clickhouse());
        config.clickhouse.database = name.into();
        config.sink.batch_rows = 40;
        config.sink.batch_every_ms = 30;
        let topics = Topics::new(&config.kafka.topic_prefix, config.kafka.generation);
        let settings = Settings::new(machine.brokers(), name);
        kafka::ensure_topics(&settings, &topics, PARTITIONS, 1).await.unwrap();
        Self {
            store: machine::store(machine, name).await,
            producer: Transactions::open(&settings, &topics, name).unwrap(),
            codec: Codec::built_in().unwrap(),
            topics,
            config,
        }
    }

    /// The topic of calls.
    pub fn topic(&self) -> String {
        self.topics.calls()
    }

    /// Calls in one transaction, each in the partition of its number.
    pub fn produce(&self, calls: &[Call]) {
        let record = |call: &Call| self.record(&call.call_id, self.codec.encode_call(call).unwrap());
        self.commit(calls.iter().map(record).collect());
    }

    /// Bytes as they are, in the partition of the key's number.
    pub fn produce_bytes(&self, key: &str, value: &[u8]) {
        self.commit(vec![self.record(key, value.to_vec())]);
    }

    fn record(&self, key: &str, value: Vec<u8>) -> Record {
        Record { place: Place::Calls, partition: partition_of(key), key: key.into(), value: Some(value) }
    }

    fn commit(&self, records: Vec<Record>) {
        let outcome = self.producer.commit(&Batch { records, ..Batch::default() }, None);
        assert!(matches!(outcome, CommitOutcome::Committed), "{outcome:?}");
    }

    /// What the table of calls holds, every row of it, in the order of partitions and offsets.
    pub async fn stored(&self) -> Vec<Call> {
        let columns: Vec<_> = CallRow::columns().into_iter().map(|(name, _)| name).collect();
        let sql = format!("SELECT {} FROM calls ORDER BY kafka_partition, kafka_offset", columns.join(", "));
        let rows = read_all::<CallRow>(&self.store.fetch(&sql, "RowBinary").await.unwrap()).unwrap();
        rows.into_iter().map(|row| row.into_call().unwrap()).collect()
    }

    /// Waits until so many records of calls are there.
    pub async fn wait_for_calls(&self, count: usize) {
        self.wait_for("SELECT uniqExact(kafka_partition, kafka_offset) FROM calls", &count.to_string()).await;
    }

    /// Waits until a query answers so; for long, because the machine may be busy.
    pub async fn wait_for(&self, sql: &str, expect: &str) {
        for _ in 0..1200 {
            if value(&self.store, sql).await == expect {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{sql} is {} and never {expect}", value(&self.store, sql).await);
    }
}

/// A partition for the `n`th call.
pub fn partition_of(call_id: &str) -> i32 {
    let n: i32 = call_id.rsplit('/').next().unwrap().parse().unwrap();
    n % PARTITIONS
}

/// Calls as [`Installation::stored`] returns them.
pub fn in_order(calls: &[Call]) -> Vec<Call> {
    let mut calls = calls.to_vec();
    // Stable: of each partition in the order of writing.
    calls.sort_by_key(|call| partition_of(&call.call_id));
    calls
}

/// A running sink.
pub struct Sink {
    stop: watch::Sender<bool>,
    done: Option<JoinHandle<anyhow::Result<()>>>,
}

/// A test that fails ends its sinks: their threads would keep its runtime, and nobody would read why it failed.
impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

impl Sink {
    pub fn start(config: &Config, instance: &str) -> Self {
        let mut config = config.clone();
        config.sink.instance = instance.into();
        let (stop, shutdown) = watch::channel(false);
        Self { stop, done: Some(tokio::spawn(sink::run(config, shutdown))) }
    }

    /// It must end well.
    pub async fn stop(mut self) {
        self.stop.send(true).unwrap();
        self.done.take().unwrap().await.unwrap().unwrap();
    }

    /// Why it ended by itself.
    pub async fn failed(mut self) -> String {
        format!("{:#}", self.done.take().unwrap().await.unwrap().unwrap_err())
    }
}
