//! Whether a year looks like one: who calls when, who gives up, who calls again.

use super::{days, site};
use call::event::{Endpoint, MemberState};
use call::{Body, Direction, Party, PassResult};
use generate::calendar::{Calendar, Shape};
use generate::{Parameters, Truth};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const FIRST: Date = date(2025, 1, 1);

/// A call from outside, by the clock of the town.
struct Arrival {
    date: Date,
    hour: i8,
    caller: Party,
    at_us: i64,
}

struct Year {
    arrivals: Vec<Arrival>,
    truths: Vec<Truth>,
    /// Operators who could take a caller at ten and at a quarter past twelve, of all working days.
    free_at: BTreeMap<&'static str, usize>,
}

/// One year of a town of 8,000.
static YEAR: LazyLock<Year> = LazyLock::new(|| {
    let mut parameters = Parameters::of_inhabitants(11, 8_000);
    parameters.has_incidents = false;
    let mut generator = days("2025-01-01", "2026-01-01", parameters);
    generator.keep_truths();
    let zone = site().time_zone;
    let local = |at_us: i64| zone.to_datetime(jiff::Timestamp::from_microsecond(at_us).unwrap());
    let mut year = Year { arrivals: Vec::new(), truths: Vec::new(), free_at: BTreeMap::new() };
    let mut members: BTreeMap<String, MemberState> = BTreeMap::new();
    let mut minute = (FIRST, 0, 0);
    for event in generator.by_ref() {
        match &event.body {
            Body::LegStarted { endpoint: Endpoint::Device(device), incoming: true, caller, .. }
                if **device == *"trunk" =>
            {
                let at = local(event.at_us);
                let (caller, at_us) = (caller.clone(), event.at_us);
                year.arrivals.push(Arrival { date: at.date(), hour: at.hour(), caller, at_us });
            }
            Body::MemberState { queue, member, state } if **queue == *"vaxel" => {
                members.insert(member.to_string(), *state);
            }
            Body::Heartbeat => {
                let at = local(event.at_us);
                if (at.date(), at.hour(), at.minute()) != minute {
                    minute = (at.date(), at.hour(), at.minute());
                    let here =
                        |state: &&MemberState| !matches!(state, MemberState::Paused | MemberState::Removed);
                    let when = match (at.hour(), at.minute()) {
                        (10, 30) => "morning",
                        (12, 20) => "noon",
                        _ => continue,
                    };
                    *year.free_at.entry(when).or_default() += members.values().filter(here).count();
                }
            }
            _ => {}
        }
    }
    year.truths = generator.take_truths();
    year
});

fn by_day() -> BTreeMap<Date, f64> {
    let mut days: BTreeMap<Date, f64> = FIRST.series(1.day()).take(365).map(|day| (day, 0.0)).collect();
    YEAR.arrivals.iter().for_each(|arrival| *days.get_mut(&arrival.date).unwrap() += 1.0);
    days
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn between(what: &str, value: f64, low: f64, high: f64) {
    assert!((low..=high).contains(&value), "{what}: {value} is not between {low} and {high}");
}

static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| Calendar::new(FIRST, 0.02, false));

fn is_closed(day: Date) -> bool {
    CALENDAR.is_closed(day)
}

#[test]
fn hours_of_working_days() {
    let of = |hour: i8| {
        let arrivals =
            YEAR.arrivals.iter().filter(|arrival| !is_closed(arrival.date) && arrival.hour == hour);
        arrivals.count() as f64
    };
    let all: f64 = (0..24).map(of).sum();
    between("9 to 11", (of(9) + of(10)) / all, 0.25, 0.32);
    between("noon against ten", of(12) / of(10), 0.5, 0.75);
    between("13 against noon", of(13) / of(12), 1.2, 1.8);
    between("16 against ten", of(16) / of(10), 0.25, 0.5);
    between("the night", (0..5).map(of).sum::<f64>() / all, 0.005, 0.04);
}

#[test]
fn weekdays() {
    // Weeks without a holiday, and outside of summer.
    let days = by_day();
    let of = |weekday: Weekday| {
        let in_season = |day: &Date| matches!(day.month(), 2 | 3 | 9 | 10 | 11);
        mean(
            days.iter()
                .filter(|(day, _)| day.weekday() == weekday && in_season(day))
                .map(|(_, calls)| *calls),
        )
    };
    let tuesday = of(Weekday::Tuesday);
    between("Monday", of(Weekday::Monday) / tuesday, 1.05, 1.20);
    between("Wednesday", of(Weekday::Wednesday) / tuesday, 0.88, 1.02);
    between("Friday", of(Weekday::Friday) / tuesday, 0.70, 0.84);
    between("Saturday", of(Weekday::Saturday) / tuesday, 0.03, 0.20);
    let afternoon = |weekday: Weekday| {
        let of_day = YEAR.arrivals.iter().filter(|arrival| arrival.date.weekday() == weekday);
        let all = of_day.clone().count() as f64;
        of_day.filter(|arrival| (13..17).contains(&arrival.hour)).count() as f64 / all
    };
    between("Friday afternoon", afternoon(Weekday::Friday) / afternoon(Weekday::Tuesday), 0.7, 0.95);
}

#[test]
fn holidays_are_quiet_and_the_day_after_is_not() {
    let days = by_day();
    let usual = mean(days.iter().filter(|(day, _)| !is_closed(**day)).map(|(_, calls)| *calls));
    for (what, day) in [
        ("Epiphany", date(2025, 1, 6)),
        ("Good Friday", date(2025, 4, 18)),
        ("Easter Monday", date(2025, 4, 21)),
        ("the first of May", date(2025, 5, 1)),
        ("Ascension Day", date(2025, 5, 29)),
        ("the national day", date(2025, 6, 6)),
        ("Midsummer Eve", date(2025, 6, 20)),
        ("Christmas Eve", date(2025, 12, 24)),
        ("New Year's Eve", date(2025, 12, 31)),
    ] {
        between(what, days[&day] / usual, 0.01, 0.2);
    }
    between("the day after Epiphany", days[&date(2025, 1, 7)] / days[&date(2025, 1, 14)], 1.0, 1.4);
    let of = |all: &[Date]| mean(all.iter().map(|day| days[day]));
    let bridges = of(&[date(2025, 5, 2), date(2025, 5, 30)]);
    let fridays = of(&[date(2025, 5, 9), date(2025, 5, 16), date(2025, 5, 23)]);
    between("Fridays after a free Thursday", bridges / fridays, 0.55, 0.95);
}

#[test]
fn july_is_quiet() {
    let days = by_day();
    let of = |month: i8| {
        mean(
            days.iter().filter(|(day, _)| day.month() == month && !is_closed(**day)).map(|(_, calls)| *calls),
        )
    };
    between("July against May", of(7) / of(5), 0.45, 0.68);
    between("September against May", of(9) / of(5), 1.0, 1.2);
}

#[test]
fn each_year_has_two_percent_more() {
    let of_year = |year: i16| -> f64 {
        date(year, 1, 1).series(1.day()).take(365).map(|day| CALENDAR.of_day(day, Shape::Office)).sum()
    };
    between("the first year", of_year(2025), 1.0, 1.02);
    // How holidays fall on weekdays makes half a percent, or one, more or less.
    between("the fifth year", of_year(2029) / of_year(2025), 1.065, 1.10);
    // 8,000 inhabitants make 256,000 calls, of which two thirds come from outside, and some again.
    between("calls from outside", YEAR.arrivals.len() as f64, 165_000.0, 185_000.0);
}

#[test]
fn who_was_lost_calls_again() {
    let lost = |truth: &&Truth| truth.direction == Direction::External && truth.outcome.is_lost();
    let mut last_lost: BTreeMap<i64, bool> = BTreeMap::new();
    YEAR.truths.iter().for_each(|truth| {
        last_lost.insert(truth.arrived_us, lost(&truth));
    });
    let mut before: BTreeMap<String, (i64, bool)> = BTreeMap::new();
    let (mut after_lost, mut again) = (0.0, 0.0);
    for arrival in &YEAR.arrivals {
        let Party::Outside(_) = &arrival.caller else { continue };
        let was_lost = last_lost.get(&arrival.at_us).copied().unwrap_or(false);
        let earlier = before.insert(arrival.caller.to_string(), (arrival.at_us, was_lost));
        after_lost += f64::from(u8::from(was_lost));
        let is_again = earlier.is_some_and(|(at_us, lost)| lost && arrival.at_us - at_us < 3_600_000_000);
        again += f64::from(u8::from(is_again));
    }
    between("of lost callers, those who call again within the hour", again / after_lost, 0.36, 0.50);
    between("of all calls from outside, those again", again / YEAR.arrivals.len() as f64, 0.01, 0.08);
}

#[test]
fn at_noon_half_of_the_operators_eat() {
    let (morning, noon) = (YEAR.free_at["morning"] as f64, YEAR.free_at["noon"] as f64);
    between("operators at noon against the morning", noon / morning, 0.4, 0.75);
}

#[test]
fn some_hang_up_at_once_and_half_have_left_after_three_minutes() {
    let mut parameters = Parameters::of_inhabitants(12, 100_000);
    (parameters.members, parameters.is_always_busy, parameters.has_incidents) = (Some(1), true, false);
    let mut generator = days("2025-03-04", "2025-03-05", parameters);
    generator.keep_truths();
    generator.by_ref().for_each(drop);
    let truths = generator.take_truths();
    let stays = truths.iter().flat_map(|truth| &truth.stays).filter(|stay| stay.queue == "vaxel");
    let mut stays: Vec<(f64, bool)> = stays
        .filter(|stay| stay.result != PassResult::Saturated)
        .map(|stay| (stay.wait_us as f64 / 1e6, stay.result == PassResult::Abandoned))
        .collect();
    let at_once = stays.iter().filter(|(wait_s, gave_up)| *gave_up && *wait_s < 6.0).count() as f64;
    between("within six seconds", at_once / stays.len() as f64, 0.018, 0.045);
    // Whoever is answered would have waited for longer: what Kaplan and Meier's estimate allows for.
    stays.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut left = 1.0;
    let median = stays.iter().enumerate().find(|(before, (_, gave_up))| {
        left *= 1.0 - f64::from(u8::from(*gave_up)) / (stays.len() - before) as f64;
        left <= 0.5
    });
    between("the median", median.unwrap().1.0, 165.0, 210.0);
}

#[test]
fn the_same_seed_is_the_same_to_the_byte_and_another_is_not() {
    let told = |seed: u64| {
        let events = days("2025-03-03", "2025-03-05", Parameters::of_inhabitants(seed, 5_000));
        events.map(|event| format!("{event:?}\n")).collect::<String>()
    };
    let (one, other) = (told(1), told(2));
    assert!(one == told(1), "the same seed");
    assert!(one != other, "another seed");
}

#[test]
fn time_does_not_go_back_and_positions_grow() {
    let mut last = (i64::MIN, 0);
    for event in days("2025-03-03", "2025-03-04", Parameters::of_inhabitants(3, 20_000)) {
        assert!(event.at_us >= last.0 && event.origin.position == last.1 + 1, "{event:?} after {last:?}");
        last = (event.at_us, event.origin.position);
    }
}
