//! What the answers say, where a query could run, fit, and still mean something else.

use crate::grafana::{Choices, Chosen};
use crate::{Filled, Question, questions};
use dashboards::{K, Language};
use serde_json::{Value, json};

/// The last of these change what is in the tables.
pub fn all(filled: &Filled) {
    the_figures_are_those_of_the_views(filled);
    hours_are_those_of_the_zone(filled);
    each_clause_has_its_row(filled);
    each_target_has_its_row(filled);
    a_small_group_is_held_back(filled);
    a_head_sees_one_department(filled);
    last_year_is_the_same_weekday(filled);
    a_minute_that_was_not_heard_is_marked(filled);
}

/// A panel's first question (or an annotation's), and the choices: all of everything, with some set.
fn find(filled: &Filled, name: &'static str, title: &str, set: &[(&str, &str)]) -> (Question, Choices) {
    let dashboard = dashboards::dashboards().into_iter().find(|d| d.name == name).unwrap();
    let json = dashboard.json(Language::En);
    let questions = questions(name, &json);
    let mut choices = filled.at_first(&json, &questions);
    for (name, value) in [("within_s", "20")].iter().chain(set) {
        choices.insert((*name).to_owned(), Chosen::Values(vec![(*value).to_owned()]));
    }
    (questions.into_iter().find(|question| question.title == title).unwrap(), choices)
}

/// Its rows in a time.
fn rows(
    filled: &Filled,
    name: &'static str,
    title: &str,
    set: &[(&str, &str)],
    span: (i64, i64),
) -> Vec<Value> {
    let (question, choices) = find(filled, name, title, set);
    filled.ask(&question, &choices, span).unwrap()["data"].as_array().unwrap().clone()
}

/// The one figure of a panel.
fn figure(filled: &Filled, name: &'static str, title: &str, direction: &str) -> Value {
    rows(filled, name, title, &[("direction", direction)], filled.span)[0][0].clone()
}

/// The recording was made on a Monday at 22 h UTC.
fn hours_are_those_of_the_zone(filled: &Filled) {
    for (zone, weekday, hour) in
        [("UTC", "1", 22), ("Europe/Stockholm", "1", 23), ("Europe/Helsinki", "2", 0)]
    {
        let title = "Calls an hour, by weekday and hour";
        let rows = rows(filled, "switchboard", title, &[("zone", zone)], filled.span);
        assert_eq!(rows.len(), 1, "{zone}");
        assert_eq!((&rows[0][0], &rows[0][hour + 1]), (&json!(weekday), &json!(171)), "{zone}");
    }
}

/// The policy's rows as Grafana shows them: the answers of all its questions in one table, by the column that the panel sorts by.
fn policy(filled: &Filled, within_s: &str) -> Vec<Value> {
    let chosen = [("direction", "external"), ("within_s", within_s)];
    let title = "The telephone policy";
    let (question, choices) = find(filled, "policy", title, &chosen);
    let [merge, sort] = question.of["transformations"].as_array().unwrap().as_slice() else {
        panic!("{}", question.of)
    };
    assert_eq!((&merge["id"], &sort["id"]), (&json!("merge"), &json!("sortBy")));
    let dashboard = dashboards::dashboards().into_iter().find(|d| d.name == "policy").unwrap();
    let asked = questions("policy", &dashboard.json(Language::En));
    let mut rows = Vec::new();
    for question in asked.iter().filter(|question| question.title == title) {
        let answer = filled.ask(question, &choices, filled.span).unwrap();
        assert_eq!(answer["meta"][0]["name"], sort["options"]["sort"][0]["field"]);
        assert_eq!(answer["meta"][0]["type"], "UInt8", "numbers are sorted as numbers");
        rows.extend(answer["data"].as_array().unwrap().clone());
    }
    rows.sort_by_key(|row| row[0].as_u64());
    rows
}

fn each_clause_has_its_row(filled: &Filled) {
    let rows = policy(filled, "20");
    let text = |row: &Value, at: usize| row[at].as_str().unwrap().to_owned();
    let clauses: Vec<String> = rows.iter().map(|row| text(row, 1)).collect();
    assert_eq!(clauses, (1..=13).map(|n| format!("R{n}")).collect::<Vec<_>>());
    for row in &rows {
        let is_measured = !["R6", "R7", "R8", "R10", "R12"].contains(&text(row, 1).as_str());
        assert_eq!(text(row, 6) != "not_measured", is_measured, "{row}");
        assert_eq!(text(row, 4).ends_with(" %"), is_measured, "{row}");
    }
    let share = figure(filled, "departments", "Not diverted", "external").as_f64().unwrap();
    assert_eq!(text(&rows[2], 4), format!("{:.1} %", share * 100.0));
    let inversions =
        "SELECT round(100 * sum(priority_inversions) / sum(internal_answered), 1) FROM priority_inversions";
    let from_minutes = text(&rows[8], 4);
    assert_eq!(
        from_minutes.trim_end_matches(" %"),
        filled.machine.ask(inversions),
        "the minutes say what the calls say"
    );
    assert_eq!(text(&rows[2], 6), "nothing_before", "there is no month before the recording");
    assert_eq!(text(&rows[0], 6), "not_good", "R1 has a target of its own");
    assert_eq!([0, 1].map(|n| text(&rows[n], 3)), ["≥ 80 %", "≤ 10 %"]);
    assert_eq!(text(&policy(filled, "15")[0], 3), "≥ 90 %", "the target of that time");
}

/// The two targets of the recording's configuration.
fn each_target_has_its_row(filled: &Filled) {
    let rows = rows(filled, "switchboard", "Targets", &[], filled.span);
    let names: Vec<&str> = rows.iter().map(|row| row[0].as_str().unwrap()).collect();
    assert_eq!(names, ["Luleå", "municipal"]);
    for (row, within_s) in rows.iter().zip(["15", "20"]) {
        let chosen = [("direction", "external"), ("within_s", within_s)];
        let found = self::rows(filled, "switchboard", "Answered within ${within_s} s", &chosen, filled.span);
        let lost = figure(filled, "switchboard", "Lost calls", "external");
        assert_eq!((&row[6], &row[8], &row[9]), (&found[0][0], &lost, &"missed".into()));
    }
}

/// In the recording's first half minute there are few calls of each department.
fn a_small_group_is_held_back(filled: &Filled) {
    let first = filled
        .machine
        .ask("SELECT toUnixTimestamp(min(arrived_at)) FROM calls_latest")
        .parse::<i64>()
        .unwrap();
    let rows = rows(filled, "departments", "Departments", &[], (first, first + 60));
    let held_back = rows.iter().filter(|row| row[1].is_null()).count();
    assert!(held_back > 0, "{rows:?}");
    for row in &rows {
        assert!(row[1].is_null() || row[1].as_u64().unwrap() >= u64::from(K), "{row}");
        let figures = row.as_array().unwrap().iter().skip(2);
        assert!(!row[1].is_null() || figures.into_iter().all(Value::is_null), "{row}");
    }
}

/// Who may read one unit, and no column that tells of persons, can use all of Departments, whatever is chosen there.
fn a_head_sees_one_department(filled: &Filled) {
    let dashboard = dashboards::dashboards().into_iter().find(|d| d.name == "departments").unwrap();
    let json = dashboard.json(Language::En);
    let questions = questions("departments", &json);
    let values = filled.values(&json, &questions);
    let ask = |question: &Question, choices: &Choices| {
        let sql = Filled::sql(question, choices, filled.span);
        let answer = filled.machine.ask_as("head", "h", &sql);
        answer.unwrap_or_else(|why| panic!("{}: {why}", question.title))
    };
    let all = filled.at_first(&json, &questions);
    for question in &questions {
        ask(question, &filled.choices(&json, &values, 1));
        let answer: Value = serde_json::from_str(&ask(question, &all)).unwrap();
        if question.title == "Departments" {
            let rows = answer["data"].as_array().unwrap();
            assert_eq!((rows.len(), rows[0][0].as_str()), (1, Some("socialforvaltningen")));
        }
    }
}

/// The same calls 52 weeks earlier, each answered a second later: the line of last year lies a second above.
fn last_year_is_the_same_weekday(filled: &Filled) {
    let copied = filled.machine.ask(
        "INSERT INTO calls SELECT * REPLACE (concat(call_id, '-before') AS call_id, arrived_at - INTERVAL 364 DAY AS arrived_at,
            answer_time_us + 1000000 AS answer_time_us)
            FROM calls WHERE merged_into IS NULL",
    );
    assert_eq!(copied, "");
    let title = "Median answer time, against last year";
    let rows = rows(filled, "departments", title, &[], filled.span);
    assert_eq!(rows.len(), 1, "one day");
    let [now, before] = [1, 2].map(|at| rows[0][at].as_f64().unwrap());
    assert!((before - now - 1.0).abs() < 1e-9, "{rows:?}");
    let more = figure(filled, "switchboard", "Calls", "external");
    let expect = filled
        .machine
        .ask("SELECT sum(offered) FROM kpi WHERE dimension = 'site' AND direction = 'external'");
    assert_eq!(more.to_string(), expect, "the calls of last year are not in this time");
}

/// The panels count from the calls; the views of docs/measures.md have their own tests.
fn the_figures_are_those_of_the_views(filled: &Filled) {
    let expect = [
        ("switchboard", "Calls", "SELECT sum(offered) FROM kpi WHERE dimension = 'site' AND direction = 'external'"),
        (
            "switchboard",
            "Answered within ${within_s} s",
            "SELECT sum(answered_within) / sum(presented) FROM service_level WHERE dimension = 'site' AND direction = 'external'
                AND clock = 'arrival' AND within_s = 20",
        ),
        (
            "switchboard",
            "Lost calls",
            "SELECT sum(lost) / sum(presented) FROM by_number WHERE direction = 'external'",
        ),
        (
            "switchboard",
            "Median answer time",
            "SELECT quantileExact(0.5)(answer_time_us) / 1000000 FROM calls_latest WHERE direction = 'external'",
        ),
        (
            "switchboard",
            "Internal taken before external",
            "SELECT sum(priority_inversions) / sum(internal_answered) FROM priority_inversions",
        ),
        (
            "departments",
            "Not diverted",
            "SELECT sum(undiverted_calls) / sum(direct_calls) FROM by_number WHERE direction = 'external'",
        ),
        (
            "departments",
            "Reached the one sought",
            "SELECT sumIf(calls, reach IN ('sought_person', 'same_function', 'personal_voicemail')) / sumIf(calls, reach != 'none')
                FROM reach_ladder WHERE direction = 'external'",
        ),
    ];
    for (dashboard, title, sql) in expect {
        let (found, expect) = (figure(filled, dashboard, title, "external"), filled.machine.ask(sql));
        let close = (found.as_f64().unwrap() - expect.parse::<f64>().unwrap()).abs() < 1e-9;
        assert!(close, "{dashboard}, {title}: {found}, not {expect}");
    }
}

/// A quiet minute is there, with what was heard of it; one that is not there is a gap, and only that.
fn a_minute_that_was_not_heard_is_marked(filled: &Filled) {
    let minute = filled.machine.ask(
        "SELECT toUnixTimestamp(minute) FROM completeness WHERE heard_share >= 0.99 ORDER BY minute LIMIT 1 OFFSET 3",
    );
    let at = minute.parse::<i64>().unwrap();
    // so that the end of the recording is not in it
    let gaps = |filled: &Filled| rows(filled, "health", "Not heard", &[], (at - 120, at + 130));
    let before = gaps(filled).len();
    let deleted = filled.machine.ask(&format!(
        "ALTER TABLE kpi_windows DELETE WHERE toUnixTimestamp(minute) = {minute} SETTINGS mutations_sync = 2"
    ));
    assert_eq!(deleted, "");
    let after = gaps(filled);
    assert_eq!(after.len(), before + 1, "{after:?}");
}
