//! What the counters say of each hour: whether a target was really missed. It is told by other spans of time than the alerts look at.

use super::prometheus::Prometheus;
use super::rules::Alert;
use config::ServiceTarget;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::ops::Range;

const HOUR_S: i64 = 3_600;

/// What happened to callers of a target.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    pub presented: f64,
    within: f64,
    lost: f64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.presented += other.presented;
        self.within += other.within;
        self.lost += other.lost;
    }

    pub fn within_share(&self) -> f64 {
        self.within / self.presented
    }
}

pub struct Truth {
    targets: Vec<ServiceTarget>,
    zone: TimeZone,
    /// By target and hour since 1970.
    hours: BTreeMap<(String, i64), Tally>,
    days: BTreeMap<(String, Date), Tally>,
}

impl Truth {
    /// As the counters were at each full hour.
    pub fn ask(
        prometheus: &Prometheus,
        targets: &[ServiceTarget],
        zone: &TimeZone,
        span_s: &Range<i64>,
    ) -> Self {
        let mut truth = Self {
            targets: targets.to_vec(),
            zone: zone.clone(),
            hours: BTreeMap::new(),
            days: BTreeMap::new(),
        };
        for (what, part) in [
            ("presented", (|tally, grew| tally.presented = grew) as fn(&mut Tally, f64)),
            ("answered_within", |tally, grew| tally.within = grew),
            ("lost", |tally, grew| tally.lost = grew),
        ] {
            let expr = format!("sum by (target) (svarstid_processor_target_{what}_total)");
            let first_s = span_s.start.div_euclid(HOUR_S) * HOUR_S;
            for (labels, counts) in prometheus.ask(&expr, first_s..=span_s.end, HOUR_S) {
                for pair in counts.windows(2) {
                    let hour = pair[0].0 / HOUR_S;
                    let tally = truth.hours.entry((labels["target"].clone(), hour)).or_default();
                    part(tally, pair[1].1 - pair[0].1);
                }
            }
        }
        for ((target, hour), tally) in &truth.hours {
            let day = truth.date(hour * HOUR_S);
            truth.days.entry((target.clone(), day)).or_default().add(*tally);
        }
        truth
    }

    pub fn date(&self, at_s: i64) -> Date {
        self.zone.to_datetime(Timestamp::from_second(at_s).unwrap()).date()
    }

    /// The hour in which it was told; of an alert that looks at hours, the day.
    pub fn around(&self, alert: &Alert) -> Option<(&ServiceTarget, Tally)> {
        let target = self.targets.iter().find(|target| match alert.label("target") {
            Some(name) => target.name == name,
            None => alert.name == "SvarstidLongestWait" && target.queue.as_deref() == alert.label("queue"),
        })?;
        let at_s = alert.told_s.start;
        let tally = if alert.name.ends_with("Slow") {
            self.days.get(&(target.name.clone(), self.date(at_s)))
        } else {
            self.hours.get(&(target.name.clone(), at_s.div_euclid(HOUR_S)))
        };
        Some((target, *tally?))
    }

    pub fn missed(&self, alert: &Alert) -> Option<bool> {
        let (target, tally) = self.around(alert)?;
        let is_of_lost = alert.name.contains("LostShare");
        Some(match target.lost_share_max {
            Some(most) if is_of_lost => tally.lost / tally.presented > most,
            _ => tally.within_share() < target.share,
        })
    }

    /// Of each target: hours with so many callers that it was missed in, and all such hours.
    pub fn missed_hours(&self, callers_min: u32) -> Vec<(&str, usize, usize)> {
        let of = |target: &ServiceTarget| {
            let of_target = self.hours.iter().filter(|((name, _), _)| *name == target.name);
            let busy = of_target.filter(|(_, tally)| tally.presented >= f64::from(callers_min));
            busy.fold((0, 0), |(missed, all), (_, tally)| {
                (missed + usize::from(tally.within_share() < target.share), all + 1)
            })
        };
        let row = |target| {
            let (missed, all) = of(target);
            (target.name.as_str(), missed, all)
        };
        self.targets.iter().map(row).collect()
    }
}
