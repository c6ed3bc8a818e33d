//! Which alerts there were: a real Alertmanager with the routing of deploy/alertmanager.yml, a real sink and a real ClickHouse.

use super::watchers::{alertmanager, free_port, start};
use e2e::Machine;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tidy::root;

const TOKEN: &str = "a-token-of-tests-only";
const PATIENCE: Duration = Duration::from_secs(180);
const RAISED: &str = "SELECT alert, site, unit, found_by, severity, is_raised, summary FROM raised_alerts";

/// As it is shipped, but the sink is here, and nobody else is told.
fn routing(sink_port: u16, token_file: &str) -> String {
    let shipped = std::fs::read_to_string(root().join("deploy/alertmanager.yml")).unwrap();
    let mut config: Value = serde_yaml_ng::from_str(&shipped).unwrap();
    config["route"]["group_interval"] = json!("1s");
    for receiver in config["receivers"].as_array_mut().unwrap() {
        if receiver["name"] == "history" {
            let webhook = &mut receiver["webhook_configs"][0];
            webhook["url"] = json!(format!("http://127.0.0.1:{sink_port}/v1/alerts"));
            webhook["http_config"]["authorization"]["credentials_file"] = json!(token_file);
        } else {
            *receiver = json!({"name": receiver["name"]});
        }
    }
    config.to_string()
}

/// As Prometheus tells it; it is over at its end.
fn tell(port: u16, starts: jiff::Timestamp, ends: jiff::Timestamp) {
    let alerts = json!([{
        "labels": {"alertname": "SvarstidLongestWait", "site": "falkenberg", "unit": "Switchboard", "severity": "page"},
        "annotations": {"summary": "A caller waits"},
        "startsAt": starts.to_string(), "endsAt": ends.to_string(),
    }]);
    let begun = Instant::now();
    // It has only just been started.
    let post = || {
        let post = ureq::post(format!("http://127.0.0.1:{port}/api/v2/alerts"));
        post.content_type("application/json").send(alerts.to_string())
    };
    while let Err(error) = post() {
        assert!(begun.elapsed() < PATIENCE, "{error}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn what_alertmanager_raises_is_in_the_history_and_its_end_too() {
    let Some(mut program) = alertmanager() else { return };
    let (sink_port, port) = (free_port(), free_port());
    let alerts =
        format!("[sink.alerts]\nlisten = \"127.0.0.1:{sink_port}\"\nbearer_token_file = \"alerts-token\"\n");
    let machine = Machine::with(&alerts);
    let token_file = machine.folder().join("alerts-token");
    std::fs::write(&token_file, TOKEN).unwrap();
    let configuration = machine.folder().join("alertmanager.yml");
    std::fs::write(&configuration, routing(sink_port, token_file.to_str().unwrap())).unwrap();
    program.arg(format!("--config.file={}", configuration.display()));
    program.arg(format!("--storage.path={}", machine.folder().join("am").display()));
    program.args([&format!("--web.listen-address=127.0.0.1:{port}"), "--cluster.listen-address="]);
    let _alertmanager = start(program, machine.folder(), "alertmanager");
    let starts = jiff::Timestamp::now();
    // Before the sink is there: it is told when it comes.
    tell(port, starts, starts + Duration::from_secs(3600));
    let sink = machine.spawn(&["sink"]);
    let row = |is_raised| {
        format!("SvarstidLongestWait\tfalkenberg\tSwitchboard\tprometheus\tpage\t{is_raised}\tA caller waits")
    };
    machine.wait_for(RAISED, &row(true), PATIENCE);
    tell(port, starts, jiff::Timestamp::now());
    machine.wait_for(RAISED, &row(false), PATIENCE);
    let starts = format!(
        "SELECT lasted_s > 0, toUnixTimestamp64Milli(starts) = {} FROM raised_alerts",
        starts.as_millisecond()
    );
    assert_eq!(machine.ask(&starts), "1\t1");
    sink.stop();
}
