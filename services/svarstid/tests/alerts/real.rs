//! A caller who waits for too long, all the way: the processor's state, its metrics over HTTP, a real Prometheus with the generated rules, a
//! real Alertmanager with the routing of deploy/alertmanager.yml, and somebody who is told. Kafka has no part in it.

use super::receiver::Receiver;
use super::rules::{CONFIG, rules};
use super::tools::{run, said, tool};
use call::event::Endpoint;
use call::{Body, Event, EventId, Origin, Party, SourceKind, Text};
use pipeline::processor::{Processor, Setup};
use pipeline::{Clock, SystemClock};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tidy::root;

/// A Wednesday at noon in Stockholm, when the switchboard is open.
const OPEN_US: i64 = 1_774_436_400_000_000;
const SECOND_US: i64 = 1_000_000;
/// Nothing here takes so long; only a failure waits for it.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process of ours, ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(mut program: Command, folder: &Path, name: &str) -> Running {
    let log = std::fs::File::create(folder.join(format!("{name}.log"))).unwrap();
    Running(program.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn event(position: u64, at_us: i64, leg: Option<&str>, body: Body) -> Event {
    let kind = SourceKind::AsteriskAmi;
    let origin = Origin { site: "town".into(), node: "pbx-1".into(), kind, stream: 1, position };
    let leg = leg.map(Text::from);
    Event { id: EventId(position.into()), origin, at_us, received_us: at_us, linked: leg.clone(), leg, body }
}

fn processor(config: &config::Config) -> Processor {
    let plan = (config.site.id.as_str().into(), Arc::new(config.site_plan().unwrap()));
    Processor::new(Arc::new(Setup {
        plans: [plan].into(),
        measures: config.kpi_settings(),
        definition_version: kpi::DEFINITION_VERSION,
        lateness: window::Lateness { allowed_us: 3600 * SECOND_US },
        disorder_us: processor::DISORDER_US,
    }))
}

/// Routing, grouping and inhibition as they are shipped; whoever is told, it is us, and soon.
fn routing(url: &str) -> String {
    let shipped = std::fs::read_to_string(root().join("deploy/alertmanager.yml")).unwrap();
    let mut config: Value = serde_yaml_ng::from_str(&shipped).unwrap();
    config["route"]["group_wait"] = json!("1s");
    config["route"]["group_interval"] = json!("1s");
    for receiver in config["receivers"].as_array_mut().unwrap() {
        let name = receiver["name"].clone();
        *receiver = json!({"name": name, "webhook_configs": [{"url": url, "send_resolved": true}]});
    }
    config.to_string()
}

/// Alertmanager, and Prometheus that asks the processor's metrics at this port.
fn watchers(folder: &Path, metrics_port: u16, told_at: &str) -> Option<[Running; 2]> {
    let (mut alertmanager, mut prometheus) = (tool("prometheus-alertmanager")?, tool("prometheus")?);
    let mut asked = tool("prometheus-alertmanager")?;
    asked.arg("--version");
    let version = run(asked, "");
    if !version.status.success() {
        eprintln!(
            "left out: Alertmanager cannot get a file system of its own here: {}",
            said(&version).trim()
        );
        return None;
    }
    let (alerts_port, port) = (free_port(), free_port());
    std::fs::write(folder.join("alertmanager.yml"), routing(told_at)).unwrap();
    // Every quarter of a minute is right for people, and long for a test.
    let soon = rules(CONFIG).replace("interval: 15s", "interval: 1s").replace("for: 15s", "for: 1s");
    std::fs::write(folder.join("alerts.yml"), soon).unwrap();
    let config = json!({
        "global": {"scrape_interval": "1s"},
        "rule_files": ["alerts.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [format!("127.0.0.1:{alerts_port}")]}]}]},
        "scrape_configs": [{"job_name": "svarstid", "static_configs": [
            {"targets": [format!("127.0.0.1:{metrics_port}")], "labels": {"service": "processor"}}]}],
    });
    std::fs::write(folder.join("prometheus.yml"), config.to_string()).unwrap();
    alertmanager.arg(format!("--config.file={}", folder.join("alertmanager.yml").display()));
    alertmanager.arg(format!("--storage.path={}", folder.join("am").display()));
    alertmanager
        .args([&format!("--web.listen-address=127.0.0.1:{alerts_port}"), "--cluster.listen-address="]);
    prometheus.arg(format!("--config.file={}", folder.join("prometheus.yml").display()));
    prometheus.arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()));
    prometheus.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    Some([start(alertmanager, folder, "alertmanager"), start(prometheus, folder, "prometheus")])
}

#[test]
fn a_long_wait_is_told_once_and_its_end_too() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (metrics, health) = (telemetry::Metrics::new().unwrap(), telemetry::Health::new(PATIENCE));
    let server = runtime.block_on(telemetry::serve("127.0.0.1:0", &metrics, &health)).unwrap();
    let config = config::load(&root().join(CONFIG)).unwrap();
    let meter = processor::Meter::new(metrics.processor().unwrap(), health, "call-events".into());
    let meter = meter.watching(processor::Watched::new(std::iter::once(&config)).unwrap());
    meter.show_open(OPEN_US);

    let (mut processor, now_us) = (processor(&config), SystemClock.now_us());
    let joined_us = now_us - 600 * SECOND_US;
    let started = Body::LegStarted {
        endpoint: Endpoint::Device("trunk".into()),
        incoming: true,
        caller: Party::Unknown,
        dialled: Party::Unknown,
    };
    let joined = Body::QueueJoined { queue: "board".into(), position: 1, count: 1 };
    processor.apply(&event(1, joined_us, Some("a.1"), started), &[]);
    processor.apply(&event(2, joined_us, Some("a.1"), joined), &[]);
    processor.apply(&event(3, now_us, None, Body::Heartbeat), &[]);
    meter.assigned(std::iter::once(&processor));
    let url = receiver.url();
    let Some(_running) = watchers(folder.path(), server.address().port(), &url) else { return };

    let told = receiver.wait_for("SvarstidLongestWait", "firing", PATIENCE);
    assert_eq!(told["labels"]["queue"], "board");
    assert_eq!(told["labels"]["unit"], "Växeln {{1}}");
    assert_eq!(
        told["annotations"]["summary"], "A caller has waited 10m 0s in queue board",
        "from the alert's template"
    );
    let link = told["annotations"]["dashboard"].as_str().unwrap();
    assert!(
        link.starts_with("https://grafana.example.org/d/svarstid-wall-sv?var-site=town&var-queue=board"),
        "{link}"
    );

    let left_us = SystemClock.now_us();
    processor.apply(&event(4, left_us, Some("a.1"), Body::QueueLeft { queue: "board".into() }), &[]);
    meter.assigned(std::iter::once(&processor));
    receiver.wait_for("SvarstidLongestWait", "resolved", PATIENCE);
    assert_eq!(receiver.told("SvarstidLongestWait"), ["firing", "resolved"], "once each");
    assert_eq!(receiver.names(), ["SvarstidLongestWait"], "and nothing else");
}
