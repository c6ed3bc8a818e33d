//! What a rules file of Prometheus consists of.

use super::questions::Question;
use config::Alerts;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
pub struct RuleFile {
    pub groups: Vec<Group>,
}

#[derive(Debug, Serialize)]
pub struct Group {
    pub name: String,
    /// The default of a minute would be longer than a caller should wait to be noticed.
    pub interval: &'static str,
    pub rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
pub struct Rule {
    alert: &'static str,
    /// Of Prometheus; none: only the tables tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    expr: Option<String>,
    #[serde(rename = "for")]
    lasts: String,
    /// Still raised so long after it was true for the last time; Grafana before 12 does not know the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_firing_for: Option<&'static str>,
    labels: BTreeMap<&'static str, String>,
    annotations: BTreeMap<&'static str, String>,
    /// Of ClickHouse; none: only the services tell.
    #[serde(skip)]
    question: Option<Question>,
    #[serde(skip)]
    is_about_silence: bool,
}

/// Who is told.
#[derive(Debug, Clone, Copy)]
pub enum Severity {
    /// Somebody should look now: callers wait, or figures are being lost.
    Page,
    /// Within the day.
    Ticket,
}

/// One of Grafana's boards.
#[derive(Debug, Clone, Copy)]
pub enum Board {
    Wall,
    Switchboard,
    Departments,
    Health,
}

impl Board {
    const fn name(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Switchboard => "switchboard",
            Self::Departments => "departments",
            Self::Health => "health",
        }
    }
}

impl Rule {
    pub fn new(alert: &'static str, severity: Severity, expr: String, lasts: &str) -> Self {
        Self { expr: Some(expr), ..Self::of_tables(alert, severity, lasts) }
    }

    /// One that Prometheus cannot tell; see `asks`.
    pub fn of_tables(alert: &'static str, severity: Severity, lasts: &str) -> Self {
        let word = match severity {
            Severity::Page => "page",
            Severity::Ticket => "ticket",
        };
        let labels = BTreeMap::from([("severity", word.to_owned())]);
        Self {
            alert,
            expr: None,
            lasts: lasts.to_owned(),
            keep_firing_for: None,
            labels,
            annotations: BTreeMap::new(),
            question: None,
            is_about_silence: false,
        }
    }

    /// What Grafana asks for the same.
    pub fn asks(mut self, question: Question) -> Self {
        self.question = Some(question);
        self
    }

    /// A moment in which it is not true does not end it.
    pub const fn kept_for(mut self, time: &'static str) -> Self {
        self.keep_firing_for = Some(time);
        self
    }

    /// No answer is one, too.
    pub const fn of_silence(mut self) -> Self {
        self.is_about_silence = true;
        self
    }

    /// A label that the expression does not give; an empty one is none.
    pub fn label(mut self, name: &'static str, value: &str) -> Self {
        if !value.is_empty() {
            self.labels.insert(name, plain(value));
        }
        self
    }

    /// What happened in one line, and all of it: what, where, since when, how bad, what to do. Both are templates.
    pub fn says(mut self, summary: &str, description: &str) -> Self {
        self.annotations.insert("summary", summary.to_owned());
        self.annotations.insert("description", description.to_owned());
        self
    }

    /// Where to look, and what to do.
    pub fn links(mut self, alerts: &Alerts, board: Board, query: &str) -> Self {
        self.annotations.insert("dashboard", format!("{}{query}", board_url(alerts, board.name())));
        let anchor = self.alert.to_lowercase();
        self.annotations.insert("runbook_url", format!("{}#{anchor}", plain(&alerts.runbook_url)));
        self
    }
}

impl Rule {
    pub const fn name(&self) -> &'static str {
        self.alert
    }

    pub fn lasts(&self) -> &str {
        &self.lasts
    }

    pub const fn labels(&self) -> &BTreeMap<&'static str, String> {
        &self.labels
    }

    pub const fn annotations(&self) -> &BTreeMap<&'static str, String> {
        &self.annotations
    }

    pub const fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    pub const fn is_for_prometheus(&self) -> bool {
        self.expr.is_some()
    }

    pub const fn is_about_silence(&self) -> bool {
        self.is_about_silence
    }

    /// Where the calls are that it is about, of the last so many minutes.
    pub fn calls(mut self, alerts: &Alerts, minutes: u32) -> Self {
        let link = format!(
            "{}?var-site={{{{ $labels.site | urlquery }}}}&from=now-{minutes}m&to=now",
            board_url(alerts, "calls")
        );
        self.annotations.insert("calls", link);
        self
    }
}

fn board_url(alerts: &Alerts, board: &str) -> String {
    let grafana = plain(alerts.grafana_url.trim_end_matches('/'));
    format!("{grafana}/d/svarstid-{board}-{}", alerts.dashboard_language.code())
}

/// Text of the configuration in a template of Prometheus: two braces would begin an action.
fn plain(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_templates() {
        assert_eq!(plain("a {{ b"), "a {{ \"{{\" }} b");
        assert_eq!(plain("Växeln"), "Växeln");
    }
}
