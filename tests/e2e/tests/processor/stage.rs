//! A processor's surroundings: its topics on real Kafka, and how far it has come.

use config::Config;
use e2e::{Machine, Service};
use kafka::{Settings, Topics};
use pipeline::{Decision, Fault};
use std::time::{Duration, Instant};

/// Whatever is waited for is there by then on the slowest machine, or never.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a processor and its test must know.
pub struct Stage {
    pub machine: Machine,
    pub config: Config,
}

impl Stage {
    pub fn new(processor_section: &str) -> Self {
        let machine = Machine::with(&format!("[processor]\n{processor_section}\n"));
        let config = config::load(&machine.config()).unwrap();
        let stage = Self { machine, config };
        let (settings, topics, kafka) = (stage.kafka(), stage.topics(), &stage.config.kafka);
        let ensured = kafka::ensure_topics(&settings, &topics, kafka.partitions, kafka.replication);
        tokio::runtime::Runtime::new().unwrap().block_on(ensured).unwrap();
        stage
    }

    /// SIGKILL to the broker; returns when its successor serves.
    pub fn kill_kafka(&self) {
        self.machine.kill("kafka");
        let began = Instant::now();
        while self.try_progress().is_err() {
            assert_eq!(self.machine.failed(), None);
            assert!(began.elapsed() < PATIENCE, "Kafka does not come back");
        }
    }

    pub fn kafka(&self) -> Settings {
        Settings::new(&self.config.kafka.brokers, "svarstid-test")
    }

    pub fn topics(&self) -> Topics {
        Topics::new(&self.config.kafka.topic_prefix, self.config.kafka.generation)
    }

    pub fn partitions(&self) -> Vec<i32> {
        (0..self.config.kafka.partitions).collect()
    }

    pub fn processor(&self) -> Service {
        self.machine.spawn(&["process"])
    }

    /// What all lives have logged.
    pub fn log(&self) -> String {
        self.machine.log("process")
    }

    /// Until every offset of the input is committed; then asks it to end, which it must do well.
    pub fn wait_until_done(&self, mut processor: Service) {
        let began = Instant::now();
        loop {
            let (done, all) = self.progress();
            if done == all {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "{done} of {all}: {}", self.log());
            assert!(processor.is_running(), "{}", self.log());
            std::thread::sleep(Duration::from_millis(100));
        }
        processor.stop();
    }

    /// `svarstid audit` finds every transaction wholly and once, and every event in one. No sink has run: the tables are
    /// empty, and all records are on their way to them.
    pub fn every_transaction_is_whole(&self) {
        let (url, database) = (format!("http://{}", self.machine.clickhouse()), "svarstid".to_owned());
        let (user, password) = ("svarstid".to_owned(), "svarstid".to_owned());
        let store = store::Store::new(&store::Settings { url, database, user, password, cluster: None });
        let made = store.apply(store::schema::FILES);
        tokio::runtime::Runtime::new().unwrap().block_on(made).unwrap();
        let output = self.machine.answer(&["audit", "--json"], &[]);
        let report = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{report}{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        let checks = report["checks"].as_array().unwrap().iter();
        let judged = |of: &str| checks.clone().find(|one| one["of"] == of).unwrap()["judged"].clone();
        let (whole, events) = (judged("manifests"), judged("call-events"));
        assert!(whole["transactions"].as_u64().unwrap() > 10, "{report:#}");
        assert_eq!(whole["events"], events["events"], "{report:#}");
        assert_eq!(whole["events"], self.progress().1, "{report:#}");
    }

    /// How many records of the input the group has finished, and how many there are.
    pub fn progress(&self) -> (i64, i64) {
        let began = Instant::now();
        loop {
            match self.try_progress() {
                Ok(progress) => return progress,
                // A broker that has just started does not know at once who coordinates the group.
                Err(fault) => {
                    let waits = fault.decision() == Decision::Retry && began.elapsed() < PATIENCE;
                    assert!(waits, "{fault}");
                }
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn try_progress(&self) -> Result<(i64, i64), Fault> {
        let (kafka, input) = (self.kafka(), self.topics().call_events());
        let group = &self.config.processor.group;
        let partitions = self.config.kafka.partitions;
        let progress = kafka::progress(&kafka, group, &input, partitions)?;
        let done = progress.values().map(|place| place.next.unwrap_or(0)).sum();
        Ok((done, progress.values().map(|place| place.end).sum()))
    }
}
