use super::*;
use call::OpeningHours as _;
use jiff::civil::date;

/// Easter Sundays as the almanac has them.
#[test]
fn easter_of_many_years() {
    for (year, month, day) in [
        (1961, 4, 2),
        (1981, 4, 19),
        (2000, 4, 23),
        (2008, 3, 23),
        (2011, 4, 24),
        (2019, 4, 21),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2027, 3, 28),
        (2038, 4, 25),
        (2049, 4, 18),
    ] {
        assert_eq!(easter(year), date(year, month, day));
    }
}

#[test]
fn the_public_holidays_of_a_year() {
    let days = |year| public_holidays(year).map(|day| day.to_string()[5..].to_owned()).join(" ");
    assert_eq!(days(2026), "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-06 06-20 10-31 12-25 12-26");
    assert_eq!(days(2025), "01-01 01-06 04-18 04-20 04-21 05-01 05-29 06-08 06-06 06-21 11-01 12-25 12-26");
    assert_eq!(eves(2026).map(|day| day.to_string()), ["2026-06-19", "2026-12-24", "2026-12-31"]);
    // The last possible midsummer and All Saints' Day.
    assert!(public_holidays(2027).contains(&date(2027, 6, 26)));
    assert!(public_holidays(2027).contains(&date(2027, 11, 6)));
}

fn span(queues: &[&str], days: &[Weekday], from: i8, to: i8) -> Span {
    Span {
        queues: queues.iter().map(|queue| (*queue).into()).collect(),
        days: days.iter().map(|day| Day::of(*day)).collect(),
        from: Time::new(from, 0, 0, 0).unwrap(),
        to: (to < 24).then(|| Time::new(to, 0, 0, 0).unwrap()),
        closed_on: ClosedOn::PublicHolidaysAndEves,
        closed_dates: [date(2026, 3, 5)].into(),
    }
}

const WORKING: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

fn open(spans: Vec<Span>, target: Option<&Target>, at: &str) -> bool {
    let at: Timestamp = at.parse().unwrap();
    let hours = OpeningHours::new(spans, TimeZone::get("Europe/Stockholm").unwrap());
    hours.is_open(target, at.as_microsecond())
}

fn check(at: &str, expect: bool) {
    let queue = Target::Queue("vaxel".into());
    assert_eq!(open(vec![span(&[], &WORKING, 8, 17)], Some(&queue), at), expect, "{at}");
}

#[test]
fn weekdays_hours_and_holidays() {
    check("2026-03-04T08:00:00+01:00", true);
    check("2026-03-04T07:59:59.999999+01:00", false);
    check("2026-03-04T16:59:59.999999+01:00", true);
    check("2026-03-04T17:00:00+01:00", false);
    check("2026-03-07T10:00:00+01:00", false); // a Saturday
    check("2026-03-05T10:00:00+01:00", false); // named by date
    check("2026-04-06T10:00:00+02:00", false); // Easter Monday
    check("2026-06-19T10:00:00+02:00", false); // midsummer eve, a Friday
    check("2026-06-18T10:00:00+02:00", true);
    check("2026-12-24T10:00:00+01:00", false);
}

/// The clock on the wall opens, not the sun: on both days, one hour of UTC apart from the day before.
#[test]
fn the_two_days_on_which_the_clock_is_changed() {
    let sundays = || vec![span(&[], &[Weekday::Saturday, Weekday::Sunday], 8, 17)];
    let check = |at: &str, expect: bool| assert_eq!(open(sundays(), None, at), expect, "{at}");
    check("2026-03-28T07:00:00Z", true); // Saturday, winter time
    check("2026-03-29T05:59:59Z", false); // Sunday, summer time
    check("2026-03-29T06:00:00Z", true);
    check("2026-03-29T15:00:00Z", false);
    check("2026-10-24T06:00:00Z", true); // Saturday, summer time
    check("2026-10-25T06:30:00Z", false); // Sunday, winter time
    check("2026-10-25T07:00:00Z", true);
    // The hour that comes twice, and the one that never comes.
    let night = || vec![span(&[], &[Weekday::Sunday], 2, 3)];
    let check = |at: &str, expect: bool| assert_eq!(open(night(), None, at), expect, "{at}");
    check("2026-10-25T00:30:00Z", true);
    check("2026-10-25T01:30:00Z", true);
    check("2026-10-25T02:00:00Z", false);
    check("2026-03-29T00:59:59Z", false);
    check("2026-03-29T01:00:00Z", false);
}

#[test]
fn whose_hours() {
    let spans = || vec![span(&["vaxel"], &WORKING, 7, 24), span(&[], &WORKING, 8, 17)];
    let [vaxel, other, person] =
        [Target::Queue("vaxel".into()), Target::Queue("social".into()), Target::Extension("2101".into())];
    let night = "2026-03-04T23:59:59+01:00";
    assert!(open(spans(), Some(&vaxel), night));
    assert!(!open(spans(), Some(&other), night) && !open(spans(), Some(&person), night));
    assert!(!open(spans(), None, night));
    // Only one queue has hours: everything else is open; so is all without any.
    let one = || vec![span(&["vaxel"], &WORKING, 8, 17)];
    assert!(!open(one(), Some(&vaxel), night));
    assert!(open(one(), Some(&other), night) && open(one(), None, night));
    assert!(open(Vec::new(), Some(&vaxel), night));
    // Two spans of a day have a break between them.
    let split = || vec![span(&[], &WORKING, 8, 12), span(&[], &WORKING, 13, 17)];
    assert!(
        open(split(), None, "2026-03-04T11:00:00+01:00") && open(split(), None, "2026-03-04T13:00:00+01:00")
    );
    assert!(!open(split(), None, "2026-03-04T12:30:00+01:00"));
}
