//! A dashboard: rows of panels, choices above them, links, and what is marked on the lines of time.

use crate::grid::{Grid, WIDTH};
use crate::json::{annotation, link};
use crate::panel::Panel;
use crate::text::{Language, Text};
use crate::variable::Variable;
use serde_json::{Value, json};

/// Panels under a heading.
#[derive(Debug, Clone)]
pub struct Row {
    /// The heading.
    pub title: Text,
    /// From left to right, as many lines as it takes.
    pub panels: Vec<Panel>,
}

/// Spans that are marked on every panel over time.
#[derive(Debug, Clone)]
pub struct Annotation {
    /// What they are.
    pub name: Text,
    /// SQL whose columns are `time`, `timeEnd` and `text`.
    pub sql: String,
    /// Grafana's name of a colour.
    pub color: &'static str,
}

/// A dashboard.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// The name of its file, and the middle of its uid.
    pub name: &'static str,
    /// Its title.
    pub title: Text,
    /// Whom it is for.
    pub description: Text,
    /// From when on, in Grafana's words, such as `now-7d`.
    pub from: &'static str,
    /// How often it is asked again, such as `30s`; empty: when somebody wants it.
    pub refresh: &'static str,
    /// The choices above it.
    pub variables: Vec<Variable>,
    /// What is marked.
    pub annotations: Vec<Annotation>,
    /// Its panels.
    pub rows: Vec<Row>,
}

impl Dashboard {
    /// The id under which others link to it; never changes.
    #[must_use]
    pub fn uid(&self, language: Language) -> String {
        format!("svarstid-{}-{}", self.name, language.code())
    }

    /// As Grafana reads it.
    #[must_use]
    pub fn json(&self, language: Language) -> Value {
        let annotations: Vec<Value> = self.annotations.iter().map(|a| annotation(a, language)).collect();
        let variables: Vec<Value> = self.variables.iter().map(|variable| variable.json(language)).collect();
        json!({
            "uid": self.uid(language), "title": self.title.of(language), "description": self.description.of(language),
            "tags": ["svarstid", language.code()], "schemaVersion": 37, "version": 1, "editable": true, "style": "dark",
            "timezone": "browser", "weekStart": "monday", "fiscalYearStartMonth": 0, "graphTooltip": 1, "liveNow": false,
            "time": { "from": self.from, "to": "now" }, "timepicker": {}, "refresh": self.refresh,
            "annotations": { "list": annotations }, "templating": { "list": variables },
            "links": self.links(language), "panels": self.panels(language),
        })
    }

    fn panels(&self, language: Language) -> Vec<Value> {
        let (mut grid, mut panels) = (Grid::default(), Vec::new());
        for row in &self.rows {
            grid.next_line();
            let place = grid.place(WIDTH, 1);
            panels.push(json!({
                "id": panels.len() + 1, "type": "row", "title": row.title.of(language), "collapsed": false, "panels": [],
                "gridPos": { "x": place.x, "y": place.y, "w": place.width, "h": place.height },
            }));
            for panel in &row.panels {
                let place = grid.place(panel.size.0, panel.size.1);
                panels.push(panel.json(panels.len() + 1, place, language));
            }
        }
        panels
    }

    /// To the other dashboards in this language, and to this one in the other language; choices and time stay.
    fn links(&self, language: Language) -> Vec<Value> {
        let others = crate::boards::NAMES.iter().filter(|(name, _)| *name != self.name);
        let mut links: Vec<Value> =
            others.map(|(name, title)| link(name, title.of(language), language)).collect();
        links.push(link(self.name, language.other().name(), language.other()));
        links
    }
}
