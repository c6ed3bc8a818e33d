//! Which alert is about which incident. This was decided before any figure was seen, and is no place to make figures better.

use super::rules::Alert;
use super::truth::Truth;
use super::world::SECOND_US;
use generate::profile::{OPERATORS, QUEUES};
use generate::{Incident, IncidentKind};
use std::ops::Range;

/// What goes wrong has effects for a while after its end: a queue has to become empty.
const GRACE_S: i64 = 1_800;
const WEEK_S: i64 = 7 * 86_400;
/// Alerts about callers, those that tell at once and those that look at hours.
const OF_CALLERS: [&str; 5] = [
    "SvarstidLongestWait",
    "SvarstidServiceLevelFast",
    "SvarstidServiceLevelSlow",
    "SvarstidLostShareFast",
    "SvarstidLostShareSlow",
];

/// An incident in seconds, with its grace.
pub fn span_s(incident: &Incident) -> Range<i64> {
    let grace_s = match incident.kind {
        // The alert looks at seven days.
        IncidentKind::DisciplineCollapse => WEEK_S,
        _ => GRACE_S,
    };
    incident.from_us / SECOND_US..incident.to_us / SECOND_US + grace_s
}

fn overlap(a: &Range<i64>, b: &Range<i64>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Whether an alert of this name and these labels is meant to tell of such an incident, whenever it is.
pub fn is_meant(alert: &Alert, incident: &Incident) -> bool {
    match incident.kind {
        IncidentKind::StaffingDrop | IncidentKind::Surge | IncidentKind::QueueClosed => {
            OF_CALLERS.contains(&alert.name.as_str()) && covers(alert, incident)
        }
        IncidentKind::DisciplineCollapse => {
            alert.name == "SvarstidUndiverted" && alert.label("unit") == incident.unit
        }
        IncidentKind::SourceSilent => {
            ["SvarstidSourceSilent", "SvarstidFiguresStill"].contains(&alert.name.as_str())
        }
        IncidentKind::TrunkFailure => alert.name == "SvarstidCallsMissing",
    }
}

/// Whether the alert's queue, or a queue of its target, is touched.
fn covers(alert: &Alert, incident: &Incident) -> bool {
    // A target without a queue is about the whole site.
    let Some(queue) = alert.label("queue") else { return true };
    // Its calls fall to the operators.
    let falls_to_operators = incident.kind == IncidentKind::QueueClosed && queue == QUEUES[OPERATORS].name;
    incident.queue.is_none_or(|of| of == queue) || falls_to_operators
}

pub fn is_found_by(incident: &Incident, alert: &Alert) -> bool {
    is_meant(alert, incident) && overlap(&alert.told_s, &span_s(incident))
}

/// An incident and what was told of it.
pub struct Found<'a> {
    pub incident: &'a Incident,
    /// Seconds from its begin to the first page, and to the first alert of any kind; below zero: it was told before, and still.
    pub page_s: Option<i64>,
    pub any_s: Option<i64>,
    /// The same would have been told of the same hours of another week, in which nothing happened; none: there is no such week.
    pub by_chance: Option<bool>,
}

pub fn found<'a>(incidents: &'a [Incident], alerts: &[Alert], span_s: &Range<i64>) -> Vec<Found<'a>> {
    let one = |incident: &'a Incident| {
        let from_s = incident.from_us / SECOND_US;
        let first = |only_pages: bool| {
            let told = alerts.iter().filter(|alert| alert.is_page() || !only_pages);
            told.filter(|alert| is_found_by(incident, alert)).map(|alert| alert.told_s.start - from_s).min()
        };
        let quiet = quiet_week(incident, incidents, span_s);
        let by_chance = quiet.map(|quiet| alerts.iter().any(|alert| is_found_by(&quiet, alert)));
        Found { incident, page_s: first(true), any_s: first(false), by_chance }
    };
    incidents.iter().map(one).collect()
}

/// The same incident in another week, where it did not happen and no other one did.
fn quiet_week(incident: &Incident, all: &[Incident], within_s: &Range<i64>) -> Option<Incident> {
    let moved = |weeks: i64| {
        let by_us = weeks * WEEK_S * SECOND_US;
        let (from_us, to_us) = (incident.from_us + by_us, incident.to_us + by_us);
        Incident { from_us, to_us, ..incident.clone() }
    };
    let is_quiet = |moved: &Incident| {
        let span = span_s(moved);
        let is_within = within_s.start <= span.start && span.end <= within_s.end;
        // Of the same hours, or of the same unit.
        let touches = |other: &Incident| overlap(&span, &span_s(other)) && other.unit == moved.unit;
        is_within && !all.iter().any(touches)
    };
    [1, -1, 2, -2, 3, -3].into_iter().map(moved).find(is_quiet)
}

/// How many of the incidents that an alert of this name is meant for it told of, how many there are, and how many it would have told of
/// in the same hours of quiet weeks, of how many such weeks.
pub fn told_by(name: &str, incidents: &[Incident], alerts: &[Alert], within_s: &Range<i64>) -> [usize; 4] {
    let of_name = || alerts.iter().filter(|alert| alert.name == name);
    let told = |incident: &Incident| of_name().any(|alert| is_found_by(incident, alert));
    let meant: Vec<&Incident> =
        incidents.iter().filter(|one| of_name().any(|alert| is_meant(alert, one))).collect();
    let quiet: Vec<Incident> = meant.iter().filter_map(|one| quiet_week(one, incidents, within_s)).collect();
    let count = |told: &mut dyn Iterator<Item = bool>| told.filter(|told| *told).count();
    let by_chance = count(&mut quiet.iter().map(told));
    [count(&mut meant.iter().map(|one| told(one))), meant.len(), by_chance, quiet.len()]
}

/// An alert and what was there.
pub struct Judged<'a> {
    pub alert: &'a Alert,
    pub incident: Option<&'a Incident>,
    /// The target was missed in the hour in which it was told (slow alerts: on that day); none: no target is about it.
    pub missed: Option<bool>,
}

pub fn judged<'a>(alerts: &'a [Alert], incidents: &'a [Incident], truth: &Truth) -> Vec<Judged<'a>> {
    let one = |alert: &'a Alert| Judged {
        alert,
        incident: incidents.iter().find(|incident| is_found_by(incident, alert)),
        missed: truth.missed(alert),
    };
    alerts.iter().map(one).collect()
}

/// What Alertmanager would send by the routing that is shipped: one message for all alerts of a name and unit, none for what follows from
/// something else, and none that is over for a minute only.
pub fn messages(alerts: &[Alert]) -> Vec<&Alert> {
    const GROUP_INTERVAL_S: i64 = 60;
    let mut messages: Vec<(&Alert, i64)> = Vec::new();
    for alert in alerts.iter().filter(|alert| !is_inhibited(alert, alerts)) {
        let same = |(other, _): &&mut (&Alert, i64)| {
            other.name == alert.name && other.label("unit") == alert.label("unit")
        };
        match messages.iter_mut().rev().find(same) {
            Some((_, until_s)) if alert.told_s.start <= *until_s + GROUP_INTERVAL_S => {
                *until_s = (*until_s).max(alert.told_s.end);
            }
            _ => messages.push((alert, alert.told_s.end)),
        }
    }
    messages.into_iter().map(|(alert, _)| alert).collect()
}

/// By another alert that is told at its begin.
fn is_inhibited(alert: &Alert, alerts: &[Alert]) -> bool {
    let begins = alert.told_s.start..alert.told_s.start + 1;
    let silences = |other: &Alert| {
        let (by, of) = (other.name.as_str(), alert.name.as_str());
        match by {
            "SvarstidSourceSilent" => OF_CALLERS.contains(&of) || of == "SvarstidFiguresStill",
            "SvarstidFiguresStill" => OF_CALLERS.contains(&of),
            "SvarstidServiceLevelFast" | "SvarstidLostShareFast" => {
                of == by.replace("Fast", "Slow") && other.label("target") == alert.label("target")
            }
            _ => false,
        }
    };
    alerts.iter().any(|other| overlap(&other.told_s, &begins) && silences(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(name: &str, labels: &[(&str, &str)], told_s: Range<i64>) -> Alert {
        let labels = labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Alert { name: name.into(), labels, told_s }
    }

    fn incident(kind: IncidentKind, queue: Option<&'static str>, hours: Range<i64>) -> Incident {
        let [from_us, to_us] = [hours.start, hours.end].map(|hour| hour * 3600 * SECOND_US);
        Incident { kind, queue, unit: None, from_us, to_us, strength: 1.0 }
    }

    #[test]
    fn an_alert_is_about_what_it_covers_and_for_half_an_hour_longer() {
        let drop = incident(IncidentKind::StaffingDrop, Some("skola"), 10..11);
        let wait = |queue, told_s| alert("SvarstidLongestWait", &[("queue", queue)], told_s);
        assert!(is_found_by(&drop, &wait("skola", 41_300..41_400)));
        assert!(!is_found_by(&drop, &wait("skola", 41_400..41_500)), "half an hour after its end");
        assert!(!is_found_by(&drop, &wait("skola", 35_000..36_000)), "before");
        assert!(!is_found_by(&drop, &wait("vaxel", 36_000..37_000)), "another queue");
        let whole = alert("SvarstidServiceLevelFast", &[("target", "whole municipality")], 36_000..37_000);
        assert!(is_found_by(&drop, &whole));
        let closed = incident(IncidentKind::QueueClosed, Some("skola"), 10..11);
        assert!(is_found_by(&closed, &wait("vaxel", 36_000..37_000)), "its calls fall to the operators");
        let silent = incident(IncidentKind::SourceSilent, None, 10..11);
        assert!(!is_found_by(&silent, &whole));
        assert!(is_found_by(&silent, &alert("SvarstidSourceSilent", &[], 36_200..40_000)));
    }

    #[test]
    fn what_happens_every_week_is_found_by_chance() {
        let drop = incident(IncidentKind::StaffingDrop, Some("skola"), 10..11);
        let at = |week: i64| {
            alert(
                "SvarstidLongestWait",
                &[("queue", "skola"), ("severity", "page")],
                week * WEEK_S + 36_600..week * WEEK_S + 37_000,
            )
        };
        let (all, span) = ([drop], 0..3 * WEEK_S);
        let of = |alerts: &[Alert]| found(&all, alerts, &span).pop().map(|one| (one.page_s, one.by_chance));
        assert_eq!(of(&[at(0)]), Some((Some(600), Some(false))));
        assert_eq!(of(&[at(0), at(1)]), Some((Some(600), Some(true))));
        assert_eq!(of(&[at(1)]), Some((None, Some(true))));
    }

    #[test]
    fn one_message_for_a_unit_and_none_for_what_follows() {
        let wait = |queue, told_s| alert("SvarstidLongestWait", &[("queue", queue), ("unit", "it")], told_s);
        let fast = alert("SvarstidServiceLevelFast", &[("target", "a")], 0..100);
        let slow = |target, told_s| alert("SvarstidServiceLevelSlow", &[("target", target)], told_s);
        let all = [
            fast,
            wait("a", 10..50),
            wait("b", 40..70),
            slow("a", 50..900),
            slow("b", 60..90),
            wait("a", 130..140),
            wait("a", 201..220),
        ];
        let sent: Vec<i64> = messages(&all).iter().map(|alert| alert.told_s.start).collect();
        assert_eq!(sent, [0, 10, 60, 201]);
    }
}
