//! The figures, for people and as lines that can be compared.

use super::judge::{Found, Judged, told_by};
use super::rules::Alert;
use super::truth::Truth;
use super::world::SECOND_US;
use generate::profile::{OPERATORS, QUEUES};
use generate::{Incident, IncidentKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const WEEK_S: f64 = 7.0 * 86_400.0;

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.0}", part as f64 * 100.0 / whole as f64) }
}

/// A name for a line of figures.
fn key(text: &str) -> String {
    text.to_lowercase().replace([' ', ','], "_")
}

/// Incidents of one kind; of queues, those of the operators apart from the groups.
fn kind(incident: &Incident) -> String {
    let of = match (incident.kind, incident.queue) {
        (IncidentKind::StaffingDrop | IncidentKind::Surge, Some(queue)) => {
            if queue == QUEUES[OPERATORS].name { ", operators" } else { ", group" }
        }
        (IncidentKind::Surge, None) => ", all queues",
        _ => "",
    };
    format!("{}{of}", incident.kind.word())
}

fn minutes(mut seconds: Vec<i64>, share: f64) -> String {
    seconds.sort_unstable();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
    let place = ((seconds.len() as f64 * share).ceil() as usize).max(1);
    match seconds.get(place - 1) {
        // What was told before and still is took no time.
        Some(seconds) => format!("{:.1}", (*seconds).max(0) as f64 / 60.0),
        None => "–".to_owned(),
    }
}

/// What became of the incidents.
pub fn recall(found: &[Found]) {
    let mut kinds: BTreeMap<String, Vec<&Found>> = BTreeMap::new();
    for one in found {
        kinds.entry(kind(one.incident)).or_default().push(one);
    }
    println!(
        "\n{:<28}{:>10}{:>8}{:>8}{:>14}{:>18}{:>12}",
        "incident", "happened", "page %", "any %", "by chance %", "median min (any)", "p90 min"
    );
    for (name, of_kind) in &kinds {
        let count = |is: &dyn Fn(&Found) -> bool| of_kind.iter().filter(|one| is(one)).count();
        let delays: Vec<i64> = of_kind.iter().filter_map(|one| one.any_s).collect();
        let known = count(&|one| one.by_chance.is_some());
        let pages = percent(count(&|one| one.page_s.is_some()), of_kind.len());
        let any = percent(delays.len(), of_kind.len());
        let chance = percent(count(&|one| one.by_chance == Some(true)), known);
        let (median, late) = (minutes(delays.clone(), 0.5), minutes(delays, 0.9));
        println!("{name:<28}{:>10}{pages:>8}{any:>8}{chance:>14}{median:>18}{late:>12}", of_kind.len());
        println!("bench recall_{} {any} percent", key(name));
    }
}

/// Which alert it was that told, against what it says when nothing happens.
pub fn recall_by_alert(incidents: &[Incident], alerts: &[Alert], span_s: &Range<i64>) {
    let names: BTreeSet<&str> = alerts.iter().map(|alert| alert.name.as_str()).collect();
    println!("\n{:<34}{:>16}{:>8}{:>14}", "alert", "incidents for it", "told %", "by chance %");
    for name in names {
        let [told, meant, by_chance, quiet] = told_by(name, incidents, alerts, span_s);
        let (share, chance) = (percent(told, meant), percent(by_chance, quiet));
        println!("{name:<34}{meant:>16}{share:>8}{chance:>14}");
        println!("bench recall_by_{} {share} percent", key(name));
    }
}

/// How many of the alerts were about an incident, or told of a target that was missed.
pub fn precision(judged: &[Judged], messages: &[&Alert], weeks: f64) {
    let mut names: BTreeMap<(&str, &str), Vec<&Judged>> = BTreeMap::new();
    let mut of: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for one in judged {
        let severity = one.alert.label("severity").unwrap_or_default();
        names.entry((severity, &one.alert.name)).or_default().push(one);
        names.entry((severity, "")).or_default().push(one);
        *of.entry((&one.alert.name, one.alert.whom())).or_default() += 1;
    }
    println!(
        "\n{:<34}{:>8}{:>10}{:>10}{:>12}{:>18}{:>10}",
        "alert", "told", "a week", "messages", "incident %", "target missed %", "either %"
    );
    for ((severity, name), of_name) in &names {
        let count = |is: &dyn Fn(&Judged) -> bool| of_name.iter().filter(|one| is(one)).count();
        let sent = messages
            .iter()
            .filter(|alert| {
                alert.label("severity") == Some(severity) && (name.is_empty() || alert.name == *name)
            })
            .count();
        let shown = if name.is_empty() { format!("all of severity {severity}") } else { (*name).to_owned() };
        let all = of_name.len();
        let right = percent(count(&|one| one.incident.is_some()), all);
        let known = count(&|one| one.missed.is_some());
        let missed = percent(count(&|one| one.missed == Some(true)), known);
        let either = percent(count(&|one| one.incident.is_some() || one.missed == Some(true)), all);
        println!(
            "{shown:<34}{all:>8}{:>10.1}{sent:>10}{right:>12}{missed:>18}{either:>10}",
            all as f64 / weeks
        );
        let key = if name.is_empty() { format!("all_{severity}") } else { key(name) };
        println!("bench precision_{key} {right} percent");
        println!("bench messages_{key}_a_week {:.1} messages", sent as f64 / weeks);
    }
    for ((name, whom), count) in of {
        println!("  {count:>6} {name:<26}{whom}");
    }
}

pub fn targets(truth: &Truth, callers_min: u32) {
    println!("\nhours of {callers_min} callers or more in which a target was missed");
    for (name, missed, all) in truth.missed_hours(callers_min) {
        println!("{name:<28}{missed:>8} of {all} ({} %)", percent(missed, all));
    }
}

pub fn weeks(span_s: &Range<i64>) -> f64 {
    (span_s.end - span_s.start) as f64 / WEEK_S
}

fn local(at_s: i64, zone: &TimeZone) -> String {
    let at = zone.to_datetime(Timestamp::from_second(at_s).unwrap());
    at.strftime("%a %Y-%m-%d %H:%M").to_string()
}

fn about(incident: &Incident, zone: &TimeZone) -> String {
    let [from, to] = [incident.from_us, incident.to_us].map(|at_us| local(at_us / SECOND_US, zone));
    let whom = incident.queue.or(incident.unit).unwrap_or("-");
    format!("{from} to {} {} {whom} strength {:.2}", &to[15..], incident.kind.word(), incident.strength)
}

pub fn missed_incidents(found: &[Found], zone: &TimeZone) {
    println!("\nincidents that nothing told of");
    for one in found.iter().filter(|one| one.any_s.is_none()) {
        println!("  {}", about(one.incident, zone));
    }
}

/// With the hour (or day) of the target, and whatever else went wrong on that day.
pub fn false_alerts(judged: &[Judged], incidents: &[Incident], truth: &Truth, zone: &TimeZone) {
    println!("\nalerts without an incident that they are meant for");
    for one in judged.iter().filter(|one| one.incident.is_none()) {
        let alert = one.alert;
        let told_min = (alert.told_s.end - alert.told_s.start) / 60;
        let whom = alert.whom();
        let share = truth.around(alert).map_or(String::new(), |(target, tally)| {
            let verdict = if one.missed == Some(true) { "missed" } else { "kept" };
            format!(
                "{:.0} of {:.0} % within, target {verdict}",
                tally.within_share() * 100.0,
                target.share * 100.0
            )
        });
        let day = truth.date(alert.told_s.start);
        let same_day = |incident: &&Incident| {
            (truth.date(incident.from_us / SECOND_US)..=truth.date(incident.to_us / SECOND_US)).contains(&day)
        };
        let others: Vec<String> =
            incidents.iter().filter(same_day).map(|incident| about(incident, zone)).collect();
        let others = if others.is_empty() { "nothing went wrong".to_owned() } else { others.join("; ") };
        println!(
            "  {} {told_min:>4} min {:<26}{whom:<22}{share}; {others}",
            local(alert.told_s.start, zone),
            alert.name
        );
    }
}
