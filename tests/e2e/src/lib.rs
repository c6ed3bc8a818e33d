//! The whole pipeline in a folder of its own, for tests: real Kafka, the real ClickHouse engine, the real program.
#![expect(clippy::unwrap_used, clippy::panic, reason = "only tests use this: they may fail loudly")]

use kafka::{Member, Settings};
use pipeline::{Polled, Source as _};
use std::collections::BTreeSet;
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The folder of the recording and its configuration.
#[must_use]
pub fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings/asterisk22")
}

/// The recording, unpacked.
#[must_use]
pub fn recording() -> String {
    let mut text = String::new();
    let file = std::fs::File::open(recordings().join("ami.raw.txt.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

/// Its callers' numbers without the leading zero, so that every spelling of them is found.
#[must_use]
pub fn outside_numbers() -> BTreeSet<String> {
    let text = recording();
    let numbers = text.lines().filter_map(|line| line.strip_prefix("CallerIDNum: 0")).map(str::trim);
    numbers.filter(|n| n.len() == 9 && !n.starts_with("8465004")).map(str::to_owned).collect()
}

/// A program of this workspace. Tests run from a folder below the one where programs are built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let me = std::env::current_exe().unwrap();
    let found = me.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{name} is not built; `make test` builds it first"))
}

/// Kafka, ClickHouse and a configuration that names them.
pub struct Machine {
    // Dropped in this order: first what runs, then its folder.
    running: Option<stack::Running>,
    settings: stack::Settings,
    folder: TempDir,
}

/// A running service; killed when dropped.
pub struct Service {
    child: Child,
    name: String,
}

impl Machine {
    /// Starts both on free ports.
    #[must_use]
    pub fn start() -> Self {
        Self::with("")
    }

    /// The same, with more sections in the configuration.
    #[must_use]
    pub fn with(sections: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Held together, so that no two are the same.
        let free: Vec<TcpListener> = (0..4).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let port = |at: usize| free[at].local_addr().unwrap().port();
        let base = std::fs::read_to_string(recordings().join("svarstid.toml")).unwrap();
        let base = config::parse(&(base + "\n" + sections)).unwrap();
        let settings = stack::Settings {
            folder: folder.path().join("stack"),
            kafka_port: port(0),
            controller_port: port(1),
            clickhouse_http_port: port(2),
            clickhouse_tcp_port: port(3),
            engine: Some(program("embedded-clickhouse")),
            ..stack::Settings::from_config(&base)
        };
        drop(free);
        let running = stack::up(&settings, &|_| {}).unwrap();
        let machine = Self { running: Some(running), settings, folder };
        std::fs::write(machine.config(), machine.configuration() + sections).unwrap();
        machine
    }

    /// One for all tests of a program; stopped when the last of them lets it go.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Machine>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(machine) = shared.upgrade() {
            return machine;
        }
        let machine = Arc::new(Self::start());
        *shared = Arc::downgrade(&machine);
        machine
    }

    /// Kafka's address.
    #[must_use]
    pub fn brokers(&self) -> String {
        format!("127.0.0.1:{}", self.settings.kafka_port)
    }

    /// ClickHouse's HTTP address, without `http://`.
    #[must_use]
    pub fn clickhouse(&self) -> String {
        format!("127.0.0.1:{}", self.settings.clickhouse_http_port)
    }

    fn configuration(&self) -> String {
        let base = std::fs::read_to_string(recordings().join("svarstid.toml")).unwrap();
        format!(
            "{base}\n[kafka]\nbrokers = \"127.0.0.1:{}\"\n[clickhouse]\nurl = \"http://127.0.0.1:{}\"\n\
             [collector.spool]\nfolder = \"spool\"\n",
            self.settings.kafka_port, self.settings.clickhouse_http_port
        )
    }

    /// What ClickHouse answers to a user: rows, or why not.
    ///
    /// # Errors
    /// ClickHouse's words.
    pub fn ask_as(&self, user: &str, password: &str, sql: &str) -> Result<String, String> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut response = agent
            .post(format!("http://{}/?database=svarstid", self.clickhouse()))
            .header("X-ClickHouse-User", user)
            .header("X-ClickHouse-Key", password)
            .send(sql)
            .unwrap();
        let is_answer = response.status().is_success();
        let text = response.body_mut().read_to_string().unwrap().trim().to_owned();
        if is_answer { Ok(text) } else { Err(text) }
    }

    /// The folder of everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration's file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder().join("svarstid.toml")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let log = self.folder().join(format!("{}.log", arguments[0]));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let mut command = Command::new(program("svarstid"));
        command.arg("--config").arg(self.config()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        // A slow machine is no reason to break anything off.
        command.env("SVARSTID_STOP_WITHIN", "300");
        command
    }

    /// Runs to the end.
    pub fn run(&self, arguments: &[&str]) {
        let status = self.command(arguments).status().unwrap();
        assert!(status.success(), "{arguments:?}: {status}: {}", self.log(arguments[0]));
    }

    /// Runs to the end, well or not, with more variables in its environment; what it printed.
    #[must_use]
    pub fn answer(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.output().unwrap()
    }

    /// Starts a service.
    #[must_use]
    pub fn spawn(&self, arguments: &[&str]) -> Service {
        Service { child: self.command(arguments).spawn().unwrap(), name: arguments[0].to_owned() }
    }

    /// Starts a service under a name of its own in its group: `SVARSTID_<variable>` says it.
    #[must_use]
    pub fn spawn_as(&self, variable: &str, instance: &str, arguments: &[&str]) -> Service {
        let mut service =
            self.spawn_with(&[(format!("SVARSTID_{variable}"), instance.to_owned())], arguments);
        instance.clone_into(&mut service.name);
        service
    }

    /// Starts a service with more variables in its environment.
    #[must_use]
    pub fn spawn_with(&self, environment: &[(String, String)], arguments: &[&str]) -> Service {
        let mut command = self.command(arguments);
        command.envs(environment.iter().map(|(key, value)| (key, value)));
        Service { child: command.spawn().unwrap(), name: arguments[0].to_owned() }
    }

    /// Why a part is not started again any more.
    #[must_use]
    pub fn failed(&self) -> Option<String> {
        self.running.as_ref().and_then(stack::Running::failed)
    }

    /// SIGKILL to `kafka` or `clickhouse`; it is started again at once.
    pub fn kill(&self, part: &str) {
        let pids = self.running.iter().flat_map(stack::Running::pids).collect::<Vec<_>>();
        let (_, pid) = pids.into_iter().find(|(name, _)| *name == part).unwrap();
        assert!(Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
    }

    /// What all lives of a service have logged.
    #[must_use]
    pub fn log(&self, service: &str) -> String {
        std::fs::read_to_string(self.folder().join(format!("{service}.log"))).unwrap_or_default()
    }

    /// What ClickHouse answers; the error's text if it refuses.
    #[must_use]
    pub fn ask(&self, sql: &str) -> String {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent
            .post(format!("http://127.0.0.1:{}/?database=svarstid", self.settings.clickhouse_http_port))
            .header("X-ClickHouse-User", &self.settings.clickhouse_user)
            .header("X-ClickHouse-Key", &self.settings.clickhouse_password)
            .send(sql);
        // While it is being started again it does not answer: that is an answer too.
        let Ok(answer) = &mut answer else { return "no answer".to_owned() };
        answer.body_mut().with_config().limit(u64::MAX).read_to_string().unwrap().trim().to_owned()
    }

    /// Waits until ClickHouse answers so.
    pub fn wait_for(&self, sql: &str, expect: &str, within: Duration) {
        let begun = Instant::now();
        loop {
            let answer = self.ask(sql);
            if answer == expect {
                return;
            }
            if begun.elapsed() > within {
                panic!(
                    "{sql}: {answer}, not {expect}\nprocess: {}\nsink: {}",
                    self.log("process"),
                    self.log("sink")
                );
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Every byte that is in the spool and in the services' logs.
    #[must_use]
    pub fn files_of_spool_and_logs(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for folder in [self.folder().to_owned(), self.folder().join("spool")] {
            let files = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
            let ours = |path: &PathBuf| {
                path.is_file() && !path.ends_with("garbled.txt") && !path.ends_with("svarstid.toml")
            };
            files.filter(ours).for_each(|path| bytes.extend(std::fs::read(path).unwrap()));
        }
        bytes
    }

    /// Values of a topic, one after the other, as a reader of committed records sees them.
    #[must_use]
    pub fn topic(&self, topic: &str) -> Vec<u8> {
        let settings = Settings::new(format!("127.0.0.1:{}", self.settings.kafka_port), "reader");
        let mut member = Member::join(&settings, &format!("reader-{topic}"), "reader", topic).unwrap();
        let mut bytes = Vec::new();
        let mut quiet_since = Instant::now();
        // The first record takes as long as joining a group does; afterwards silence means the end.
        while quiet_since.elapsed() < Duration::from_secs(if bytes.is_empty() { 30 } else { 3 }) {
            match member.poll(Duration::from_millis(100)).unwrap() {
                Polled::Assigned(partitions) => {
                    member
                        .start(&partitions.into_iter().map(|partition| (partition, None)).collect())
                        .unwrap();
                }
                Polled::Delivery(delivery) => {
                    bytes.extend(delivery.value.unwrap_or_default());
                    quiet_since = Instant::now();
                }
                Polled::Nothing => {}
            }
        }
        bytes
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

impl Service {
    /// SIGKILL. It must not have ended by itself before.
    pub fn kill(mut self) {
        assert!(self.is_running(), "{} ended by itself", self.name);
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn listens_to_sigterm(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(u64::MAX);
        caught & (1 << 14) != 0
    }

    /// Sends it a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it lives.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it ends by itself, which it must do well.
    pub fn wait(mut self) {
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{} ended with {status}", self.name);
    }

    /// Asks it to stop and waits: it must end well.
    pub fn stop(mut self) {
        // One that has only just begun does not listen yet.
        while self.is_running() && !self.listens_to_sigterm() {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.signal("TERM");
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{} ended with {status}", self.name);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
