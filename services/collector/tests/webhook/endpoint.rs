//! A collector's webhook without the rest of the collector.

use call::Event;
use collector::spool::{Spool, Topic};
use collector::{Limits, Progress, SharedSpool, Webhook};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wire::{Codec, Rejected};

pub const TOKEN: &str = "a-token-for-tests";
pub const SECRET: &str = "a-secret-for-tests";
pub const ROOM: u64 = 1 << 30;
const SETTINGS: &str = "\n[collector.webhook]\nlisten = \"127.0.0.1:1\"\nbearer_token_file = \"token\"\n";

pub struct Endpoint {
    runtime: Runtime,
    stop: watch::Sender<bool>,
    running: JoinHandle<anyhow::Result<()>>,
    pub address: String,
    pub spool: SharedSpool,
    pub metrics: telemetry::Metrics,
}

pub fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22")
}

/// The recording's site, with its spool and its secrets in a folder, on a port that the system chooses.
pub fn config(folder: &Path, change: impl FnOnce(&mut config::Webhook)) -> config::Config {
    std::fs::write(folder.join("token"), TOKEN).unwrap();
    std::fs::write(folder.join("secret"), SECRET).unwrap();
    let site = std::fs::read_to_string(recordings().join("svarstid.toml")).unwrap();
    let mut config = config::parse(&(site + SETTINGS)).unwrap();
    config.collector.spool.folder = Some(folder.join("spool"));
    let webhook = config.collector.webhook.as_mut().unwrap();
    webhook.listen = "127.0.0.1:0".to_owned();
    webhook.bearer_token_file = Some(folder.join("token"));
    change(webhook);
    config
}

impl Endpoint {
    pub fn open(folder: &Path) -> Self {
        Self::with(folder, ROOM, |_| {})
    }

    pub fn with(folder: &Path, room: u64, change: impl FnOnce(&mut config::Webhook)) -> Self {
        Self::limited(folder, room, Limits::default(), change)
    }

    pub fn limited(
        folder: &Path,
        room: u64,
        limits: Limits,
        change: impl FnOnce(&mut config::Webhook),
    ) -> Self {
        let config = config(folder, change);
        let runtime = Runtime::new().unwrap();
        let spool = Arc::new(Mutex::new(Spool::open(&config.spool_folder(), room, 7).unwrap()));
        let metrics = telemetry::Metrics::new().unwrap();
        let (codec, counters) = (Arc::new(Codec::built_in().unwrap()), metrics.collector().unwrap());
        let opening =
            Webhook::open(&config, codec, Arc::clone(&spool), counters, Arc::new(Progress::default()));
        let webhook = runtime.block_on(opening).unwrap().unwrap().limited(limits);
        let address = webhook.address().unwrap().to_string();
        let (stop, stopped) = watch::channel(false);
        let running = runtime.spawn(webhook.run(stopped));
        Self { runtime, stop, running, address, spool, metrics }
    }

    /// Stops as the collector does, and lets go of the spool.
    pub fn close(self) -> anyhow::Result<()> {
        // It may have ended by itself.
        self.stop.send_replace(true);
        self.runtime.block_on(self.running).unwrap()
    }

    /// Status, `Retry-After` and JSON of the answer.
    pub fn send(&self, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let url = format!("http://{}/v1/events", self.address);
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut request = agent.post(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send(body).unwrap();
        let after =
            response.headers().get("retry-after").map(|after| after.to_str().unwrap().parse().unwrap());
        let text = response.body_mut().read_to_string().unwrap();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Answer { status: response.status().as_u16(), retry_after_s: after, json }
    }

    /// With the token.
    pub fn post(&self, content: &str, body: impl AsRef<[u8]>) -> Answer {
        let token = format!("Bearer {TOKEN}");
        self.send(&[("content-type", content), ("authorization", &token)], body.as_ref())
    }

    /// Several events, with the token.
    pub fn post_lines(&self, lines: &str) -> Answer {
        self.post("application/x-ndjson", lines)
    }

    pub fn metric(&self, line: &str) -> bool {
        self.metrics.text().unwrap().lines().any(|found| found == line)
    }

    /// What the spool would ship.
    pub fn events(&self) -> Vec<Event> {
        events(&self.spool.lock().unwrap())
    }

    pub fn rejected(&self) -> Vec<Rejected> {
        let codec = Codec::built_in().unwrap();
        let frames = frames(&self.spool.lock().unwrap());
        let rejected = frames.into_iter().filter(|(topic, _)| *topic == Topic::Rejected);
        rejected.map(|(_, payload)| codec.decode_rejected(&payload).unwrap()).collect()
    }
}

pub struct Answer {
    pub status: u16,
    pub retry_after_s: Option<u64>,
    pub json: serde_json::Value,
}

impl Answer {
    /// Accepted and repeated events of a 202.
    #[track_caller]
    pub fn counts(&self) -> (u64, u64) {
        assert_eq!(self.status, 202, "{}", self.json);
        (self.json["accepted"].as_u64().unwrap(), self.json["repeated"].as_u64().unwrap())
    }
}

fn frames(spool: &Spool) -> Vec<(Topic, Vec<u8>)> {
    let mut reader = spool.reader();
    let frames = std::iter::from_fn(|| reader.next_frame().unwrap());
    frames.map(|frame| (frame.topic, frame.payload)).collect()
}

pub fn events(spool: &Spool) -> Vec<Event> {
    let codec = Codec::built_in().unwrap();
    let events = frames(spool).into_iter().filter(|(topic, _)| *topic == Topic::Events);
    events.map(|(_, payload)| codec.decode_event(&payload).unwrap()).collect()
}

/// One event about one leg.
pub fn held(id: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"at\":\"2026-11-24T08:00:00Z\",\"leg\":\"1.1\",\"event\":{{\"held\":{{}}}}}}\n"
    )
}

/// One of the published examples.
pub fn example(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/webhook/examples");
    std::fs::read_to_string(folder.join(name)).unwrap()
}
