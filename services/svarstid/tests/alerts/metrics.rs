use super::tools::{run, said, tool};
use std::fmt::Write;
use telemetry::Metrics;
use telemetry::metrics::{Definition, Kind};

/// What `/metrics` shows when every metric has a value.
fn everything() -> String {
    let metrics = Metrics::new().unwrap();
    let taken = (metrics.collector().unwrap(), metrics.processor().unwrap(), metrics.sink().unwrap());
    taken.1.answers.answer_time_seconds.of(["town", "switchboard"]).observe(3.0);
    let mut text = metrics.text().unwrap();
    for definition in metrics.definitions() {
        if !text.contains(&format!("# TYPE {} ", definition.name)) {
            text.push_str(&example(&definition));
        }
    }
    text
}

/// A metric with labels is not shown before the first value.
fn example(definition: &Definition) -> String {
    let Definition { name, kind, labels, help } = definition;
    let labels: Vec<String> = labels.iter().map(|label| format!("{label}=\"x\"")).collect();
    let labels = labels.join(",");
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} {}\n", format!("{kind:?}").to_lowercase());
    let lines = match kind {
        Kind::Histogram => format!(
            "{name}_bucket{{{labels},le=\"+Inf\"}} 1\n{name}_sum{{{labels}}} 1\n{name}_count{{{labels}}} 1\n"
        ),
        Kind::Counter | Kind::Gauge => format!("{name}{{{labels}}} 1\n"),
    };
    write!(text, "{lines}").unwrap();
    text
}

/// What promtool finds wrong.
fn faults(text: &str) -> Option<String> {
    let mut promtool = tool("promtool")?;
    promtool.args(["check", "metrics"]);
    let output = run(promtool, text);
    assert_eq!(output.status.success(), said(&output).is_empty());
    Some(said(&output))
}

#[test]
fn promtool_finds_nothing_wrong_with_the_metrics() {
    let text = everything();
    assert!(text.contains("svarstid_sink_rows_total{table=\"x\"} 1\n"), "{text}");
    let Some(found) = faults(&text) else { return };
    assert_eq!(found, "");
}

#[test]
fn promtool_finds_what_is_wrong() {
    let text =
        "# HELP svarstid_sink_rows How many.\n# TYPE svarstid_sink_rows counter\nsvarstid_sink_rows 1\n";
    let Some(found) = faults(text) else { return };
    assert!(found.contains("svarstid_sink_rows"), "{found}");
}
