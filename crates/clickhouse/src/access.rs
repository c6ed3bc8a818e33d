//! Who may read what: users, roles and row policies for the server's `users.d`.
//!
//! Views are read with the rights of whoever asks, down to the tables: a column that is not granted is not readable through a view
//! either, and a row policy holds there, too (for the latest version of a call: ClickHouse applies it after `FINAL`).

use crate::cluster::local;
use std::fmt::Write;

/// Columns of `calls` that tell of persons: callers, those sought, those who answered.
pub const PERSONAL_COLUMNS: &[&str] = &[
    "caller",
    "caller_pseudonyms",
    "dialled",
    "dialled_pseudonyms",
    "sought",
    "asked_for",
    "answered_by",
    "passes",
    "rings",
];

/// The others.
pub const CALL_COLUMNS: &[&str] = &[
    "site",
    "call_id",
    "version",
    "is_final",
    "direction",
    "arrived_at",
    "queued_at",
    "alerted_at",
    "answered_at",
    "ended_at",
    "caller_party",
    "dialled_party",
    "dialled_kind",
    "unit",
    "outcome",
    "reach",
    "final_reach",
    "lost_stage",
    "operator_cause",
    "not_diverted_reason",
    "diverted_reason",
    "after_transfer",
    "answer_time_us",
    "lost_after_us",
    "ring_us",
    "caller_signals",
    "ring_signals",
    "message_left",
    "transfers",
    "left_on_hold",
    "merged_into",
    "is_partial",
    "sources",
    "kafka_topic",
    "kafka_topic_id",
    "kafka_partition",
    "kafka_offset",
    "inserted_at",
];

/// Views that every reader may ask.
pub const VIEWS: &[&str] = &[
    "answer_time",
    "by_hour",
    "by_span",
    "calls_latest",
    "calls_merged",
    "completeness",
    "confidence",
    "data_quality",
    "definitions",
    "gaps",
    "kpi",
    "loss",
    "notes",
    "operator_load",
    "opening_hours",
    "queues",
    "raised_alerts",
    "reach",
    "reach_ladder",
    "service_level",
    "sites",
    "targets",
    "targets_kept",
    "undiverted",
    "units",
];

/// Tables of figures, of the configuration and of what is told beside them, in which nobody is to be named.
const FIGURES: [&str; 9] = [
    "kpi_windows",
    "kpi_corrections",
    "config_sites",
    "config_units",
    "config_queues",
    "config_targets",
    "config_opening_hours",
    "annotations",
    "alerts",
];
/// Of rejected records everything but what they held.
const REJECTED_COLUMNS: &str = "site, stage, kind, source_position, rejected_at, reason";

/// One user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Its name: letters, digits and `_`.
    pub name: String,
    /// SHA-256 of its password, in hexadecimal.
    pub password_sha256: String,
    /// Units whose rows it sees; none: all rows.
    pub units: Vec<String>,
    /// Queues of these units.
    pub queues: Vec<String>,
    /// Whether it reads columns that tell of persons.
    pub is_personal: bool,
    /// From where it may come; none: from everywhere.
    pub network: Option<String>,
}

/// A file for `users.d`.
#[must_use]
pub fn users_file(database: &str, readers: &[Reader]) -> String {
    format!(
        "<!-- Written by `svarstid access`. -->\n<clickhouse>\n<profiles>\n{PROFILE}</profiles>\n<roles>\n{}</roles>\n<users>\n{}</users>\n</clickhouse>\n",
        roles(database),
        users(database, readers)
    )
}

/// What readers may do: no more than ask. 2, not 1: Grafana sends a time limit with every query. Such a user may choose settings, but not
/// that row policies look at versions that do not count any more. Expressions are not compiled: that makes each question's third answer
/// take up to half a second, and none shorter (docs/performance.md).
pub const PROFILE: &str = "<svarstid_reader><readonly>2</readonly><max_execution_time>60</max_execution_time>\
     <compile_expressions>0</compile_expressions>\
     <apply_row_policy_after_final>1</apply_row_policy_after_final>\
     <constraints><apply_row_policy_after_final><const/></apply_row_policy_after_final></constraints></svarstid_reader>\n";

/// The roles.
#[must_use]
pub fn roles(database: &str) -> String {
    let all_of = |table| names(table).map(move |name| format!("SELECT ON {database}.{name}"));
    let views = VIEWS.iter().chain(&FIGURES).copied().flat_map(all_of);
    let some = [("calls", CALL_COLUMNS.join(", ")), ("rejected", REJECTED_COLUMNS.to_owned())];
    let columns = some.iter().flat_map(|(table, columns)| {
        names(table).map(move |name| format!("SELECT({columns}) ON {database}.{name}"))
    });
    let all = format!("SELECT ON {database}.*");
    role("svarstid_figures", views.chain(columns)) + &role("svarstid_persons", std::iter::once(all))
}

fn role(name: &str, grants: impl Iterator<Item = String>) -> String {
    let grants: String = grants.map(|grant| format!("<query>GRANT {grant}</query>\n")).collect();
    format!("<{name}><grants>\n{grants}</grants></{name}>\n")
}

/// The users.
#[must_use]
pub fn users(database: &str, readers: &[Reader]) -> String {
    readers.iter().fold(String::new(), |mut text, reader| {
        let Reader { name, password_sha256, network, is_personal, .. } = reader;
        let network = network.as_deref().unwrap_or("::/0");
        let role = if *is_personal { "svarstid_persons" } else { "svarstid_figures" };
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "<{name}>\n<password_sha256_hex>{password_sha256}</password_sha256_hex>\n<networks><ip>{network}</ip></networks>\n\
             <profile>svarstid_reader</profile>\n<quota>default</quota>\n<grants><query>GRANT {role}</query></grants>\n{}</{name}>\n",
            policies(database, reader)
        );
        text
    })
}

/// Which rows of the tables are seen.
fn policies(database: &str, reader: &Reader) -> String {
    if reader.units.is_empty() {
        return String::new();
    }
    let units = list(&reader.units);
    let mut figures = format!("dimension = 'unit' AND name IN ({units})");
    if !reader.queues.is_empty() {
        let _ = write!(figures, " OR dimension = 'queue' AND name IN ({})", list(&reader.queues));
    }
    let calls = format!("unit IN ({units})");
    let hours = format!("queue IN ({})", list(&[&[String::new()], &reader.queues[..]].concat()));
    // What is told beside the figures: of a unit, of one of its queues, or of the whole site.
    let mut told = format!("{calls} OR unit = '' AND queue = ''");
    if !reader.queues.is_empty() {
        let _ = write!(told, " OR queue IN ({})", list(&reader.queues));
    }
    let tables = [
        ("config_sites", "1"),
        ("config_units", &calls),
        ("config_queues", &calls),
        ("config_targets", &figures),
        ("config_opening_hours", &hours),
        ("calls", calls.as_str()),
        ("kpi_windows", &figures),
        ("kpi_corrections", &figures),
        ("rejected", "0"),
        ("annotations", &told),
        ("alerts", &told),
        // An event names no unit.
        ("call_events", "0"),
    ];
    let filter = |table: &str, rows: &str| format!("<{table}><filter>{}</filter></{table}>\n", xml(rows));
    let filters: String =
        tables.iter().flat_map(|(table, rows)| names(table).map(move |table| filter(&table, rows))).collect();
    format!("<databases><{database}>\n{filters}</{database}></databases>\n")
}

/// A table, and the one that has its rows on each node of a cluster. On one node there is none of that name: to grant it is nothing.
fn names(table: &str) -> impl Iterator<Item = String> {
    let local = Some(local(table)).filter(|local| local != table);
    std::iter::once(table.to_owned()).chain(local)
}

fn list(names: &[String]) -> String {
    let quoted = names.iter().map(|name| format!("'{}'", name.replace('\\', "\\\\").replace('\'', "\\'")));
    quoted.collect::<Vec<_>>().join(", ")
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_neither_its_quotes_nor_its_element() {
        let reader = Reader {
            name: "anna".into(),
            password_sha256: "00".into(),
            units: vec!["o'brien <\\>".into()],
            queues: Vec::new(),
            is_personal: false,
            network: None,
        };
        let text = users_file("svarstid", &[reader]);
        assert!(text.contains(r"unit IN ('o\'brien &lt;\\&gt;')"), "{text}");
        assert!(text.contains("GRANT svarstid_figures</query>"), "{text}");
        // On a cluster the rows are in other tables.
        assert!(text.contains(r"<calls_local><filter>unit IN ('o\'brien &lt;\\&gt;')"), "{text}");
        assert!(text.contains("<rejected_local><filter>0</filter>"), "{text}");
        assert!(text.contains("ON svarstid.calls_local</query>"), "{text}");
        assert!(text.contains("GRANT SELECT ON svarstid.kpi_windows_local</query>"), "{text}");
    }
}
