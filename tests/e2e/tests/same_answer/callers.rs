//! What `analyze` tells of a site as a whole: losses, targets, extensions sought, callers who call again, the open list, and the
//! headline table.

use crate::analyze::asked;
use crate::sites::Site;
use crate::windows::Windows;
use e2e::Machine;
use kpi::{Kept, Pane, Quantiles, Row};
use serde_json::{Map, Value, json};
use store::{Settings, Store};

/// Parts of the document that are compared: here, or as its lines.
const PARTS: &[&str] =
    &["by", "lines", "repeat", "ring_cadence_s", "sought_left_out", "sought_through_operator", "targets"];

pub fn check(machine: &Machine, site: &Site, document: &Map<String, Value>, windows: &Windows) {
    let unknown: Vec<&String> = document.keys().filter(|part| !PARTS.contains(&&***part)).collect();
    assert!(unknown.is_empty(), "{unknown:?} of analyze's answer is compared with nothing");
    targets(site, &document["targets"], windows);
    losses(machine, site, &document["lines"]);
    sought(machine, site, document);
    repeats(machine, site, &document["repeat"]);
    open_list(machine, site);
    headline(machine, site);
}

fn equal(site: &Site, what: &str, told: &Value, found: &Value) {
    assert_eq!(plain(told), plain(found), "{}: {what}, as analyze tells it and as found", site.id);
}

/// A share that happens to be whole is written with its point by one and without by the other.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            number.as_i64().map_or_else(|| json!(number.as_f64()), |whole| json!(whole as f64))
        }
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

/// Rows of an answer as JSON, with the columns' names.
fn rows(machine: &Machine, sql: &str) -> Value {
    let settings = "FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0";
    let answer = machine.ask(&format!("{sql} {settings}"));
    let row = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{sql}: {answer}"));
    Value::Array(answer.lines().map(row).collect())
}

/// As the measures judge the panes of the minutes.
fn targets(site: &Site, told: &Value, windows: &Windows) {
    let config = config::load(&site.config).unwrap();
    let found = config.service_targets().into_iter().map(|target| {
        let pane = windows.scopes.get(&(site.id.clone(), target.scope.clone()));
        let Kept { presented, level, lost_share, is_kept } = target.judge(pane.unwrap_or(&Pane::default()));
        json!({
            "name": &*target.name, "scope": target.scope.kind(), "scope_name": target.scope.name(),
            "answer_within_s": target.within_s, "clock": target.clock.word(), "share": target.share,
            "lost_share_max": target.lost_share_max, "presented": presented, "sl_of_offered": level.sl_of_offered,
            "lost_share": lost_share, "is_kept": is_kept,
        })
    });
    equal(site, "targets", told, &found.collect());
}

fn losses(machine: &Machine, site: &Site, lines: &Value) {
    for line in lines.as_array().unwrap() {
        let direction = line["direction"].as_str().unwrap();
        let sql = format!(
            "SELECT stage, ['0_to_6_s', '6_to_12_s', '12_to_30_s', 'over_30_s'][number] AS band, calls,
                intDiv(sum_us, calls) AS wait_mean_us
            FROM (
                SELECT assumeNotNull(lost_stage) AS stage,
                    1 + (us >= 6000000) + (us >= 12000000) + (us >= 30000000) AS number,
                    toInt64(count()) AS calls, sum(us) AS sum_us,
                    indexOf(['menu', 'queue', 'ringing', 'held', 'transfer'], stage) AS place
                FROM (
                    SELECT lost_stage, greatest(dateDiff('microsecond', arrived_at, assumeNotNull(ended_at)), 0) AS us
                    FROM calls_latest WHERE site = '{}' AND direction = '{direction}' AND lost_stage IS NOT NULL
                        AND ended_at IS NOT NULL
                        AND outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed')
                ) GROUP BY stage, number
            ) ORDER BY place, number",
            site.id
        );
        equal(site, &format!("losses, {direction}"), &line["losses"], &rows(machine, &sql));
    }
}

fn sought(machine: &Machine, site: &Site, document: &Map<String, Value>) {
    let all = format!(
        "SELECT asked_for AS extension, direction, toInt64(count()) AS calls FROM calls_latest
        WHERE site = '{}' AND asked_for IS NOT NULL GROUP BY extension, direction",
        site.id
    );
    let large = format!(
        "SELECT * FROM ({all} HAVING calls >= 5) ORDER BY calls DESC, extension,
        indexOf(['external', 'internal', 'outgoing'], direction)"
    );
    equal(site, "sought", &document["sought_through_operator"], &rows(machine, &large));
    let small = format!(
        "SELECT toInt64(count()) AS extensions, toInt64(sum(few.calls)) AS calls FROM ({all} HAVING calls < 5) AS few"
    );
    equal(site, "sought by few", &json!([document["sought_left_out"]]), &rows(machine, &small));
}

/// Of the site, and of each unit.
fn repeats(machine: &Machine, site: &Site, told: &Value) {
    let mut whole = told.clone();
    let units = whole.as_object_mut().unwrap().remove("units").unwrap();
    equal(site, "repeat calls", &json!([whole]), &rows(machine, &repeats_in_sql(site, "")));
    let by_unit = repeats_in_sql(site, "unit, ");
    equal(site, "repeat calls by unit", &units, &rows(machine, &by_unit));
}

fn repeats_in_sql(site: &Site, unit: &str) -> String {
    let group = if unit.is_empty() {
        ""
    } else {
        "GROUP BY unit HAVING known_callers_calls + lost_without_number > 0 ORDER BY unit NULLS FIRST"
    };
    let share = |part: &str, whole: &str| format!("if({whole} > 0, {part} / {whole}, NULL)");
    format!(
        "SELECT {unit} toInt64(countIf(known)) AS known_callers_calls, known_callers_calls - repeat_calls AS episodes,
            toInt64(countIf(repeats)) AS repeat_calls, {} AS repeat_calls_share,
            toInt64(countIf(after_lost)) AS repeats_after_lost, {} AS repeats_after_lost_share,
            toInt64(countIf(known AND is_lost)) AS known_callers_lost, toInt64(count(recovered_us)) AS recovered,
            {} AS recovered_share,
            if(recovered > 0, intDiv(sum(recovered_us), recovered), NULL) AS recovery_time_mean_us,
            toInt64(countIf(NOT known AND is_lost)) AS lost_without_number
        FROM (
            SELECT unit, caller_party = 'outside' AS known,
                outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed') AS is_lost,
                call_id IN (SELECT call_id FROM repeat_calls WHERE site = '{site}') AS repeats,
                call_id IN (SELECT call_id FROM repeat_calls WHERE site = '{site}' AND before_was_lost) AS after_lost,
                recovery.us AS recovered_us
            FROM calls_latest LEFT JOIN (
                SELECT call_id, toNullable(recovered_after_us) AS us FROM recoveries WHERE site = '{site}'
            ) AS recovery USING (call_id)
            WHERE site = '{site}' AND direction = 'external'
        ) {group}",
        share("repeat_calls", "known_callers_calls"),
        share("repeats_after_lost", "repeat_calls"),
        share("recovered", "known_callers_lost"),
        site = site.id
    )
}

fn open_list(machine: &Machine, site: &Site) {
    let told = asked(site, &["--open-list"]);
    let time = |column: &str| format!("concat(replaceOne(toString({column}), ' ', 'T'), 'Z') AS {column}");
    let sql = format!(
        "SELECT caller, toInt64(lost_calls) AS lost_calls, {}, {}, waited_us, dialled, unit, lost_stage
        FROM lost_callers_open AS open WHERE site = '{}' ORDER BY open.last_lost_at DESC",
        time("first_lost_at"),
        time("last_lost_at"),
        site.id
    );
    equal(site, "open list", &told["open_callers"], &rows(machine, &sql));
    let hidden = format!(
        "SELECT toInt64(count()) AS n FROM calls_latest WHERE site = '{}' AND direction = 'external' AND caller_party != 'outside'
            AND outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed')",
        site.id
    );
    equal(
        site,
        "lost without number",
        &json!([{ "n": told["lost_without_number"] }]),
        &rows(machine, &hidden),
    );
    assert_eq!(told.len(), 2);
}

/// The table that is printed without any option.
fn headline(machine: &Machine, site: &Site) {
    let config = config::load(&site.config).unwrap();
    let settings = Settings {
        url: format!("http://{}", machine.clickhouse()),
        database: "svarstid".into(),
        user: "svarstid".into(),
        password: "svarstid".into(),
        cluster: None,
    };
    let (store, measures) = (Store::new(&settings), config.kpi_settings());
    let read = store::summary::read(&store, &site.id, store::summary::ALL_MINUTES, &measures);
    let found = tokio::runtime::Runtime::new().unwrap().block_on(read).unwrap();
    let found: Vec<Value> = found.rows.into_iter().map(headline_row).collect();
    equal(site, "headline", &Value::Object(asked(site, &[])), &json!({ "rows": found }));
}

fn headline_row(row: Row) -> Value {
    // By name, so that none is forgotten.
    let Row {
        dimension,
        direction,
        offered,
        presented: _,
        answered,
        abandoned,
        lost,
        answer_time: Quantiles { n: _, mean_us, median_us, p90_us, p95_us, p99_us, max_us },
        caller_signals_milli,
        service_levels,
        direct_calls,
        undiverted_calls,
        reaches,
    } = row;
    let mut found = json!({
        "dimension": dimension.kind(), "name": dimension.name(), "direction": direction.word(), "offered": offered,
        "answered": answered, "abandoned": abandoned, "lost": lost, "answer_time_mean_us": mean_us,
        "answer_time_median_us": median_us, "answer_time_p90_us": p90_us, "answer_time_p95_us": p95_us,
        "answer_time_p99_us": p99_us, "answer_time_max_us": max_us, "caller_signals_mean_milli": caller_signals_milli,
        "direct_calls": direct_calls, "undiverted_calls": undiverted_calls,
    });
    for (within_s, level) in service_levels {
        found[format!("sl_of_offered_{within_s}s")] = level.sl_of_offered.into();
        found[format!("sl_without_short_{within_s}s")] = level.sl_without_short.into();
        found[format!("sl_with_short_{within_s}s")] = level.sl_with_short.into();
        found[format!("sl_of_answered_{within_s}s")] = level.sl_of_answered.into();
    }
    for reach in call::Reach::ALL {
        found[format!("reach_{reach}")] = reaches[reach.index()].into();
    }
    found
}
