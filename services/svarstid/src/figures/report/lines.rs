//! What is told, line by line, with small groups of persons' numbers put together.

use super::Plan;
use crate::time::rfc3339;
use call::Direction;
use kpi::{Cut, Figures, Group, Report};

/// One line of a report.
pub struct Line {
    pub name: String,
    pub direction: Direction,
    pub figures: Figures,
}

/// One extension that was asked for through the operator.
pub struct Sought {
    pub extension: String,
    pub direction: Direction,
    pub calls: i64,
}

/// The lines in their order: numbers by how often they were dialled, everything else by name.
pub fn lines(report: &Report, plan: &Plan) -> Vec<Line> {
    let mut lines = Vec::new();
    for direction in Direction::ALL {
        let of = report.groups.iter().filter(|((_, of), _)| of == direction);
        let is_small = |figures: &Figures| plan.cut == Cut::Number && figures.pane.offered() < plan.at_least;
        let (small, large): (Vec<_>, Vec<_>) = of.partition(|(_, figures)| is_small(figures));
        let mut found: Vec<Line> = large
            .into_iter()
            .map(|((group, _), figures)| Line {
                name: name(group),
                direction: *direction,
                figures: figures.clone(),
            })
            .collect();
        if plan.cut == Cut::Number {
            found.sort_by_key(|line| -line.figures.pane.offered());
        }
        if !small.is_empty() {
            let mut together = Figures::default();
            small.iter().for_each(|(_, figures)| together.combine(figures));
            let name = format!("({} below {} calls)", small.len(), plan.at_least);
            found.push(Line { name, direction: *direction, figures: together });
        }
        lines.extend(found);
    }
    if !matches!(plan.cut, Cut::Site | Cut::Number) {
        lines.sort_by(|a, b| a.name.cmp(&b.name));
    }
    lines
}

/// What a line is called.
pub fn name(group: &Group) -> String {
    match group {
        Group::Site => "whole site".to_owned(),
        Group::Queue(name) | Group::Unit(Some(name)) | Group::Number(Some(name)) => name.to_string(),
        Group::Unit(None) => "(no unit)".to_owned(),
        Group::Number(None) => "(outside)".to_owned(),
        Group::Hour(us) => rfc3339(*us).replace('T', " ").chars().take(16).collect(),
    }
}

/// Extensions by how often they were asked for, those with few calls left out; and how many were left out, and their calls.
pub fn sought(report: &Report, plan: &Plan) -> (Vec<Sought>, usize, i64) {
    let all = report.asked_for.iter().map(|((extension, direction), calls)| Sought {
        extension: extension.to_string(),
        direction: *direction,
        calls: *calls,
    });
    let (mut large, small): (Vec<_>, Vec<_>) = all.partition(|sought| sought.calls >= plan.at_least);
    large.sort_by(|a, b| (-a.calls, &a.extension).cmp(&(-b.calls, &b.extension)));
    (large, small.len(), small.iter().map(|sought| sought.calls).sum())
}
