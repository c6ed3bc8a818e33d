//! What was measured: `bench NAME VALUE UNIT`, printed and kept in a file of JSON.

use anyhow::Context;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name; the name is what figures of two days are compared by.
    pub name: String,
    /// The median, if there were rounds.
    pub value: f64,
    /// Of the value.
    pub unit: String,
    /// Of a row of figures: against what it is drawn.
    pub against: Option<f64>,
    /// Each round's value.
    pub rounds: Vec<f64>,
}

impl Line {
    /// Measured once.
    #[must_use]
    pub fn once(name: impl Into<String>, value: f64, unit: &str) -> Self {
        Self { name: name.into(), value, unit: unit.into(), against: None, rounds: Vec::new() }
    }

    /// The median of rounds.
    #[must_use]
    pub fn median(name: impl Into<String>, rounds: Vec<f64>, unit: &str) -> Self {
        Self { value: median(&rounds), rounds, ..Self::once(name, 0.0, unit) }
    }

    /// One of a row: the name without its end is the row's.
    #[must_use]
    pub fn against(self, at: f64) -> Self {
        Self { against: Some(at), ..self }
    }

    /// As it is printed.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { name, value, unit, .. } = self;
        match value.abs() {
            100.0.. => format!("bench {name} {value:.0} {unit}"),
            10.0.. => format!("bench {name} {value:.1} {unit}"),
            _ => format!("bench {name} {value:.3} {unit}"),
        }
    }

    /// Reads what is printed; none of other lines.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (name, rest) = text.strip_prefix("bench ")?.split_once(' ')?;
        let (value, unit) = rest.split_once(' ').unwrap_or((rest, ""));
        Some(Self::once(name, value.parse().ok()?, unit.trim()))
    }

    fn json(&self) -> Value {
        let mut json = json!({"name": self.name, "value": self.value, "unit": self.unit});
        if let Some(against) = self.against {
            json["against"] = against.into();
        }
        if !self.rounds.is_empty() {
            json["rounds"] = self.rounds.clone().into();
        }
        json
    }

    fn of_json(json: &Value) -> Option<Self> {
        let rounds = json["rounds"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        let (name, value, unit) = (json["name"].as_str()?, json["value"].as_f64()?, json["unit"].as_str()?);
        Some(Self { against: json["against"].as_f64(), rounds, ..Self::once(name, value, unit) })
    }
}

/// The middle one; of an even number the mean of the two in the middle; of none no number.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The least value that this share of all values does not exceed (nearest rank); of none no number.
#[must_use]
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

/// All lines of a file; what is measured again takes the place of what was there.
#[derive(Debug)]
pub struct Lines {
    file: PathBuf,
    lines: Vec<Line>,
}

impl Lines {
    /// With those that the file holds already.
    ///
    /// # Errors
    /// The file is there and is none of ours.
    pub fn open(file: &Path) -> anyhow::Result<Self> {
        let lines = if file.exists() { read(file)? } else { Vec::new() };
        Ok(Self { file: file.to_owned(), lines })
    }

    /// Prints one and writes the file.
    ///
    /// # Errors
    /// The file cannot be written.
    #[expect(clippy::print_stdout, reason = "this is what a benchmark is for")]
    pub fn tell(&mut self, line: Line) -> anyhow::Result<()> {
        println!("{}", line.text());
        self.keep(line)
    }

    /// Writes the file with one more that was printed already.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(&mut self, line: Line) -> anyhow::Result<()> {
        match self.lines.iter_mut().find(|old| old.name == line.name) {
            Some(old) => *old = line,
            None => self.lines.push(line),
        }
        let json =
            json!({"machine": machine(), "lines": self.lines.iter().map(Line::json).collect::<Vec<_>>()});
        let text = serde_json::to_string_pretty(&json)? + "\n";
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&self.file, text).with_context(|| format!("{} cannot be written", self.file.display()))
    }
}

/// The lines of a file.
///
/// # Errors
/// It is not there, or none of ours.
pub fn read(file: &Path) -> anyhow::Result<Vec<Line>> {
    let told = || format!("{} is no file of `make bench`", file.display());
    let json: Value = serde_json::from_slice(&std::fs::read(file).with_context(told)?).with_context(told)?;
    let lines = json["lines"].as_array().with_context(told)?;
    lines.iter().map(|line| Line::of_json(line).with_context(told)).collect()
}

/// Figures of two machines are not compared.
fn machine() -> Value {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({"cpu": model.trim_start_matches([' ', '\t', ':']), "cores": cores})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_one() {
        assert_eq!(median(&[9.0, 1.0, 5.0]).to_bits(), 5.0_f64.to_bits());
        assert_eq!(median(&[4.0, 1.0, 100.0, 2.0]).to_bits(), 3.0_f64.to_bits());
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn the_nearest_rank() {
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        for (share, expect) in [(0.99, 99.0), (0.5, 50.0), (0.991, 100.0), (1.0, 100.0), (0.0, 1.0)] {
            assert_eq!(percentile(&hundred, share).to_bits(), f64::to_bits(expect), "{share}");
        }
        assert_eq!(percentile(&[7.0], 0.99).to_bits(), 7.0_f64.to_bits());
        assert!(percentile(&[], 0.99).is_nan());
    }

    #[test]
    fn what_is_printed_is_read() {
        for (line, text) in [
            (
                Line::once("core_events_per_s_per_core", 1_234_567.0, "events/s"),
                "bench core_events_per_s_per_core 1234567 events/s",
            ),
            (Line::once("recovery_s", 2.5, "s"), "bench recovery_s 2.500 s"),
            (Line::once("kpi_latency_p99_ms", 31.5, "ms"), "bench kpi_latency_p99_ms 31.5 ms"),
        ] {
            assert_eq!(line.text(), text);
            assert_eq!(Line::read(text), Some(line));
        }
        let rows = Line::read("bench calls_bytes 5 bytes, 7 rows in 2 parts").unwrap();
        assert_eq!((rows.value.to_bits(), &*rows.unit), (5.0_f64.to_bits(), "bytes, 7 rows in 2 parts"));
        for other in ["benchmark a 5 s", "bench", "bench a", "bench a much s", "rows 5"] {
            assert_eq!(Line::read(other), None, "{other}");
        }
    }

    #[test]
    fn a_file_keeps_the_newest_of_each_name() {
        let file = std::env::temp_dir().join(format!("bench-{}", std::process::id())).join("bench.json");
        let mut lines = Lines::open(&file).unwrap();
        lines.keep(Line::median("a", vec![3.0, 1.0, 2.0], "s")).unwrap();
        lines.keep(Line::once("b", 5.0, "ms").against(100.0)).unwrap();
        let mut lines = Lines::open(&file).unwrap();
        lines.keep(Line::median("a", vec![7.0, 8.0, 9.0], "s")).unwrap();
        let kept = read(&file).unwrap();
        assert_eq!(
            kept,
            [Line::median("a", vec![7.0, 8.0, 9.0], "s"), Line::once("b", 5.0, "ms").against(100.0)]
        );
        std::fs::write(&file, "{}").unwrap();
        assert!(Lines::open(&file).is_err(), "another file is not overwritten");
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }
}
