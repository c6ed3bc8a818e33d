//! How fast the dashboards are on what a ClickHouse holds: every query as Grafana sends it, over its dashboard's own time and over longer
//! ones, again and again; then each dashboard as a whole, as many queries at a time as a browser makes. `docs/performance.md` has the figures.
//!
//! Arguments: the address (`http://127.0.0.1:18123`), how often each is asked (20), and the folder for `dashboard_queries.json`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made ends loudly"
)]
#![allow(dead_code, clippy::panic, reason = "the tests use all of what is shared with them")]

#[path = "../../tests/dashboards/grafana.rs"]
mod grafana;
mod server;

use dashboards::Language;
use grafana::{Choices, Chosen, Range, interval_s, with_macros, with_variables};
use serde_json::{Value, json};
use server::Server;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// So many questions a browser has under way at one server.
const AT_A_TIME: usize = 6;
const DAY_S: i64 = 86_400;

/// A question of a dashboard.
struct Question {
    dashboard: &'static str,
    title: String,
    panel: Value,
    sql: String,
    choices: Choices,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let server = Server::new(&arguments.next().unwrap_or_else(|| "http://127.0.0.1:18123".into()));
    let times = arguments.next().map_or(20, |times| times.parse().unwrap());
    let folder = arguments.next();
    let number = |sql: &str| server.text(sql).parse::<i64>().unwrap();
    let calls = number("SELECT count() FROM calls_latest");
    assert!(calls > 0, "there are no calls");
    let newest = number("SELECT toUnixTimestamp(max(arrived_at)) FROM calls");
    tell_size(&server, calls);
    let questions = questions(&server);
    let mut told = Vec::new();
    for (name, days) in [("own", None), ("90_days", Some(90)), ("1_year", Some(365)), ("5_years", Some(1826))]
    {
        told.extend(measure(&server, &questions, name, days, newest, times));
    }
    if let Some(folder) = folder {
        let file = std::path::Path::new(&folder).join("dashboard_queries.json");
        std::fs::write(file, serde_json::to_string_pretty(&told).unwrap()).unwrap();
    }
}

fn tell_size(server: &Server, calls: i64) {
    println!("bench calls {calls} calls");
    for (table, of) in [("calls", calls), ("kpi_windows", 0), ("kpi_corrections", 0)] {
        let sql = format!(
            "SELECT sum(bytes_on_disk), sum(rows), count() FROM system.parts WHERE active AND database = currentDatabase() AND table = '{table}'"
        );
        let answer = server.text(&sql);
        let found: Vec<i64> = answer.split('\t').map(|number| number.parse().unwrap()).collect();
        println!("bench {table}_bytes {} bytes, {} rows in {} parts", found[0], found[1], found[2]);
        if of > 0 {
            println!("bench {table}_bytes_per_call {} bytes", found[0] / of);
        }
    }
}

fn questions(server: &Server) -> Vec<Question> {
    let mut questions = Vec::new();
    for dashboard in dashboards::dashboards() {
        let json = dashboard.json(Language::En);
        let choices = choices(server, &json);
        let panels = json["panels"].as_array().unwrap().iter();
        let annotations = json["annotations"]["list"].as_array().unwrap().iter();
        let asked = panels
            .flat_map(|panel| {
                let targets = panel["targets"].as_array().into_iter().flatten();
                targets.map(move |target| (panel, &panel["title"], &target["rawSql"]))
            })
            .chain(annotations.map(|one| (one, &one["name"], &one["target"]["rawSql"])));
        for (panel, title, sql) in asked {
            let Some(sql) = sql.as_str() else { continue };
            questions.push(Question {
                dashboard: dashboard.name,
                title: title.as_str().unwrap().to_owned(),
                panel: panel.clone(),
                sql: sql.to_owned(),
                choices: choices.clone(),
            });
        }
    }
    questions
}

/// As when a dashboard is opened.
fn choices(server: &Server, dashboard: &Value) -> Choices {
    let call = server.text("SELECT call_id FROM calls ORDER BY arrived_at DESC LIMIT 1");
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    let choose = |variable: &Value| {
        let name = variable["name"].as_str().unwrap();
        let current = &variable["current"]["value"];
        let value = |value: &str| Chosen::Values(vec![value.to_owned()]);
        let chosen = match (variable["allValue"].as_str(), current) {
            (Some(all), value) if value[0] == "$__all" => Chosen::All(all.to_owned()),
            (Some(_), values) => value(values[0].as_str().unwrap()),
            (None, _) if name == "call" => value(&call),
            (None, _) if variable["type"] == "query" => {
                let all = server.text(variable["query"].as_str().unwrap());
                value(all.lines().next().unwrap())
            }
            (None, current) => value(current.as_str().unwrap()),
        };
        (name.to_owned(), chosen)
    };
    variables.map(choose).collect()
}

fn sql(question: &Question, days: Option<i64>, newest: i64) -> String {
    let dashboard = dashboards::dashboards().into_iter().find(|one| one.name == question.dashboard).unwrap();
    let length_s = days.map_or_else(|| length_s(dashboard.from), |days| days * DAY_S);
    let from = newest - length_s;
    let range = Range { from, to: newest, interval_s: interval_s(&question.panel, from, newest) };
    with_macros(&with_variables(&question.sql, &question.choices), range)
}

/// `now-6h`
fn length_s(from: &str) -> i64 {
    let text = from.strip_prefix("now-").unwrap();
    let (number, unit) = text.split_at(text.len() - 1);
    let unit_s = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => DAY_S,
        "M" => 30 * DAY_S,
        "y" => 365 * DAY_S,
        other => panic!("{other}"),
    };
    number.parse::<i64>().unwrap() * unit_s
}

fn measure(
    server: &Server,
    questions: &[Question],
    name: &str,
    days: Option<i64>,
    newest: i64,
    times: usize,
) -> Vec<Value> {
    let mut told = Vec::new();
    let mut slowest = Duration::ZERO;
    let mut all = Vec::new();
    // Longer times are asked less often: they take longer.
    let times = if days.is_none() { times } else { times.div_ceil(4) };
    for question in questions {
        let sql = sql(question, days, newest);
        let read = server.ask(&sql);
        let mut took: Vec<Duration> = (0..times).map(|_| server.ask(&sql).took).collect();
        took.sort();
        let p95 = took[(took.len() * 95).div_ceil(100) - 1];
        slowest = slowest.max(p95);
        all.extend(took.iter().copied());
        told.push(json!({
            "time": name, "dashboard": question.dashboard, "title": question.title, "p50_ms": ms(took[took.len() / 2]), "p95_ms": ms(p95),
            "rows_read": read.rows, "bytes_read": read.bytes,
        }));
    }
    all.sort();
    println!("bench dashboard_query_{name}_p95_ms {:.1} ms", ms(all[all.len() * 95 / 100]));
    println!("bench dashboard_query_{name}_slowest_p95_ms {:.1} ms", ms(slowest));
    let mut slow: Vec<&Value> = told.iter().collect();
    slow.sort_by(|a, b| b["p95_ms"].as_f64().unwrap().total_cmp(&a["p95_ms"].as_f64().unwrap()));
    for one in slow.iter().take(8) {
        println!(
            "  {:>8.1} ms, {:>10} rows: {}, {}",
            one["p95_ms"].as_f64().unwrap(),
            one["rows_read"],
            one["dashboard"].as_str().unwrap(),
            one["title"].as_str().unwrap()
        );
    }
    for dashboard in dashboards::dashboards() {
        let of: Vec<String> = questions
            .iter()
            .filter(|question| question.dashboard == dashboard.name)
            .map(|question| sql(question, days, newest))
            .collect();
        let mut took: Vec<Duration> = (0..5).map(|_| whole(server, &of)).collect();
        took.sort();
        println!(
            "bench dashboard_{}_{name}_s {:.3} s, {} queries",
            dashboard.name,
            took[2].as_secs_f64(),
            of.len()
        );
    }
    told
}

/// All of a dashboard's questions, some at a time.
fn whole(server: &Server, questions: &[String]) -> Duration {
    let begun = Instant::now();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(sql) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
                    server.ask(sql);
                }
            });
        }
    });
    begun.elapsed()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
