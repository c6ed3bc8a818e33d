//! Every column of the view `kpi`, minute by minute, against the same counted in SQL from the rows of `calls`.

use crate::formulas::{self, Of};
use e2e::Machine;

/// A minute's place, and columns that are no figures of calls.
const PLACE: &[&str] = &["site", "minute", "dimension", "name", "direction"];
/// Of the record, not of calls; and how much was heard, which no call tells: the topics are compared for it.
const NOT_OF_CALLS: &[&str] = &["revision", "is_closed", "corrections", "heard_us", "definition_version"];
const NO_BINS: &str = "CAST(map(), 'Map(UInt16, Int64)')";

/// Compares all minutes of a site; how many there are, and how many columns.
pub fn check(machine: &Machine, site: &str, cadence_us: i64) -> (u64, usize) {
    let columns = machine
        .ask("SELECT name FROM system.columns WHERE database = 'svarstid' AND table = 'kpi' FORMAT TSV");
    let columns: Vec<&str> =
        columns.lines().filter(|name| !PLACE.contains(name) && !NOT_OF_CALLS.contains(name)).collect();
    assert!(columns.len() > 70, "{columns:?}");
    let pair = |name: &&str| {
        let sum = if name.ends_with("_bins") { "sumMapIf" } else { "sumIf" };
        format!("('{name}', toString({sum}({name}, told)), toString({sum}({name}, NOT told)))")
    };
    let pairs: Vec<String> = columns.iter().map(pair).collect();
    let sql = format!(
        "SELECT minute, dimension, name, direction, arrayFilter(f -> f.2 != f.3, [{}]) AS different
        FROM (SELECT true AS told, {}, {} FROM kpi WHERE site = '{site}' UNION ALL {} UNION ALL {})
        GROUP BY minute, dimension, name, direction HAVING notEmpty(different) ORDER BY minute, dimension, name LIMIT 3",
        pairs.join(", "),
        PLACE.join(", "),
        columns.join(", "),
        of_calls(&columns, site, cadence_us),
        of_passes(&columns, site, cadence_us)
    );
    let different = machine.ask(&sql);
    assert_eq!(different, "", "minutes of {site}: (figure, as kpi has it, counted from calls)");
    (machine.ask(&format!("SELECT count() FROM kpi WHERE site = '{site}'")).parse().unwrap(), columns.len())
}

fn of_calls(columns: &[&str], site: &str, cadence_us: i64) -> String {
    let figures: Vec<String> = columns.iter().map(|name| of_row(name, cadence_us, false)).collect();
    format!(
        "SELECT false AS told, site, toStartOfMinute(arrived_at) AS minute, line.1 AS dimension, line.2 AS name, direction, {}
        FROM calls_latest ARRAY JOIN
            if(unit IS NULL, [('site', '')], [('site', ''), ('unit', toString(assumeNotNull(unit)))]) AS line
        WHERE site = '{site}'",
        figures.join(", ")
    )
}

fn of_passes(columns: &[&str], site: &str, cadence_us: i64) -> String {
    let figures: Vec<String> = columns.iter().map(|name| of_row(name, cadence_us, true)).collect();
    format!(
        "SELECT false AS told, site, toStartOfMinute(pass.joined_at) AS minute, line.1 AS dimension, line.2 AS name,
            direction, {}
        FROM (SELECT site, direction, pass FROM calls_latest ARRAY JOIN passes AS pass WHERE site = '{site}') ARRAY JOIN
            if(pass.unit IS NULL, [('queue', toString(pass.queue))],
                [('queue', toString(pass.queue)), ('unit', toString(assumeNotNull(pass.unit)))]) AS line",
        figures.join(", ")
    )
}

/// What one call, or one pass, adds to a column.
pub fn of_row(column: &str, cadence_us: i64, is_pass: bool) -> String {
    let (sql, is_bins) = row(column, cadence_us);
    let nothing = if is_bins { NO_BINS } else { "toInt64(0)" };
    match (sql, is_pass) {
        (Of::Call(sql), false) | (Of::Pass(sql), true) => sql,
        _ => nothing.to_owned(),
    }
}

fn row(column: &str, cadence_us: i64) -> (Of, bool) {
    let known = |of: Option<Of>| of.unwrap_or_else(|| panic!("nobody says in SQL what `{column}` is"));
    let with = |of: Of, make: &dyn Fn(String) -> String| match of {
        Of::Call(sql) => Of::Call(make(sql)),
        Of::Pass(sql) => Of::Pass(make(sql)),
    };
    if let Some(name) = column.strip_suffix("_bins") {
        let bin = |value: String| {
            let bin = if name.ends_with("signals") {
                format!("toUInt16(assumeNotNull({value}))")
            } else {
                format!("svarstid_bin(toInt64(assumeNotNull({value})))")
            };
            format!("if(({value}) IS NULL, {NO_BINS}, map({bin}, toInt64(1)))")
        };
        return (with(known(formulas::time(name, cadence_us)), &bin), true);
    }
    let value = |value: String| format!("toInt64(ifNull({value}, 0))");
    let sum_of = column.strip_suffix("_sum_us").or(column.strip_suffix("_sum"));
    let of = match (column, sum_of) {
        ("overtaken_us", _) => formulas::time("overtaken", cadence_us),
        (_, Some(name)) => formulas::time(name, cadence_us),
        // In the view a figure of its own; in a report those whose answer time is known.
        ("answered", _) => formulas::condition("calls_answered"),
        _ => formulas::condition(column),
    };
    (with(known(of), &value), false)
}
