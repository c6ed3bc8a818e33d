//! Whether an answer is what its panel can draw.

use serde_json::Value;

/// Name and type of each column.
fn columns(answer: &Value) -> Vec<(&str, &str)> {
    let columns = answer["meta"].as_array().unwrap().iter();
    columns.map(|column| (column["name"].as_str().unwrap(), column["type"].as_str().unwrap())).collect()
}

fn is_moment(kind: &str) -> bool {
    kind.starts_with("DateTime")
}

fn is_number(kind: &str) -> bool {
    let kind = kind.strip_prefix("Nullable(").unwrap_or(kind);
    ["Int", "UInt", "Float"].iter().any(|number| kind.starts_with(number))
}

/// What is wrong; nothing if it fits.
pub fn misfit(panel: &Value, answer: &Value) -> Option<String> {
    let columns = columns(answer);
    let rows = answer["data"].as_array().unwrap();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let numbers = |columns: &[(&str, &str)]| columns.iter().all(|(_, kind)| is_number(kind));
    // the plugin hands lists over as nothing
    let is_plain = columns.iter().all(|(_, kind)| !kind.contains("Array") && !kind.contains("Tuple"));
    let times: Vec<&str> = rows.iter().filter_map(|row| row[0].as_str()).collect();
    let fits = match panel["type"].as_str() {
        Some("timeseries") => {
            let is_in_order = times.windows(2).all(|pair| pair[0] < pair[1]);
            names[0] == "time" && is_moment(columns[0].1) && numbers(&columns[1..]) && is_in_order
        }
        Some("stat" | "bargauge") => rows.len() == 1 && numbers(&columns),
        // the first column of words is what the bars stand above
        Some("barchart") => columns[0].1.contains("String") && numbers(&columns[1..]),
        Some("table") => columns.len() > 1,
        // a choice: value and text are one
        Some("query") => columns.len() == 1,
        // an annotation
        None => names == ["time", "timeEnd", "text"] && is_moment(columns[0].1) && is_moment(columns[1].1),
        Some(_) => false,
    };
    let named = panel["fieldConfig"]["overrides"].as_array().map(|overrides| {
        overrides.iter().map(|set| set["matcher"]["options"].as_str().unwrap()).collect::<Vec<_>>()
    });
    let are_told = named.is_none_or(|named| named == names[usize::from(names[0] == "time")..]);
    let well = is_plain && fits && are_told;
    (!well).then(|| {
        format!("plain {is_plain}, fits {fits}, told {are_told}: {} rows of {columns:?}", rows.len())
    })
}

#[test]
fn a_misfit_is_found() {
    use serde_json::json;
    let answer = |name: &str, kind: &str, rows: usize| json!({ "meta": [{ "name": name, "type": kind }], "data": vec![["1"]; rows] });
    let named = |name: &str| json!([{ "matcher": { "options": name } }]);
    let stat = |name: &str| json!({ "type": "stat", "fieldConfig": { "overrides": named(name) } });
    assert_eq!(misfit(&stat("n"), &answer("n", "Nullable(Float64)", 1)), None);
    assert!(misfit(&stat("n"), &answer("n", "String", 1)).is_some(), "words are no figure");
    assert!(misfit(&stat("n"), &answer("n", "Float64", 2)).is_some(), "which of two?");
    assert!(misfit(&stat("m"), &answer("n", "Float64", 1)).is_some(), "a column without a title");
    let lines = json!({ "type": "timeseries" });
    assert_eq!(misfit(&lines, &answer("time", "DateTime", 1)), None);
    assert!(misfit(&lines, &answer("time", "DateTime", 2)).is_some(), "the same moment twice");
    assert!(misfit(&json!({ "type": "table" }), &answer("n", "Array(String)", 1)).is_some());
}
