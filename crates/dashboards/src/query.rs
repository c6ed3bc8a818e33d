//! Questions to the data sources, in the form of the plugins that ask them.

use crate::text::{Language, Text};
use serde_json::{Value, json};

/// The data source of calls: type and uid, as provisioned.
pub const CLICKHOUSE: (&str, &str) = ("grafana-clickhouse-datasource", "svarstid-clickhouse");
/// The data source of the services' metrics.
pub const PROMETHEUS: (&str, &str) = ("prometheus", "svarstid-prometheus");

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// SQL, with the plugin's macros and Grafana's variables.
    Sql(String),
    /// PromQL.
    Metric {
        /// The expression.
        expression: String,
        /// What each series is called.
        legend: Text,
    },
}

pub(crate) fn source((kind, uid): (&str, &str)) -> Value {
    json!({ "type": kind, "uid": uid })
}

impl Query {
    pub(crate) fn source(&self) -> Value {
        match self {
            Self::Sql(_) => source(CLICKHOUSE),
            Self::Metric { .. } => source(PROMETHEUS),
        }
    }

    /// `is_over_time`: each answer is a row of moments; otherwise only the newest one counts.
    pub(crate) fn json(&self, at: usize, is_over_time: bool, language: Language) -> Value {
        let name = char::from(b'A' + u8::try_from(at % 26).unwrap_or(0)).to_string();
        match self {
            Self::Sql(sql) => sql_target(&name, sql, is_over_time),
            Self::Metric { expression, legend } => json!({
                "refId": name, "datasource": source(PROMETHEUS), "editorMode": "code", "expr": expression,
                "legendFormat": legend.of(language), "instant": !is_over_time, "range": is_over_time,
                "format": "time_series",
            }),
        }
    }
}

/// The backend reads `format` (0: time series, 1: table), the editor `queryType`.
pub(crate) fn sql_target(name: &str, sql: &str, is_over_time: bool) -> Value {
    json!({
        "refId": name, "datasource": source(CLICKHOUSE), "editorType": "sql",
        "queryType": if is_over_time { "timeseries" } else { "table" },
        "format": i32::from(!is_over_time), "rawSql": sql,
    })
}
