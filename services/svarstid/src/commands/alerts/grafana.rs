//! The same alerts as a file that Grafana provisions: asked of ClickHouse, so that they do not rest on the processor's counters.

use super::questions::Question;
use super::rules::Rule;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// As in grafana/provisioning/datasources/clickhouse.yml.
const CLICKHOUSE: &str = "svarstid-clickhouse";
/// Grafana's own arithmetic.
const EXPRESSION: &str = "__expr__";
/// `format` of the ClickHouse plugin: a table. One row of one number is a value, and needs no reducing.
const TABLE: u8 = 1;

#[derive(Debug, Serialize)]
pub struct File {
    #[serde(rename = "apiVersion")]
    api_version: u8,
    groups: Vec<Group>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    org_id: u8,
    name: String,
    folder: &'static str,
    interval: &'static str,
    rules: Vec<Provisioned>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Provisioned {
    uid: String,
    title: String,
    condition: &'static str,
    #[serde(rename = "for")]
    lasts: String,
    no_data_state: &'static str,
    exec_err_state: &'static str,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    data: Vec<Value>,
}

impl File {
    pub const fn new() -> Self {
        Self { api_version: 1, groups: Vec::new() }
    }

    /// A group of rules that are asked as often as `interval`; those that ask nothing of ClickHouse are left out.
    pub fn add(&mut self, name: String, site: &str, interval: &'static str, rules: &[Rule]) {
        let rules: Vec<Provisioned> =
            rules.iter().filter_map(|rule| Some(provisioned(rule, rule.question()?, site))).collect();
        if !rules.is_empty() {
            self.groups.push(Group { org_id: 1, name, folder: "svarstid", interval, rules });
        }
    }
}

fn provisioned(rule: &Rule, question: &Question, site: &str) -> Provisioned {
    let mut labels: BTreeMap<String, String> =
        rule.labels().iter().map(|(name, value)| ((*name).to_owned(), literal(value))).collect();
    labels.insert("site".to_owned(), literal(site));
    // Grafana calls an alert by its title, which must be its own.
    labels.insert("kind".to_owned(), rule.name().to_owned());
    let of = ["target", "queue", "unit"].iter().find_map(|name| rule.labels().get(name));
    let title = [Some(rule.name()), Some(site), of.map(String::as_str)].into_iter().flatten();
    let title = title.collect::<Vec<_>>().join(" ");
    let digest: String =
        Sha256::digest(title.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let (no_data_state, exec_err_state) = if rule.is_about_silence() {
        ("Alerting", "Alerting")
    } else {
        // That ClickHouse does not answer is told once, not by each of them.
        ("OK", "OK")
    };
    Provisioned {
        uid: format!("svarstid-{digest}"),
        title: literal(&title),
        condition: "B",
        lasts: rule.lasts().to_owned(),
        no_data_state,
        exec_err_state,
        labels,
        annotations: rule
            .annotations()
            .iter()
            .map(|(name, text)| ((*name).to_owned(), template(text)))
            .collect(),
        data: vec![asked(question), compared(question)],
    }
}

fn asked(question: &Question) -> Value {
    json!({
        "refId": "A", "queryType": "", "relativeTimeRange": { "from": 3600, "to": 0 }, "datasourceUid": CLICKHOUSE,
        "model": {
            "refId": "A", "datasource": { "type": "grafana-clickhouse-datasource", "uid": CLICKHOUSE },
            "editorType": "sql", "queryType": "table", "format": TABLE, "rawSql": question.sql,
            "intervalMs": 1000, "maxDataPoints": 43200,
        },
    })
}

fn compared(question: &Question) -> Value {
    json!({
        "refId": "B", "queryType": "", "relativeTimeRange": { "from": 0, "to": 0 }, "datasourceUid": EXPRESSION,
        "model": {
            "refId": "B", "datasource": { "type": EXPRESSION, "uid": EXPRESSION }, "type": "threshold", "expression": "A",
            "conditions": [{ "evaluator": { "type": "gt", "params": [question.over] } }],
            "intervalMs": 1000, "maxDataPoints": 43200,
        },
    })
}

/// Grafana would take what follows a dollar for a variable of its environment.
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// A template of Prometheus as one of Grafana, without dollars.
fn template(text: &str) -> String {
    literal(&text.replace("$labels.", ".Labels.").replace("$value", ".Values.A.Value"))
}
