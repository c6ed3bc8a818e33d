//! A real Prometheus with the generated rules, and a real Alertmanager with the routing of deploy/alertmanager.yml.

use super::tools::{run, said, tool};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tidy::root;

/// A process of ours, ended with the test.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn start(mut program: Command, folder: &Path, name: &str) -> Running {
    let log = std::fs::File::create(folder.join(format!("{name}.log"))).unwrap();
    Running(program.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Routing, grouping and inhibition as they are shipped; whoever is told, it is us, and soon. The history is no person.
fn routing(url: &str) -> String {
    let shipped = std::fs::read_to_string(root().join("deploy/alertmanager.yml")).unwrap();
    let mut config: Value = serde_yaml_ng::from_str(&shipped).unwrap();
    config["route"]["group_wait"] = json!("1s");
    config["route"]["group_interval"] = json!("1s");
    config["route"]["routes"].as_array_mut().unwrap().retain(|route| route["receiver"] != "history");
    for receiver in config["receivers"].as_array_mut().unwrap() {
        let name = receiver["name"].clone();
        *receiver = json!({"name": name, "webhook_configs": [{"url": url, "send_resolved": true}]});
    }
    config.to_string()
}

/// The real Alertmanager; none where it cannot be had.
pub fn alertmanager() -> Option<Command> {
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
    tool("prometheus-alertmanager")
}

/// Alertmanager, and Prometheus that asks the processor's metrics at this port and goes by these rules.
pub fn watchers(folder: &Path, rules: &str, metrics_port: u16, told_at: &str) -> Option<[Running; 2]> {
    let (mut alertmanager, mut prometheus) = (alertmanager()?, tool("prometheus")?);
    let (alerts_port, port) = (free_port(), free_port());
    std::fs::write(folder.join("alertmanager.yml"), routing(told_at)).unwrap();
    // Every quarter of a minute is right for people, and long for a test.
    let soon = rules.replace("interval: 15s", "interval: 1s").replace("for: 15s", "for: 1s");
    // Longer than the one who is left takes for a caller: whoever comes next has waited too long as well by then.
    let soon = soon.replace("keep_firing_for: 1m", "keep_firing_for: 45s");
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
