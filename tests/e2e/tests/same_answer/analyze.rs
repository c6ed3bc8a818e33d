//! What `svarstid analyze` says of a site's recording: its figures one by one, under the names of its JSON.

use crate::sites::Site;
use e2e::program;
use serde_json::{Map, Value};
use std::process::Command;

/// What its lines are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    Site,
    Queue,
    Unit,
    Number,
    Hour,
}

impl By {
    pub const ALL: [Self; 5] = [Self::Site, Self::Queue, Self::Unit, Self::Number, Self::Hour];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Queue => "queue",
            Self::Unit => "unit",
            Self::Number => "number",
            Self::Hour => "hour",
        }
    }
}

/// One line.
pub struct Line {
    pub name: String,
    pub direction: String,
    pub figures: Map<String, Value>,
}

/// The document with every measure.
pub fn full(site: &Site, by: By) -> Map<String, Value> {
    match by {
        By::Site => asked(site, &["--full"]),
        // Behind a number of few calls is one person, whom a test need not spare.
        _ => asked(site, &["--full", "--by", by.word(), "--at-least", "1"]),
    }
}

/// Its lines.
pub fn lines(document: &Map<String, Value>, by: By) -> Vec<Line> {
    let line = |line: &Value| {
        let mut figures = line.as_object().unwrap().clone();
        let mut text = |key: &str| figures.remove(key).unwrap().as_str().unwrap().to_owned();
        let (name, direction) = (text(by.word()), text("direction"));
        Line { name, direction, figures }
    };
    document["lines"].as_array().unwrap().iter().map(line).collect()
}

pub fn asked(site: &Site, options: &[&str]) -> Map<String, Value> {
    let mut command = Command::new(program("svarstid"));
    command.arg("--config").arg(&site.config).args(["analyze", "--json"]).args(options).arg(&site.recording);
    command.args(&site.list);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}
