//! The Grafana dashboards, made by code: the panels, their queries and their words in English and Swedish stand here once, and become classic
//! dashboard JSON that Grafana 9.3 to 12 load. Pure: whoever calls writes the files.

mod board;
mod boards;
mod column;
mod definition;
mod grid;
mod json;
mod kind;
mod panel;
mod query;
mod sql;
mod text;
mod variable;

pub use board::{Annotation, Dashboard, Row};
pub use column::Column;
pub use definition::{Definition, REPOSITORY};
pub use kind::{Judged, Kind, Unit};
pub use panel::Panel;
pub use query::{CLICKHOUSE, PROMETHEUS, Query};
pub use sql::{ANY, K};
pub use text::{Language, Text};
pub use variable::Variable;

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Below `grafana/dashboards`, with `/`.
    pub path: String,
    /// JSON, with a line end.
    pub text: String,
}

/// Every dashboard.
#[must_use]
pub fn dashboards() -> Vec<Dashboard> {
    boards::all()
}

/// Every dashboard in every language, as files below `grafana/dashboards`.
#[must_use]
pub fn files() -> Vec<File> {
    let mut files = Vec::new();
    for language in Language::ALL {
        for dashboard in dashboards() {
            let json = dashboard.json(language);
            let path = format!("{}/{}.json", language.code(), dashboard.name);
            files.push(File { path, text: format!("{json:#}\n") });
        }
    }
    files
}
