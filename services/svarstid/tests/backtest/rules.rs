//! The rules that `svarstid alerts prometheus` prints, and when each would have told somebody.

use super::prometheus::{Answer, Labels, Prometheus};
use super::tools::said;
use super::world::next;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug, Clone)]
pub struct Rule {
    pub alert: String,
    pub expr: String,
    for_s: i64,
    /// For so long it goes on being told after it held for the last time.
    keep_s: i64,
    /// How often Prometheus looks.
    pub every_s: i64,
    labels: Labels,
}

/// Somebody was told, and for how long it was so.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub name: String,
    pub labels: Labels,
    /// From when it was told, seconds, until when.
    pub told_s: Range<i64>,
}

impl Alert {
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// What it is about.
    pub fn whom(&self) -> &str {
        self.label("target").or(self.label("queue")).or(self.label("unit")).unwrap_or("-")
    }

    pub fn is_page(&self) -> bool {
        self.label("severity") == Some("page")
    }
}

/// What `svarstid alerts prometheus` prints.
pub fn text(config: &Path) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    let output = program.env_clear().arg("--config").arg(config).args(["alerts", "prometheus"]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

pub fn parse(text: &str) -> Vec<Rule> {
    let file: Value = serde_yaml_ng::from_str(text).unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let mut rules = Vec::new();
    for group in file["groups"].as_array().unwrap() {
        for rule in group["rules"].as_array().unwrap() {
            rules.push(Rule {
                alert: word(&rule["alert"]),
                expr: word(&rule["expr"]),
                for_s: seconds(&word(&rule["for"])),
                keep_s: rule["keep_firing_for"].as_str().map_or(0, seconds),
                every_s: seconds(&word(&group["interval"])),
                labels: serde_json::from_value(rule["labels"].clone()).unwrap(),
            });
        }
    }
    rules
}

fn seconds(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let unit_s = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => panic!("{text} is no duration"),
    };
    number.parse::<i64>().unwrap() * unit_s
}

impl Rule {
    /// Whether it asks for something that the processor tells; collector and sink have no part in this.
    pub fn is_of_processor(&self) -> bool {
        self.expr.contains("svarstid_processor_")
    }

    /// The metrics of the processor that it asks for.
    pub fn metrics(&self) -> BTreeSet<String> {
        let words = self.expr.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        words.filter(|word| word.starts_with("svarstid_processor_")).map(str::to_owned).collect()
    }

    fn alerts(&self, answer: Answer, step_s: i64) -> Vec<Alert> {
        let mut alerts = Vec::new();
        for (mut labels, points) in answer {
            labels.remove("__name__");
            labels.extend(self.labels.clone());
            let moments: Vec<i64> = points.iter().map(|(at_s, _)| *at_s).collect();
            let spans = told(&moments, step_s, self.for_s, self.keep_s);
            alerts.extend(spans.into_iter().map(|told_s| Alert {
                name: self.alert.clone(),
                labels: labels.clone(),
                told_s,
            }));
        }
        alerts
    }
}

/// Of the moments at which a condition held: when it had held for so long that somebody was told, until the look that found it gone for
/// `keep_s`.
fn told(moments: &[i64], step_s: i64, for_s: i64, keep_s: i64) -> Vec<Range<i64>> {
    let mut spans: Vec<Range<i64>> = Vec::new();
    let (mut holds_from_s, mut before_s) = (0, None);
    for &at_s in moments {
        if before_s != Some(at_s - step_s) {
            holds_from_s = at_s;
        }
        before_s = Some(at_s);
        let ends_s = at_s + step_s + keep_s;
        match spans.last_mut().filter(|span| at_s <= span.end) {
            Some(span) => span.end = ends_s,
            None if at_s - holds_from_s >= for_s => spans.push(at_s..ends_s),
            None => {}
        }
    }
    spans
}

/// Everything that was told in this time, in its order; samples are `every_s` apart, and rules do not look more often.
pub fn evaluate(prometheus: &Prometheus, rules: &[Rule], span_s: Range<i64>, every_s: i64) -> Vec<Alert> {
    let number = AtomicUsize::new(0);
    let work = || {
        let mut alerts = Vec::new();
        while let Some(rule) = rules.get(number.fetch_add(1, Ordering::Relaxed)) {
            let step_s = rule.every_s.max(every_s);
            // Before the first scrape there is nothing, which is no news.
            let moments = next(span_s.start, step_s) + step_s..=span_s.end - step_s;
            alerts.extend(rule.alerts(prometheus.ask(&rule.expr, moments, step_s), step_s));
        }
        alerts
    };
    let mut alerts = std::thread::scope(|scope| {
        let others = [(); 2].map(|()| scope.spawn(work));
        others.map(|other| other.join().unwrap()).concat()
    });
    alerts.sort_by(|a, b| (a.told_s.start, &a.name, &a.labels).cmp(&(b.told_s.start, &b.name, &b.labels)));
    alerts
}

#[test]
fn an_alert_is_told_after_its_time_and_until_the_look_that_finds_it_gone() {
    let of = |moments: &[i64], for_s| told(moments, 15, for_s, 0);
    assert_eq!(of(&[0, 15, 30, 60, 90, 105], 15), [15..45, 105..120]);
    assert_eq!(of(&[0, 15, 60], 0), [0..30, 60..75]);
    assert!(of(&[0, 15], 30).is_empty());
    assert_eq!(told(&[0, 15, 60, 150, 165], 15, 15, 30), [15..105, 165..210], "kept, and not for ever");
}
