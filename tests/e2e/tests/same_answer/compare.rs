//! One site: what `analyze` says of the file, what SQL says of `calls`, and what the minutes of each way say.

use crate::analyze::{self, By, Line};
use crate::callers;
use crate::sites::Site;
use crate::sql::Question;
use crate::windows::Windows;
use e2e::Machine;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How much was compared.
#[derive(Debug, Default)]
pub struct Compared {
    pub lines: usize,
    pub figures_in_sql: usize,
    pub figures_in_minutes: usize,
    /// Names of figures, and of those that were anything but nothing somewhere.
    pub names: BTreeSet<String>,
    pub names_in_minutes: BTreeSet<String>,
    pub seen: BTreeSet<String>,
}

/// Every measure of a site in one cut; of the site as a whole also what is told of its targets and callers.
pub fn check(machine: &Machine, site: &Site, by: By, windows: &Windows, compared: &mut Compared) {
    let document = analyze::full(site, by);
    let lines = analyze::lines(&document, by);
    assert!(!lines.is_empty(), "{} by {by:?}", site.id);
    let in_sql = in_sql(machine, site, by, &document, &lines);
    for line in &lines {
        check_line(site, by, line, &in_sql, compared);
        let names = windows.check(&site.id, by, line);
        compared.figures_in_minutes += names.len();
        compared.names_in_minutes.extend(names);
    }
    if by == By::Site {
        callers::check(machine, site, &document, windows);
    }
    compared.lines += lines.len();
}

/// A line for each of SQL's; there must be as many.
fn in_sql(
    machine: &Machine,
    site: &Site,
    by: By,
    document: &Map<String, Value>,
    lines: &[Line],
) -> Vec<Map<String, Value>> {
    let mut question = Question::new(by, document["ring_cadence_s"].as_i64().unwrap());
    for figure in lines[0].figures.keys().filter(|figure| *figure != "losses") {
        assert!(question.ask(figure), "nobody says in SQL what `{figure}` is (by {})", by.word());
    }
    let answer = machine.ask(&question.text(&site.id));
    let row = |line: &str| {
        serde_json::from_str(line).unwrap_or_else(|_| panic!("{} by {}: {answer}", site.id, by.word()))
    };
    let mut rows: Vec<Map<String, Value>> = answer.lines().map(row).collect();
    if by == By::Queue {
        // Calls are no lines of queues.
        rows.retain(|row| row["line"] != "(no queue)");
    }
    assert_eq!(rows.len(), lines.len(), "lines of {} by {}", site.id, by.word());
    rows
}

fn check_line(site: &Site, by: By, line: &Line, in_sql: &[Map<String, Value>], compared: &mut Compared) {
    let is_same = |row: &&Map<String, Value>| row["line"] == *line.name && row["of"] == *line.direction;
    let place = format!("{}, by {} {}, {}", site.id, by.word(), line.name, line.direction);
    let row = in_sql.iter().find(is_same).unwrap_or_else(|| panic!("{place} is not in SQL's answer"));
    for (figure, told) in line.figures.iter().filter(|(figure, _)| *figure != "losses") {
        let found = &row[figure];
        let is_equal = match (told.as_i64(), found.as_i64()) {
            (Some(told), Some(found)) => told == found,
            // A share that happens to be whole is written without its point by one of the two.
            _ => told.as_f64() == found.as_f64() && told.is_null() == found.is_null(),
        };
        assert!(is_equal, "{place}: {figure} is {told} in analyze and {found} in SQL");
        compared.figures_in_sql += 1;
        compared.names.insert(figure.clone());
        if !told.is_null() && told.as_f64() != Some(0.0) {
            compared.seen.insert(figure.clone());
        }
    }
}
