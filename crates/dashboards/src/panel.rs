//! A panel: title, definition, questions, and how the answers are shown.

use crate::column::{Column, null_word};
use crate::definition::Definition;
use crate::grid::Place;
use crate::kind::{Judged, Kind, Unit};
use crate::query::Query;
use crate::text::{Language, Text, t};
use serde_json::{Value, json};

/// A panel.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Its title.
    pub title: Text,
    /// What it shows, in a sentence.
    pub description: Text,
    /// Where that is defined.
    pub definition: Definition,
    /// What it is.
    pub kind: Kind,
    /// How its values are written.
    pub unit: Unit,
    /// What it asks.
    pub queries: Vec<Query>,
    /// The columns of the answer.
    pub columns: Vec<Column>,
    /// Width and height on the grid.
    pub(crate) size: (u32, u32),
    judged: Judged,
    nothing: Text,
    null: Option<Text>,
    link: Option<(Text, &'static str)>,
    interval: Option<&'static str>,
    max: Option<f64>,
    merged_by: Option<&'static str>,
}

/// What a quiet Sunday shows.
const NO_CALLS: Text = t("no calls", "inga samtal");

impl Panel {
    pub(crate) fn new(
        kind: Kind,
        title: Text,
        description: Text,
        definition: Definition,
        unit: Unit,
    ) -> Self {
        Self {
            title,
            description,
            definition,
            kind,
            unit,
            queries: Vec::new(),
            columns: Vec::new(),
            size: (6, 4),
            judged: Judged::Not,
            nothing: NO_CALLS,
            null: None,
            link: None,
            interval: None,
            max: None,
            merged_by: None,
        }
    }

    pub(crate) fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    pub(crate) fn sql(mut self, sql: impl Into<String>) -> Self {
        self.queries.push(Query::Sql(sql.into()));
        self
    }

    pub(crate) fn metric(mut self, expression: impl Into<String>, legend: Text) -> Self {
        self.queries.push(Query::Metric { expression: expression.into(), legend });
        self
    }

    pub(crate) fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    pub(crate) fn columns(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.columns.extend(columns);
        self
    }

    pub(crate) fn judged(mut self, judged: Judged) -> Self {
        self.judged = judged;
        self
    }

    /// What stands there when there is nothing.
    pub(crate) fn nothing(mut self, nothing: Text) -> Self {
        self.nothing = nothing;
        self
    }

    /// What a figure of nothing says, where that is not the same.
    pub(crate) fn null(mut self, null: Text) -> Self {
        self.null = Some(null);
        self
    }

    /// A cell is empty for many reasons; elsewhere nothing is nothing.
    fn null_text(&self) -> Text {
        let is_table = matches!(self.kind, Kind::Table | Kind::Heat);
        self.null.unwrap_or(if is_table { t("–", "–") } else { self.nothing })
    }

    /// The smallest step of time, such as `15m`.
    pub(crate) fn interval(mut self, interval: &'static str) -> Self {
        self.interval = Some(interval);
        self
    }

    pub(crate) fn max(mut self, max: f64) -> Self {
        self.max = Some(max);
        self
    }

    /// The answers of all questions are one table, sorted by this column. Grafana asks side by side, so that the slowest counts.
    pub(crate) fn merged_by(mut self, column: &'static str) -> Self {
        self.merged_by = Some(column);
        self
    }

    /// Leads to another dashboard, with its variables and time, and more.
    pub(crate) fn link(mut self, title: Text, to: &'static str) -> Self {
        self.link = Some((title, to));
        self
    }

    pub(crate) fn json(&self, id: usize, place: Place, language: Language) -> Value {
        let description = format!("{}\n\n{}", self.description.of(language), self.definition.link(language));
        let mut panel = json!({
            "id": id, "type": self.kind.panel(), "title": self.title.of(language), "description": description,
            "gridPos": { "x": place.x, "y": place.y, "w": place.width, "h": place.height },
            "pluginVersion": "9.3.2", "transparent": false,
        });
        let targets = self.queries.iter().enumerate();
        let is_over_time = self.kind.is_over_time();
        panel["datasource"] = self.queries.first().map_or(Value::Null, Query::source);
        panel["targets"] = targets.map(|(at, query)| query.json(at, is_over_time, language)).collect();
        panel["options"] = self.kind.options();
        panel["fieldConfig"] = self.fields(language);
        if let Some(interval) = self.interval {
            panel["interval"] = json!(interval);
            panel["maxDataPoints"] = json!(300);
        }
        if let Some(column) = self.merged_by {
            panel["transformations"] = json!([
                { "id": "merge", "options": {} },
                { "id": "sortBy", "options": { "fields": {}, "sort": [{ "field": column }] } },
            ]);
        }
        if let Some((title, to)) = self.link {
            let url = to.replace("{lang}", language.code());
            panel["links"] = json!([{ "title": title.of(language), "url": url, "targetBlank": false }]);
        }
        panel
    }

    fn fields(&self, language: Language) -> Value {
        let nothing = self.nothing.of(language);
        let mut defaults = json!({
            "unit": self.unit.id(), "noValue": nothing, "mappings": [null_word(self.null_text().of(language))],
            "thresholds": self.judged.thresholds(), "color": { "mode": self.kind.colors() }, "custom": self.kind.custom(),
        });
        if let Some(decimals) = self.unit.decimals() {
            defaults["decimals"] = json!(decimals);
        }
        if self.kind != Kind::Table && self.kind != Kind::Heat {
            defaults["min"] = json!(0);
        }
        if let Some(max) = self.max {
            defaults["max"] = json!(max);
        }
        let overrides: Vec<Value> =
            self.columns.iter().map(|column| column.json(language, self.null_text())).collect();
        json!({ "defaults": defaults, "overrides": overrides })
    }
}
