//! What Grafana and its plugin do with a query on the way to ClickHouse: first the front end puts in the variables, then the plugin's
//! backend its macros.

use serde_json::Value;
use std::collections::BTreeMap;

/// The chosen time, Unix seconds, and the length of a step.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub from: i64,
    pub to: i64,
    pub interval_s: i64,
}

/// What a variable is set to.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// "All", by the variable's own text for it, which is put in as it is.
    All(String),
    Values(Vec<String>),
}

/// By name.
pub type Choices = BTreeMap<String, Chosen>;

/// `${name}` and `${name:singlequote}`.
pub fn with_variables(text: &str, choices: &Choices) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("${") {
        let (inside, after) = from.split_once('}').unwrap();
        let (name, format) = inside.split_once(':').unwrap_or((inside, ""));
        let chosen = choices.get(name).unwrap_or_else(|| panic!("no variable {name}"));
        filled.push_str(before);
        filled.push_str(&match (chosen, format) {
            (Chosen::All(text), _) => text.clone(),
            (Chosen::Values(values), "singlequote") => {
                let quoted: Vec<String> =
                    values.iter().map(|value| format!("'{}'", value.replace('\'', "\\'"))).collect();
                quoted.join(",")
            }
            (Chosen::Values(values), "") if values.len() == 1 => values[0].clone(),
            other => panic!("{name} is used as no test knows: {other:?}"),
        });
        rest = after;
    }
    filled + rest
}

/// `$__timeFilter(column)` and its like; a macro that is not known is a fault.
pub fn with_macros(sql: &str, range: Range) -> String {
    let mut filled = String::new();
    let mut rest = sql;
    while let Some((before, from)) = rest.split_once("$__") {
        filled.push_str(before);
        let end = from.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(from.len());
        let (name, after) = from.split_at(end);
        // as the plugin's newest and oldest versions both understand it: one plain argument
        let (column, after) = match after.strip_prefix('(') {
            Some(inside) => inside.split_once(')').unwrap(),
            None => ("", after),
        };
        assert!(!column.contains('('), "$__{name}({column}…: a macro's argument is a plain column");
        let (low, high) = (format!("toDateTime({})", range.from), format!("toDateTime({})", range.to));
        let step = range.interval_s.max(1);
        filled.push_str(&match (name, column) {
            ("timeFilter", column) if !column.is_empty() => {
                format!("{column} >= {low} AND {column} <= {high}")
            }
            ("timeInterval", column) if !column.is_empty() => {
                format!("toStartOfInterval(toDateTime({column}), INTERVAL {step} second)")
            }
            ("fromTime", "") => low,
            ("toTime", "") => high,
            ("interval_s", "") => step.to_string(),
            _ => panic!("no macro $__{name}({column})"),
        });
        rest = after;
    }
    filled + rest
}

/// The step that Grafana chooses: so that the panel has as many points as it wants, but no smaller than its own.
pub fn interval_s(panel: &Value, from: i64, to: i64) -> i64 {
    let points = panel["maxDataPoints"].as_i64().unwrap_or(1000);
    let least = panel["interval"].as_str().map_or(1, |text| {
        let (number, unit) = text.split_at(text.len() - 1);
        number.parse::<i64>().unwrap()
            * i64::from(match unit {
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                "d" => 86_400,
                other => panic!("{other}"),
            })
    });
    least.max((to - from) / points)
}

#[test]
fn variables_are_put_in_as_grafana_does() {
    let choices = Choices::from([
        ("a".to_owned(), Chosen::All("'|.*|'".into())),
        ("b".to_owned(), Chosen::Values(vec!["x".into(), "O'Brien".into()])),
        ("c".to_owned(), Chosen::Values(vec!["20".into()])),
    ]);
    let filled = with_variables("${a:singlequote} ${b:singlequote} ${c} ${c:singlequote}", &choices);
    assert_eq!(filled, "'|.*|' 'x','O\\'Brien' 20 '20'");
}

#[test]
fn macros_are_put_in_as_the_plugin_does() {
    let range = Range { from: 100, to: 200, interval_s: 60 };
    let filled =
        with_macros("$__timeFilter(t) $__timeInterval(t) ($__toTime - $__fromTime) $__interval_s", range);
    assert_eq!(
        filled,
        "t >= toDateTime(100) AND t <= toDateTime(200) toStartOfInterval(toDateTime(t), INTERVAL 60 second) \
         (toDateTime(200) - toDateTime(100)) 60"
    );
}
