//! One file of `tests/scenarios`: a title, what the trap is, the site where it matters, the events, the calls.

use call::{OpeningHours, Target};
use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use org::opening::{ClosedOn, Day, Span};
use std::path::PathBuf;
use std::sync::Arc;

/// What a scenario says of its site beside the plan that all have.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// When second 0 is, microseconds UTC.
    pub began_us: i64,
    pub hours: Option<Arc<dyn OpeningHours>>,
}

pub struct Scenario {
    /// The file's name.
    pub name: String,
    pub title: String,
    pub site: Site,
    pub events: Vec<String>,
    pub calls: Vec<String>,
}

impl Scenario {
    pub fn lines(&self) -> Vec<&str> {
        self.events.iter().map(String::as_str).collect()
    }
}

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios")
}

/// All of them, in the order of their names.
pub fn all() -> Vec<Scenario> {
    let names = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name != "README.md");
    names.sort();
    names.into_iter().map(read).collect()
}

fn read(name: String) -> Scenario {
    let text = std::fs::read_to_string(folder().join(&name)).unwrap();
    let section = |wanted: &str| -> Vec<String> {
        let lines = text.lines().skip_while(|line| *line != wanted).skip(1);
        lines.take_while(|line| line.starts_with("  ")).map(|line| line.trim().to_owned()).collect()
    };
    let title = text.lines().next().unwrap_or_default().to_owned();
    let (events, calls) = (section("events"), section("calls"));
    assert!(!events.is_empty() && !calls.is_empty(), "{name} lacks events or calls");
    assert!(text.contains("\nTrap: "), "{name} does not tell its trap");
    let known = text.lines().filter(|line| line.starts_with("  ")).count();
    let site = section("site");
    assert_eq!(known, site.len() + events.len() + calls.len(), "{name} has lines outside its sections");
    Scenario { site: Site::read(&site), name, title, events, calls }
}

impl Site {
    fn read(lines: &[String]) -> Self {
        let mut site = Self::default();
        let mut spans = Vec::new();
        for line in lines {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["clock", at] => site.began_us = at.parse::<Timestamp>().unwrap().as_microsecond(),
                ["hours", days, hours] => spans.push(span(days, hours, ClosedOn::Nothing)),
                ["hours", days, hours, "not", "on", "public_holidays"] => {
                    spans.push(span(days, hours, ClosedOn::PublicHolidays));
                }
                ref other => panic!("nothing known of a site is {other:?}"),
            }
        }
        let time_zone = TimeZone::get("Europe/Stockholm").unwrap();
        let hours = org::opening::OpeningHours::new(spans, time_zone);
        assert!(
            lines.is_empty() || !hours.is_open(Some(&Target::Queue("vaxel".into())), 0),
            "1970 is closed"
        );
        site.hours = (!lines.is_empty()).then(|| Arc::new(hours) as Arc<dyn OpeningHours>);
        site
    }
}

fn span(days: &str, hours: &str, closed_on: ClosedOn) -> Span {
    let days = match days {
        "mon-fri" => Weekday::Monday.cycle_forward().take(5).collect(),
        "sun" => vec![Weekday::Sunday],
        other => panic!("no days {other}"),
    };
    let time = |text: &str| -> Time { text.parse().unwrap() };
    let (from, to) = hours.split_once('-').unwrap();
    Span {
        queues: [].into(),
        days: days.into_iter().map(Day::of).collect(),
        from: time(from),
        to: Some(time(to)),
        closed_on,
        closed_dates: [].into(),
    }
}
