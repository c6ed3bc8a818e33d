//! Rows of figures as drawings: one SVG for each row, written by hand, because a library of charts is larger than the need.

use crate::line::Line;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 300.0;
/// Of the axes: left, right, top, bottom.
const LEFT: f64 = 78.0;
const RIGHT: f64 = 540.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 250.0;

/// All rows by name, `growth_core_sites`: their points by what they are drawn against, each with its least and greatest round.
#[must_use]
pub fn rows(lines: &[Line]) -> BTreeMap<String, Vec<Point>> {
    let mut rows: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for line in lines {
        let (Some(against), Some((row, _))) = (line.against, line.name.rsplit_once('_')) else { continue };
        let of = |start: f64, least: fn(f64, f64) -> f64| line.rounds.iter().copied().fold(start, least);
        let (low, high) = (of(line.value, f64::min), of(line.value, f64::max));
        rows.entry(row.into()).or_default().push(Point { against, value: line.value, low, high });
    }
    rows.values_mut().for_each(|points| points.sort_by(|a, b| a.against.total_cmp(&b.against)));
    rows
}

/// One figure of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// How many there were.
    pub against: f64,
    /// The median.
    pub value: f64,
    /// The least round.
    pub low: f64,
    /// The greatest.
    pub high: f64,
}

/// A row as a drawing: against a logarithmic axis, from nothing upwards.
#[must_use]
pub fn svg(row: &str, points: &[Point]) -> String {
    let words = row.trim_start_matches("growth_").replace('_', " ");
    let what = words.split_once(' ').map_or("", |(_, what)| what);
    let top = round_up(points.iter().map(|point| point.high).fold(1.0, f64::max));
    let (first, last) =
        (points.first().map_or(1.0, |p| p.against), points.last().map_or(10.0, |p| p.against));
    let x = |against: f64| {
        let span = (last / first).ln();
        if span > 0.0 {
            LEFT + (RIGHT - LEFT) * (against / first).ln() / span
        } else {
            f64::midpoint(LEFT, RIGHT)
        }
    };
    let y = |value: f64| BOTTOM - (BOTTOM - TOP) * value / top;
    let mut out = head(&words);
    for part in 0..=4 {
        let value = top * f64::from(part) / 4.0;
        text(&mut out, LEFT - 8.0, y(value) + 4.0, "end", &short(value));
        let _ = writeln!(out, "<path class=\"grid\" d=\"M{LEFT} {0:.1}H{RIGHT}\"/>", y(value));
    }
    for point in points {
        let (x, low, high) = (x(point.against), y(point.low), y(point.high));
        text(&mut out, x, BOTTOM + 18.0, "middle", &short(point.against));
        let _ = writeln!(out, "<path class=\"range\" d=\"M{x:.1} {low:.1}V{high:.1}\"/>");
        let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{:.1}\" r=\"4\"/>", y(point.value));
    }
    let place = |point: &Point| format!("{:.1},{:.1}", x(point.against), y(point.value));
    let places: Vec<String> = points.iter().map(place).collect();
    let _ = writeln!(out, "<polyline points=\"{}\"/>", places.join(" "));
    text(&mut out, f64::midpoint(LEFT, RIGHT), BOTTOM + 40.0, "middle", what);
    out + "</svg>\n"
}

fn head(title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\">\n\
         <title>{title}: events a second</title>\n\
         <style>text{{font:12px sans-serif;fill:#57606a}}.title{{font-weight:bold}}.grid{{stroke:#d0d7de;stroke-width:1}}\
         .range{{stroke:#54aeff;stroke-width:3;opacity:.5}}polyline{{fill:none;stroke:#0969da;stroke-width:2}}circle{{fill:#0969da}}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text class=\"title\" x=\"12\" y=\"22\">{title}: events a second</text>\n"
    )
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

/// The next 1, 2, 4, 6 or 8 with zeros.
fn round_up(value: f64) -> f64 {
    let ten = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * ten).find(|step| *step >= value).unwrap_or(value)
}

/// 250000 is 250 k.
fn short(value: f64) -> String {
    match value {
        1e6.. => format!("{} M", value / 1e6),
        1e3.. => format!("{} k", value / 1e3),
        _ => format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_drawn_in_its_order() {
        let line = |against: f64, rounds: Vec<f64>| {
            Line::median(format!("growth_core_sites_{against}"), rounds, "events/s").against(against)
        };
        let lines = [
            line(100.0, vec![500.0]),
            line(1.0, vec![900.0, 1_000.0, 1_500.0]),
            Line::once("recovery_s", 1.0, "s"),
        ];
        let rows = rows(&lines);
        assert_eq!(rows.keys().collect::<Vec<_>>(), ["growth_core_sites"]);
        let points = &rows["growth_core_sites"];
        assert_eq!(points[0], Point { against: 1.0, value: 1_000.0, low: 900.0, high: 1_500.0 });
        let svg = svg("growth_core_sites", points);
        // 2000 at the top: 1000 is in the middle, 500 a quarter above the bottom
        assert!(svg.contains("points=\"78.0,147.0 540.0,198.5\""), "{svg}");
        assert!(svg.contains(">core sites: events a second</text>") && svg.contains(">2 k</text>"), "{svg}");
    }

    #[test]
    fn axes_end_at_round_figures() {
        for (value, expect, words) in
            [(1.0, 1.0, "1"), (1_500.0, 2_000.0, "2 k"), (81_000.0, 100_000.0, "100 k"), (1.1e6, 2e6, "2 M")]
        {
            assert_eq!(round_up(value).to_bits(), f64::to_bits(expect), "{value}");
            assert_eq!(short(round_up(value)), words);
        }
    }
}
