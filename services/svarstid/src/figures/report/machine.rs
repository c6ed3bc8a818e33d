//! For scripts: every figure with its unit in its name, nothing rounded.

use super::fields::{self, Field, Value as Figure};
use super::lines::{self, Line};
use super::{Counted, Measure, Plan, work};
use call::LostStage;
use kpi::{Cut, Pane};
use serde_json::{Map, Value, json};
use std::io::Write;

/// One document: the lines, and what is told of the site as a whole.
pub fn json(out: &mut dyn Write, counted: &Counted, plan: &Plan) -> anyhow::Result<()> {
    let lines: Vec<Value> = objects(counted, plan).into_iter().map(Value::Object).collect();
    let mut document = Map::new();
    document.insert("by".into(), json!(word(plan.cut)));
    document.insert("ring_cadence_s".into(), json!(plan.cadence.seconds));
    document.insert("lines".into(), json!(lines));
    if plan.measures.contains(&Measure::Service) {
        document.insert("targets".into(), targets(counted, plan));
    }
    if plan.measures.contains(&Measure::Direct) {
        let (found, left_out, calls) = lines::sought(&counted.report, plan);
        let one = |s: &lines::Sought| json!({ "extension": s.extension, "direction": s.direction.word(), "calls": s.calls });
        document.insert("sought_through_operator".into(), found.iter().map(one).collect());
        document.insert("sought_left_out".into(), json!({ "extensions": left_out, "calls": calls }));
    }
    if plan.measures.contains(&Measure::Repeat) {
        let all = |found: &kpi::Repeats| {
            work::repeats(found).into_iter().flat_map(|section| section.fields).collect::<Vec<_>>()
        };
        let mut whole = Map::new();
        put(&mut whole, &all(&counted.episodes.whole()));
        let units = counted.episodes.by_unit().iter().map(|(unit, found)| {
            let mut object = Map::new();
            object.insert("unit".into(), json!(unit.as_deref()));
            put(&mut object, &all(found));
            Value::Object(object)
        });
        whole.insert("units".into(), units.collect());
        document.insert("repeat".into(), Value::Object(whole));
    }
    serde_json::to_writer_pretty(&mut *out, &Value::Object(document))?;
    Ok(writeln!(out)?)
}

pub fn jsonl(out: &mut dyn Write, counted: &Counted, plan: &Plan) -> anyhow::Result<()> {
    for object in objects(counted, plan) {
        serde_json::to_writer(&mut *out, &object)?;
        writeln!(out)?;
    }
    Ok(())
}

pub fn csv(out: &mut dyn Write, counted: &Counted, plan: &Plan) -> anyhow::Result<()> {
    let mut objects = objects(counted, plan);
    objects.iter_mut().for_each(|object| drop(object.remove("losses")));
    crate::figures::machine::table(out, &objects)
}

fn objects(counted: &Counted, plan: &Plan) -> Vec<Map<String, Value>> {
    lines::lines(&counted.report, plan).iter().map(|line| object(line, plan)).collect()
}

fn object(line: &Line, plan: &Plan) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert(word(plan.cut).into(), json!(line.name));
    object.insert("direction".into(), json!(line.direction.word()));
    for measure in &plan.measures {
        for section in fields::sections(*measure, &line.figures, plan) {
            put(&mut object, &section.fields);
        }
    }
    if plan.measures.contains(&Measure::Loss) && plan.cut != Cut::Queue {
        object.insert("losses".into(), losses(line));
    }
    object
}

fn put(object: &mut Map<String, Value>, fields: &[Field]) {
    for field in fields {
        let value = match field.value {
            Figure::Count(count) => json!(count),
            Figure::Part(part, _) => json!(part),
            Figure::Share(part, whole) => json!(kpi::share(part, whole)),
            Figure::Time(value) | Figure::Milli(value) => json!(value),
        };
        object.insert(field.key.clone(), value);
        if let Figure::Part(part, whole) = field.value {
            object.insert(format!("{}_share", field.key), json!(kpi::share(part, whole)));
        }
    }
}

/// Stage by band.
fn losses(line: &Line) -> Value {
    let bands = ["0_to_6_s", "6_to_12_s", "12_to_30_s", "over_30_s"];
    let mut found = Vec::new();
    for stage in LostStage::ALL {
        for (band, loss) in bands.iter().zip(&line.figures.losses[stage.index()]) {
            if loss.calls > 0 {
                let mean_us = loss.wait_sum_us / loss.calls;
                found.push(json!({ "stage": stage.word(), "band": band, "calls": loss.calls, "wait_mean_us": mean_us }));
            }
        }
    }
    json!(found)
}

fn targets(counted: &Counted, plan: &Plan) -> Value {
    let one = |target: &kpi::Target| {
        let nothing = Pane::default();
        let kept = target.judge(counted.report.scopes.get(&target.scope).unwrap_or(&nothing));
        json!({
            "name": &*target.name,
            "scope": target.scope.kind(),
            "scope_name": target.scope.name(),
            "answer_within_s": target.within_s,
            "clock": target.clock.word(),
            "share": target.share,
            "lost_share_max": target.lost_share_max,
            "presented": kept.presented,
            "sl_of_offered": kept.level.sl_of_offered,
            "lost_share": kept.lost_share,
            "is_kept": kept.is_kept,
        })
    };
    plan.targets.iter().map(one).collect()
}

const fn word(cut: Cut) -> &'static str {
    match cut {
        Cut::Site => "site",
        Cut::Queue => "queue",
        Cut::Unit => "unit",
        Cut::Number => "number",
        Cut::Hour => "hour",
    }
}
