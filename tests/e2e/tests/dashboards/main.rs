//! Every query of every dashboard against the real engine, on the recording: with all, with one and with two values of each choice, of a
//! time in which nothing happened, and with names that hold a quote. And the figures are those of the views.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod alerts;
mod figures;
mod grafana;
mod shape;
#[path = "../sink_support/mod.rs"]
mod sink_support;
mod told;

use dashboards::Language;
use e2e::{Machine, recording};
use grafana::{Choices, Chosen, Range, interval_s, with_macros, with_variables};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use told::Told;

const PATIENCE: Duration = Duration::from_secs(180);
/// Half a day of 2001, in which nothing was heard.
const QUIET: (i64, i64) = (1_000_000_000, 1_000_043_200);

/// Queries that have no rows on the recording, and why. Everything else must have some.
const EMPTY: [(&str, &str, &str); 0] = [];

/// A reader of one department; where alerts are told; and the events, which one panel shows.
const MORE: &str = r#"
[sink.alerts]
listen = "127.0.0.1:PORT"
bearer_token_file = "alerts-token"
[[readers]]
name = "head"
password = "h"
units = ["socialforvaltningen"]
[sink]
call_events = true
[retention]
events_days = 36500
"#;

/// A query of a dashboard, as it stands in its file.
struct Question {
    dashboard: &'static str,
    title: String,
    /// The panel; of a variable or annotation its own JSON.
    of: Value,
    sql: String,
}

/// Every query to ClickHouse that a dashboard makes. Both languages ask the same: a test of the crate.
fn questions(name: &'static str, dashboard: &Value) -> Vec<Question> {
    let mut questions = Vec::new();
    let mut add = |of: &Value, title: &Value, sql: &Value| {
        if let Some(sql) = sql.as_str() {
            let title = title.as_str().unwrap().to_owned();
            questions.push(Question { dashboard: name, title, of: of.clone(), sql: sql.to_owned() });
        }
    };
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            add(panel, &panel["title"], &target["rawSql"]);
        }
    }
    for annotation in dashboard["annotations"]["list"].as_array().unwrap() {
        add(annotation, &annotation["name"], &annotation["target"]["rawSql"]);
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if variable["type"] == "query" {
            add(variable, &variable["name"], &variable["query"]);
        }
    }
    questions
}

struct Filled {
    machine: Machine,
    /// From before the first call to after the last one, Unix seconds.
    span: (i64, i64),
    /// The same, and when something was refused: by the clock of today.
    all: (i64, i64),
    /// A call with passes and phones.
    call: String,
}

impl Filled {
    fn start() -> Self {
        let told = Told::new();
        let machine = Machine::with(&MORE.replace("PORT", &told.port.to_string()));
        told.write_token(machine.folder());
        let (processor, sink) = (machine.spawn(&["process"]), machine.spawn(&["sink"]));
        // One message that cannot be used, so that something is refused.
        let garbled = machine.folder().join("garbled.txt");
        std::fs::write(&garbled, recording() + "Event: Newchannel\r\nnothing\r\n\r\n").unwrap();
        machine.run(&["collect", "--replay", garbled.to_str().unwrap()]);
        machine.wait_for("SELECT count() FROM calls_latest WHERE is_final", "171", PATIENCE);
        machine.wait_for("SELECT count() FROM rejected FINAL", "1", PATIENCE);
        machine.wait_for("SELECT sum(offered) FROM kpi WHERE dimension = 'site'", "171", PATIENCE);
        told.tell(&machine);
        machine.wait_for("SELECT count() > 4000 FROM call_events", "1", PATIENCE);
        processor.stop();
        sink.stop();
        let span = |of: &str| {
            let sql =
                format!("SELECT toUnixTimestamp(min(at)) - 3600, toUnixTimestamp(max(at)) + 900 FROM ({of})");
            let answer = machine.ask(&sql);
            let (from, to) = answer.split_once('\t').unwrap();
            (from.parse().unwrap(), to.parse().unwrap())
        };
        let of_calls = "SELECT arrived_at AS at FROM calls_latest";
        let of_all = format!("{of_calls} UNION ALL SELECT rejected_at AS at FROM rejected");
        let (of_calls, of_all) = (span(of_calls), span(&of_all));
        let call = machine.ask(
            "SELECT call_id FROM calls_latest WHERE notEmpty(passes) AND notEmpty(rings) AND outcome = 'answered' LIMIT 1",
        );
        Self { span: of_calls, all: of_all, call, machine }
    }

    /// What ClickHouse is asked in the end.
    fn sql(question: &Question, choices: &Choices, (from, to): (i64, i64)) -> String {
        let range = Range { from, to, interval_s: interval_s(&question.of, from, to) };
        with_macros(&with_variables(&question.sql, choices), range) + "\nFORMAT JSONCompact"
    }

    /// The answer as JSON (`meta` and `data`), if it fits the panel; else what is wrong.
    fn ask(&self, question: &Question, choices: &Choices, span: (i64, i64)) -> Result<Value, String> {
        let sql = Self::sql(question, choices, span);
        let answer = self.machine.ask(&sql);
        let place = format!("{}, {}", question.dashboard, question.title);
        let answer = serde_json::from_str(&answer).map_err(|_| format!("{place}: {answer}\n{sql}"))?;
        match shape::misfit(&question.of, &answer) {
            None => Ok(answer),
            Some(fault) => Err(format!("{place}: {fault}")),
        }
    }

    /// The values of each variable that has any: those of ClickHouse, or those that stand in the dashboard.
    fn values(&self, dashboard: &Value, questions: &[Question]) -> BTreeMap<String, Vec<String>> {
        let all = self.choices(dashboard, &BTreeMap::new(), usize::MAX);
        let mut values = BTreeMap::new();
        for variable in dashboard["templating"]["list"].as_array().unwrap() {
            let name = variable["name"].as_str().unwrap();
            let found: Vec<String> = match questions.iter().find(|q| q.title == name && q.of == *variable) {
                Some(question) => {
                    let answer = self.ask(question, &all, self.span).unwrap();
                    answer["data"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|row| row[0].as_str().unwrap().into())
                        .collect()
                }
                None => {
                    let options = variable["options"].as_array().unwrap().iter();
                    options
                        .map(|o| o["value"].as_str().unwrap().to_owned())
                        .filter(|v| v != "$__all")
                        .collect()
                }
            };
            values.insert(name.to_owned(), found);
        }
        values
    }

    /// What is chosen when a dashboard is opened.
    fn at_first(&self, dashboard: &Value, questions: &[Question]) -> Choices {
        let values = self.values(dashboard, questions);
        let single = |name: &str| ["zone", "within_s"].contains(&name);
        self.choices(dashboard, &values.into_iter().filter(|(name, _)| single(name)).collect(), 0)
    }

    /// Each variable with so many of its values; none: all of them.
    fn choices(&self, dashboard: &Value, values: &BTreeMap<String, Vec<String>>, count: usize) -> Choices {
        let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
        let choose = |variable: &Value| {
            let name = variable["name"].as_str().unwrap();
            let chosen = match (variable["allValue"].as_str(), values.get(name)) {
                (Some(_), Some(values)) => Chosen::Values(values.iter().take(count).cloned().collect()),
                (Some(all), None) => Chosen::All(all.to_owned()),
                // Grafana takes the first one
                (None, values) if variable["type"] == "query" => {
                    Chosen::Values(values.into_iter().flatten().take(1).cloned().collect())
                }
                (None, _) if name == "call" => Chosen::Values(vec![self.call.clone()]),
                (None, _) => Chosen::Values(vec![variable["current"]["value"].as_str().unwrap().to_owned()]),
            };
            (name.to_owned(), chosen)
        };
        variables.map(choose).collect()
    }
}

#[test]
fn every_query_runs_and_fits_its_panel() {
    let filled = Filled::start();
    let mut faults = Vec::new();
    for dashboard in dashboards::dashboards() {
        let json = dashboard.json(Language::En);
        let questions = questions(dashboard.name, &json);
        let values = filled.values(&json, &questions);
        let all = filled.at_first(&json, &questions);
        let span = if dashboard.name == "health" { filled.all } else { filled.span };
        let some = [1, 2].map(|count| filled.choices(&json, &values, count));
        for question in &questions {
            faults.extend(has_rows(question, filled.ask(question, &all, span)).err());
            faults.extend(some.iter().filter_map(|some| filled.ask(question, some, span).err()));
            faults.extend(is_quiet(question, filled.ask(question, &all, QUIET)).err());
        }
        let mut odd = all.clone();
        odd.extend(
            filled.choices(&json, &odd_names().into(), 1).into_iter().filter(|(name, _)| is_odd(name)),
        );
        let large = questions.iter().filter(|question| question.of["type"] == "stat");
        faults
            .extend(large.filter_map(|question| is_quiet(question, filled.ask(question, &odd, span)).err()));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n\n"));
    figures::all(&filled);
}

fn has_rows(question: &Question, answer: Result<Value, String>) -> Result<(), String> {
    let answer = answer?;
    let place = format!("{}, {}", question.dashboard, question.title);
    let excused = EMPTY.iter().any(|(name, title, _)| format!("{name}, {title}") == place);
    let mut cells = answer["data"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    match (cells.any(|cell| !cell.is_null()), excused) {
        (true, false) | (false, true) => Ok(()),
        (true, true) => Err(format!("{place}: has rows, and needs no excuse")),
        (false, false) => Err(format!("{place}: nothing on the recording")),
    }
}

/// No error, and no figure that looks like one.
fn is_quiet(question: &Question, answer: Result<Value, String>) -> Result<(), String> {
    let answer = answer?;
    let cell = &answer["data"][0][0];
    // how many are to be called back is 0 then, and is known to be
    let told = question.title == "To be called back" && *cell == 0;
    if question.of["type"] == "stat" && !cell.is_null() && !told {
        return Err(format!("{}, {}: {cell} of nothing", question.dashboard, question.title));
    }
    Ok(())
}

fn is_odd(name: &str) -> bool {
    odd_names().iter().any(|(odd, _)| odd == name)
}

/// A name that nothing has, with all that could end a text in SQL.
fn odd_names() -> [(String, Vec<String>); 7] {
    let names = ["site", "queue", "unit", "dialled_kind", "direction", "outcome", "reach"];
    names.map(|name| (name.to_owned(), vec!["O'Brien') OR (1".to_owned()]))
}
