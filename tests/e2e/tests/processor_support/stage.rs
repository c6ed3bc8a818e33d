//! Real Kafka, a configuration for it, and the real program as a child.

use config::Config;
use e2e::program;
use kafka::{Settings, Topics};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Whatever is waited for is there by then on the slowest machine, or never.
const PATIENCE: Duration = Duration::from_secs(300);

/// Kafka in a folder of its own, and what a processor must know to work on it.
pub struct Stage {
    // dropped in this order: what runs, then its folder
    running: stack::Running,
    pub config: Config,
    config_file: PathBuf,
    log: PathBuf,
    _folder: tempfile::TempDir,
}

impl Stage {
    pub fn new(processor_section: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings/asterisk22/svarstid.toml");
        let settings = stack_settings(folder.path(), config::load(&recording).unwrap().cache_folder());
        let running = stack::up(&settings, &|line| eprintln!("{line}")).unwrap();
        let text = format!(
            "{}\n[kafka]\nbrokers = \"127.0.0.1:{}\"\ntopic_prefix = \"kill-\"\n\n[processor]\n{processor_section}\n",
            std::fs::read_to_string(&recording).unwrap(),
            settings.kafka_port
        );
        let config_file = folder.path().join("svarstid.toml");
        std::fs::write(&config_file, text).unwrap();
        let config = config::load(&config_file).unwrap();
        let log = folder.path().join("processor.log");
        let stage = Self { running, config, config_file, log, _folder: folder };
        stage.create_topics();
        stage
    }

    fn create_topics(&self) {
        let (settings, topics, kafka) = (self.kafka(), self.topics(), &self.config.kafka);
        let ensured = kafka::ensure_topics(&settings, &topics, kafka.partitions, kafka.replication);
        tokio::runtime::Runtime::new().unwrap().block_on(ensured).unwrap();
    }

    /// SIGKILL to the broker; returns when its successor serves.
    pub fn kill_kafka(&self) {
        let pid = self.running.pids().into_iter().find(|(name, _)| *name == "kafka").map(|(_, pid)| pid);
        kill(Pid::from_raw(pid.unwrap()), Signal::SIGKILL).unwrap();
        let began = Instant::now();
        while self.try_progress().is_err() {
            assert_eq!(self.running.failed(), None);
            assert!(began.elapsed() < PATIENCE, "Kafka does not come back");
        }
    }

    pub fn kafka(&self) -> Settings {
        Settings::new(&self.config.kafka.brokers, "svarstid-test")
    }

    pub fn topics(&self) -> Topics {
        Topics { prefix: self.config.kafka.topic_prefix.clone() }
    }

    pub fn partitions(&self) -> Vec<i32> {
        (0..self.config.kafka.partitions).collect()
    }

    /// `svarstid process`, logging to a file.
    pub fn processor(&self) -> Child {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        Command::new(program("svarstid"))
            .arg("--config")
            .arg(&self.config_file)
            .arg("process")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    /// What all lives have logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Until every offset of the input is committed; then asks it to end, which it must do well.
    pub fn wait_until_done(&self, mut processor: Child) {
        let began = Instant::now();
        loop {
            let (done, all) = self.progress();
            if done == all {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "{done} of {all}: {}", self.log());
            assert_eq!(processor.try_wait().unwrap(), None, "{}", self.log());
            std::thread::sleep(Duration::from_millis(100));
        }
        kill(Pid::from_raw(i32::try_from(processor.id()).unwrap()), Signal::SIGTERM).unwrap();
        assert!(processor.wait().unwrap().success(), "{}", self.log());
    }

    /// How many records of the input the group has finished, and how many there are.
    pub fn progress(&self) -> (i64, i64) {
        self.try_progress().unwrap()
    }

    fn try_progress(&self) -> Result<(i64, i64), pipeline::Fault> {
        let (kafka, input) = (self.kafka(), self.topics().call_events());
        let group = &self.config.processor.group;
        let partitions = self.config.kafka.partitions;
        let progress = kafka::progress(&kafka, group, &input, partitions)?;
        let done = progress.values().map(|place| place.next.unwrap_or(0)).sum();
        Ok((done, progress.values().map(|place| place.end).sum()))
    }
}

fn stack_settings(folder: &Path, cache: PathBuf) -> stack::Settings {
    let [kafka_port, controller_port, clickhouse_http_port, clickhouse_tcp_port] = free_ports();
    stack::Settings {
        folder: folder.join("stack"),
        cache,
        kafka_port,
        controller_port,
        clickhouse_http_port,
        clickhouse_tcp_port,
        clickhouse_user: "svarstid".into(),
        clickhouse_password: "svarstid".into(),
        engine: Some(program("embedded-clickhouse")),
    }
}

fn free_ports() -> [u16; 4] {
    // all held at once, so that they differ
    let held = [(); 4].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}
