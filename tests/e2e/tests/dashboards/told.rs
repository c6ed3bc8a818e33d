//! What is told beside the figures: a note by `svarstid annotate`, and an alert by POST to a running sink.

use e2e::Machine;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

const TOKEN: &str = "a-token-of-tests-only";
const FIRING: &str = include_str!("../posted_alerts/firing.json");

pub struct Told {
    pub port: u16,
}

impl Told {
    pub fn new() -> Self {
        Self { port: TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() }
    }

    pub fn write_token(&self, folder: &Path) {
        std::fs::write(folder.join("alerts-token"), TOKEN).unwrap();
    }

    /// Both at the first call's arrival.
    pub fn tell(&self, machine: &Machine) {
        let first = machine
            .ask("SELECT formatDateTime(min(arrived_at), '%Y-%m-%dT%H:%i:%SZ'), any(site) FROM calls_latest");
        let (first, site) = first.split_once('\t').unwrap();
        machine.run(&["annotate", "water main broken", "--from", first, "--queue", "vaxel"]);
        let body = FIRING.replace("2026-11-24T08:15:00.5+01:00", first).replace("exempelby", site);
        let body = body.replace("\"switchboard\"", "\"vaxel\"").replace("\"Switchboard\"", "\"vaxeln\"");
        let url = format!("http://127.0.0.1:{}/v1/alerts", self.port);
        let post = ureq::post(url).header("Authorization", format!("Bearer {TOKEN}"));
        assert_eq!(post.content_type("application/json").send(body).unwrap().status().as_u16(), 200);
        let both = "SELECT (SELECT count() FROM notes), (SELECT count() FROM raised_alerts)";
        machine.wait_for(both, "1\t1", Duration::from_secs(60));
    }
}
