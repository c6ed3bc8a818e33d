//! ClickHouse over HTTP, asked as a reader, with what it says of its work.

use serde_json::Value;
use std::time::{Duration, Instant};

pub struct Server {
    agent: ureq::Agent,
    address: String,
}

/// What an answer cost.
pub struct Cost {
    pub took: Duration,
    pub rows: u64,
    pub bytes: u64,
}

impl Server {
    pub fn new(address: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        Self { agent: config.into(), address: address.to_owned() }
    }

    fn post(&self, sql: &str) -> (String, Cost) {
        let begun = Instant::now();
        let request = self
            .agent
            .post(format!("{}/?database=svarstid&wait_end_of_query=1", self.address))
            .header("X-ClickHouse-User", "reader")
            .header("X-ClickHouse-Key", "reader");
        let mut answer = request.send(sql).unwrap();
        let bytes = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let took = begun.elapsed();
        assert!(answer.status().is_success(), "{text}\n{sql}");
        let summary = answer.headers().get("X-ClickHouse-Summary").unwrap().to_str().unwrap();
        let summary: Value = serde_json::from_str(summary).unwrap();
        let number = |name: &str| summary[name].as_str().unwrap().parse().unwrap();
        (text, Cost { took, rows: number("read_rows"), bytes: number("read_bytes") })
    }

    /// The answer as a table.
    pub fn text(&self, sql: &str) -> String {
        self.post(&format!("{sql} FORMAT TSV")).0.trim().to_owned()
    }

    /// As a dashboard asks it.
    pub fn ask(&self, sql: &str) -> Cost {
        self.post(&format!("{sql}\nFORMAT Native")).1
    }
}
