//! A real Prometheus that holds the blocks and scrapes nothing.

use super::tools::tool;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Prometheus answers with so many points of a series at most.
const POINTS: i64 = 11_000;
/// Only a failure waits for so long.
const PATIENCE: Duration = Duration::from_secs(120);

pub type Labels = BTreeMap<String, String>;
/// Of each series its moments, seconds, and values.
pub type Answer = BTreeMap<Labels, Vec<(i64, f64)>>;

pub struct Prometheus {
    child: Child,
    url: String,
    agent: ureq::Agent,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Prometheus {
    /// With the blocks of this folder.
    pub fn start(blocks: &Path, folder: &Path) -> Self {
        let config = folder.join("prometheus.yml");
        std::fs::write(&config, "{}").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = File::create(folder.join("prometheus.log")).unwrap();
        let mut program = tool("prometheus").unwrap();
        program.arg(format!("--config.file={}", config.display()));
        program.arg(format!("--storage.tsdb.path={}", blocks.display()));
        program.args(["--storage.tsdb.retention.time=100y", "--log.level=warn"]);
        program.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        program.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let agent = ureq::Agent::new_with_defaults();
        let this = Self { child: program.spawn().unwrap(), url: format!("http://127.0.0.1:{port}"), agent };
        let begun = Instant::now();
        while this.agent.get(format!("{}/-/ready", this.url)).call().is_err() {
            assert!(begun.elapsed() < PATIENCE, "Prometheus does not get ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        this
    }

    /// What this is at each of these moments, seconds.
    pub fn ask(&self, expr: &str, at_s: RangeInclusive<i64>, step_s: i64) -> Answer {
        let mut answer = Answer::new();
        let mut from_s = *at_s.start();
        while from_s <= *at_s.end() {
            let to_s = (from_s + (POINTS - 1) * step_s).min(*at_s.end());
            for series in self.part(expr, from_s, to_s, step_s) {
                let labels: Labels = serde_json::from_value(series["metric"].clone()).unwrap();
                let values = series["values"].as_array().unwrap().iter();
                #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
                let points = values.map(|value| {
                    (value[0].as_f64().unwrap() as i64, value[1].as_str().unwrap().parse().unwrap())
                });
                answer.entry(labels).or_default().extend(points);
            }
            from_s = to_s + step_s;
        }
        answer
    }

    fn part(&self, expr: &str, from_s: i64, to_s: i64, step_s: i64) -> Vec<Value> {
        let form = [
            ("query", expr.to_owned()),
            ("start", from_s.to_string()),
            ("end", to_s.to_string()),
            ("step", step_s.to_string()),
        ];
        let request = self.agent.post(format!("{}/api/v1/query_range", self.url));
        let mut answer = request.send_form(form).unwrap_or_else(|error| panic!("{expr}: {error}"));
        let mut answer: Value = answer.body_mut().with_config().limit(u64::MAX).read_json().unwrap();
        let Value::Array(series) = answer["data"]["result"].take() else { panic!("{expr}: {answer}") };
        series
    }
}
