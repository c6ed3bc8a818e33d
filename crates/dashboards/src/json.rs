//! Small pieces of Grafana's JSON.

use crate::board::Annotation;
use crate::query::{CLICKHOUSE, source, sql_target};
use crate::text::Language;
use serde_json::{Value, json};

/// To a dashboard by its name; choices and time stay.
pub(crate) fn link(name: &str, title: &str, language: Language) -> Value {
    json!({
        "type": "link", "title": title, "url": format!("/d/svarstid-{name}-{}", language.code()), "icon": "dashboard",
        "includeVars": true, "keepTime": true, "targetBlank": false, "asDropdown": false, "tags": [], "tooltip": "",
    })
}

pub(crate) fn annotation(annotation: &Annotation, language: Language) -> Value {
    json!({
        "name": annotation.name.of(language), "datasource": source(CLICKHOUSE), "enable": true, "hide": false,
        "iconColor": annotation.color, "target": sql_target("Anno", &annotation.sql, false),
    })
}
