//! The views of the measures against what the program counts, on calls made up from a seed, in the real engine.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod sink_support;

use call::{Call, Direction, LostStage, Outcome};
use e2e::Machine;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kpi::{Clock, Cut, Dimension, Episodes, Figures, Group, Pane, Report, ServiceLevel, Settings};
use sink_support::calls::{BEGIN_US, SITE};
use sink_support::filled::{CADENCE, DAY_US, Filled, fill, rows};
use sink_support::machine::value;
use std::collections::BTreeMap;
use window::Hopping;

#[tokio::test]
async fn every_view_says_what_the_program_counts() {
    let machine = Machine::shared();
    let filled = fill(&machine, "measures").await;
    by_number(&filled).await;
    by_hour(&filled).await;
    by_span(&filled).await;
    service_levels_on_every_clock(&filled).await;
    losses_by_stage_and_band(&filled).await;
    operators_work(&filled).await;
    callers_who_call_again(&filled).await;
    every_column_says_what_it_holds(&filled).await;
}

/// What the program says of the calls in such a cut, day by day of arrival. Passes are looked at through `Cut::Queue`, whose
/// days are those of joining: there each call is cut into one for each of its passes.
fn by_day(calls: &[Call], cut: Cut) -> BTreeMap<String, Report> {
    let mut days: BTreeMap<String, Report> = BTreeMap::new();
    for call in calls {
        let mut count = |us: i64, call: &Call| {
            let report = days.entry(day(us)).or_insert_with(|| Report::new(cut, CADENCE));
            report.add(call);
        };
        if cut == Cut::Queue {
            for pass in &call.passes {
                count(pass.joined_us, &Call { passes: vec![pass.clone()], asked_for: None, ..call.clone() });
            }
        } else {
            count(call.arrived_us, call);
        }
    }
    days
}

fn day(us: i64) -> String {
    // The generator's first day is 30 November, the days of the test lie around it.
    let day = us.div_euclid(DAY_US) - BEGIN_US.div_euclid(DAY_US) + 30;
    if day <= 30 { format!("2026-11-{day:02}") } else { format!("2026-12-{:02}", day - 30) }
}

fn null(value: Option<i64>) -> String {
    value.map_or_else(|| "\\N".to_owned(), |value| value.to_string())
}

async fn by_number(filled: &Filled) {
    let sql = "SELECT day, number, direction, offered, presented, answered, lost, answer_time_mean_us, answer_time_median_us,
        answer_time_p90_us, answer_time_p95_us, answer_time_max_us, direct_calls, undiverted_calls, undiverted_busy_calls,
        transferred_calls FROM by_number ORDER BY day, number, direction";
    let mut expect = Vec::new();
    for (day, report) in by_day(&filled.calls, Cut::Number) {
        let mut lines = Vec::new();
        for ((group, direction), figures) in report.groups {
            let Group::Number(number) = group else { unreachable!() };
            let (pane, times) = (&figures.pane, figures.answered.quantiles());
            let counts = [pane.offered(), pane.presented(), pane.answer_time.count(), pane.lost()];
            let exact = [times.mean_us, times.median_us, times.p90_us, times.p95_us, times.max_us];
            let more = [
                pane.direct_calls,
                pane.undiverted_calls,
                pane.undiverted_busy_calls,
                pane.transferred_calls,
            ];
            let cells: Vec<String> = std::iter::once(day.clone())
                .chain([number.as_deref().unwrap_or_default().to_owned(), direction.to_string()])
                .chain(counts.map(|count| count.to_string()))
                .chain(exact.map(null))
                .chain(more.map(|count| count.to_string()))
                .collect();
            lines.push(cells.join("\t"));
        }
        lines.sort();
        expect.extend(lines);
    }
    assert_eq!(rows(filled, sql).await, expect);
    assert!(expect.len() > 80);
}

async fn by_hour(filled: &Filled) {
    let sql = "SELECT toUnixTimestamp(hour), direction, offered, presented, answered, lost, answer_time_mean_us,
        answer_time_p90_us, undiverted_calls FROM by_hour WHERE dimension = 'site' AND offered > 0 ORDER BY hour, direction";
    let mut report = Report::new(Cut::Hour, CADENCE);
    filled.calls.iter().for_each(|call| report.add(call));
    let mut expect = Vec::new();
    for ((group, direction), figures) in &report.groups {
        let Group::Hour(hour_us) = group else { unreachable!() };
        let pane = &figures.pane;
        let answered = pane.answer_time.count();
        let mean = (answered > 0).then(|| pane.answer_time.sum / answered);
        let p90 = pane.answer_time.quantile_bin(90).map(kpi::low_edge_us);
        if pane.offered() > 0 {
            expect.push(format!(
                "{}\t{direction}\t{}\t{}\t{answered}\t{}\t{}\t{}\t{}",
                hour_us / 1_000_000,
                pane.offered(),
                pane.presented(),
                pane.lost(),
                null(mean),
                null(p90),
                pane.undiverted_calls
            ));
        }
    }
    assert_eq!(rows(filled, sql).await, expect);
    let sql = "SELECT sum(entered), sum(passes_answered), sum(passes_lost), sum(operator_passes), sum(not_diverted_passes)
        FROM by_hour WHERE dimension = 'queue'";
    let whole = report.groups.values().fold(Figures::default(), |mut whole, figures| {
        whole.combine(figures);
        whole
    });
    let pane = whole.pane;
    let operator: i64 = pane.pass_causes.iter().sum();
    let not_diverted = pane.pass_causes[call::CauseKind::NotDiverted.index()];
    let counts =
        [pane.entered(), pane.pass_wait_answered.count(), pane.lost_passes(), operator, not_diverted];
    assert_eq!(rows(filled, sql).await, [counts.map(|count| count.to_string()).join("\t")]);
}

/// Quarters, hours that overlap, and local days, one of them of 25 hours: what the program makes of the same minutes.
async fn by_span(filled: &Filled) {
    let stockholm = TimeZone::get("Europe/Stockholm").unwrap();
    let mut minutes: BTreeMap<i64, Pane> = BTreeMap::new();
    let settings = Settings { cadence: CADENCE, thresholds_s: Vec::new() };
    for (key, pane) in filled.calls.iter().flat_map(|call| kpi::contributions(call, &settings)) {
        if key.dimension == Dimension::Site && key.direction == Direction::External {
            minutes.entry(key.minute).or_default().combine(&pane, 1);
        }
    }
    let hopping = |length, every| {
        let windows = minutes.keys().flat_map(move |minute| Hopping::new(length, every).of(*minute));
        windows.map(|range| (range.start, range)).collect::<BTreeMap<_, _>>()
    };
    let local_day = |minute: &i64| {
        let date = Timestamp::from_second(minute * 60).unwrap().to_zoned_datetime(stockholm.clone()).date();
        let begins =
            |date: Date| date.to_zoned_datetime(stockholm.clone()).unwrap().timestamp().as_second() / 60;
        let (from, to) = (begins(date), begins(date.tomorrow().unwrap()));
        (from, from..to)
    };
    let days: BTreeMap<_, _> = minutes.keys().map(local_day).collect();
    for (length, every, windows) in [(15, 15, hopping(15, 15)), (60, 15, hopping(60, 15)), (1440, 1440, days)]
    {
        let expect = windows.into_values().map(|range| {
            let panes = minutes.iter().map(|(minute, pane)| (*minute, pane));
            let pane: Pane = window::merged(panes, range.clone());
            let (p90, counts) = (pane.answer_time.quantile_bin(90).map(kpi::low_edge_us), pane.offered());
            format!("{}\t{}\t{counts}\t{}\t{}", range.start * 60, range.end * 60, pane.lost(), null(p90))
        });
        let sql = format!(
            "SELECT toUnixTimestamp(begins), toUnixTimestamp(ends), offered, lost, answer_time_p90_us
            FROM by_span(minutes = {length}, every = {every}, zone = 'Europe/Stockholm')
            WHERE dimension = 'site' AND direction = 'external' ORDER BY begins"
        );
        assert_eq!(rows(filled, &sql).await, expect.collect::<Vec<_>>(), "{length} every {every}");
    }
    let sql = "SELECT formatDateTime(begins, '%F %T', 'Europe/Stockholm'), dateDiff('hour', begins, ends), transferred_calls
        FROM by_span(minutes = 1440, every = 1440, zone = 'Europe/Stockholm') WHERE name = 'clocks' ORDER BY begins";
    let days = ["2026-10-25 00:00:00\t25\t3", "2027-03-28 00:00:00\t23\t3"];
    assert_eq!(rows(filled, sql).await, days, "the clock is put back and forward");
}

async fn service_levels_on_every_clock(filled: &Filled) {
    let panes = |cut| {
        let days = by_day(&filled.calls, cut).into_iter();
        days.map(|(day, report)| (day, report.groups)).collect::<Vec<_>>()
    };
    for (cut, dimension, clocks) in
        [(Cut::Site, "site", &[Clock::Arrival, Clock::Menu][..]), (Cut::Queue, "queue", &[Clock::Queue])]
    {
        let mut expect = Vec::new();
        for (day, groups) in panes(cut) {
            for ((group, direction), figures) in groups {
                let name = if let Group::Queue(name) = group { name.to_string() } else { String::new() };
                for (clock, within_s) in clocks.iter().flat_map(|clock| [1u16, 20, 120].map(|t| (*clock, t)))
                {
                    let input = figures.pane.level_input(clock, within_s);
                    let share = ServiceLevel::from(input).sl_without_short;
                    let share = share.map_or_else(|| "\\N".to_owned(), |share| share.to_string());
                    if input.presented > 0 {
                        let counts =
                            [input.presented, input.answered_within, input.lost_within, input.answered];
                        expect.push(format!(
                            "{day}\t{name}\t{direction}\t{}\t{within_s}\t{}\t{share}",
                            clock.word(),
                            counts.map(|count| count.to_string()).join("\t")
                        ));
                    }
                }
            }
        }
        expect.sort();
        let clocks: Vec<String> = clocks.iter().map(|clock| format!("'{}'", clock.word())).collect();
        let sql = format!(
            "SELECT day, name, direction, clock, within_s, presented, answered_within, lost_within, answered,
                sl_without_short
            FROM service_level WHERE dimension = '{dimension}' AND within_s IN (1, 20, 120) AND clock IN ({})",
            clocks.join(", ")
        );
        let mut found = rows(filled, &sql).await;
        found.sort();
        assert_eq!(found, expect);
        assert!(expect.len() > 60);
    }
}

async fn losses_by_stage_and_band(filled: &Filled) {
    let mut report = Report::new(Cut::Site, CADENCE);
    filled.calls.iter().for_each(|call| report.add(call));
    let mut expect = Vec::new();
    for ((_, direction), figures) in &report.groups {
        for stage in LostStage::ALL {
            for (band, loss) in ["0-6", "6-12", "12-30", "30+"].iter().zip(&figures.losses[stage.index()]) {
                if loss.calls > 0 {
                    expect
                        .push(format!("{direction}\t{stage}\t{band}\t{}\t{}", loss.calls, loss.wait_sum_us));
                }
            }
        }
    }
    expect.sort();
    let sql = "SELECT direction, stage, band, sum(calls), sum(wait_sum_us) FROM loss GROUP BY direction, stage, band";
    let mut found = rows(filled, sql).await;
    found.sort();
    assert_eq!(found, expect);
}

async fn operators_work(filled: &Filled) {
    let mut expect = Vec::new();
    let mut after_transfer = 0;
    for (day, report) in by_day(&filled.calls, Cut::Queue) {
        let of = |direction| {
            let key = (Group::Queue("operator".into()), direction);
            report.groups.get(&key).cloned().unwrap_or_default()
        };
        let (internal, external) = (of(Direction::Internal), of(Direction::External));
        after_transfer += report.groups.values().map(|figures| figures.after_transfer_passes).sum::<i64>();
        let counts = [
            internal.operator_answered,
            internal.pane.priority_inversions,
            external.pane.overtaken_passes,
            external.pane.overtaken_us,
        ];
        expect.push(format!("{day}\t{}", counts.map(|count| count.to_string()).join("\t")));
    }
    let sql = "SELECT day, internal_answered, priority_inversions, overtaken_passes, overtaken_us
        FROM priority_inversions ORDER BY day";
    assert_eq!(rows(filled, sql).await, expect);
    let sql = "SELECT sum(passes) FROM operator_causes WHERE cause = 'not_diverted' AND after_transfer";
    assert_eq!(rows(filled, sql).await, [after_transfer.to_string()]);

    let mut report = Report::new(Cut::Site, CADENCE);
    let november = filled.calls.iter().filter(|call| day(call.arrived_us).contains("-11-"));
    november.for_each(|call| report.add(call));
    let often = report.asked_for.iter().filter(|(_, calls)| **calls >= 5);
    let expect: Vec<String> =
        often.map(|((e, direction), calls)| format!("{e}\t{direction}\t{calls}")).collect();
    let sql = "SELECT extension, direction, calls FROM sought_through_operator WHERE month = '2026-11-01'
        ORDER BY extension, indexOf(['external', 'internal', 'outgoing'], direction)";
    assert_eq!(rows(filled, sql).await, expect);
    assert!(expect.len() > 5 && report.asked_for.len() > expect.len(), "some are too few to be told");
}

/// `callers_open` of everything has the last week's callers, too.
async fn the_open_list_of_any_time(filled: &Filled) {
    let of_all_time = "SELECT caller, last_lost_at, dialled, unit, lost_stage, waited_us
        FROM callers_open(begins = '2000-01-01 00:00:00', ends = '2100-01-01 00:00:00')
        WHERE last_lost_at >= (SELECT max(arrived_at) FROM calls_latest) - INTERVAL 7 DAY ORDER BY ALL";
    let of_a_week = "SELECT caller, last_lost_at, dialled, unit, lost_stage, waited_us FROM lost_callers_open ORDER BY ALL";
    assert_eq!(rows(filled, of_all_time).await, rows(filled, of_a_week).await);
}

async fn callers_who_call_again(filled: &Filled) {
    let mut episodes = Episodes::default();
    filled.calls.iter().for_each(|call| episodes.add(call));
    episodes.finish();
    let whole = episodes.whole();
    let check =
        async |sql: &str, expect: String| assert_eq!(value(&filled.store, sql).await, expect, "{sql}");
    check(
        "SELECT count(), countIf(before_was_lost) FROM repeat_calls",
        format!("{}\t{}", whole.repeat_calls, whole.after_lost),
    )
    .await;
    check(
        "SELECT count(), sum(recovered_after_us) FROM recoveries",
        format!("{}\t{}", whole.recovered, whole.recovery_sum_us),
    )
    .await;
    for (unit, counts) in episodes.by_unit() {
        let unit = unit.as_deref().unwrap_or_default();
        check(
            &format!("SELECT count() FROM repeat_calls WHERE ifNull(unit, '') = '{unit}'"),
            counts.repeat_calls.to_string(),
        )
        .await;
        check(
            &format!("SELECT count() FROM recoveries WHERE ifNull(unit, '') = '{unit}'"),
            counts.recovered.to_string(),
        )
        .await;
    }
    let open = episodes.open_callers();
    let expect: Vec<String> = open
        .iter()
        .map(|o| {
            let unit = o.unit.as_deref().unwrap_or("\\N");
            let stage = o.lost_stage.map_or("\\N", LostStage::word);
            let (first, last) = (o.first_lost_us, o.last_lost_us);
            format!(
                "{}\t{}\t{first}\t{last}\t{}\t{unit}\t{stage}\t{}",
                o.caller, o.lost_calls, o.dialled, o.waited_us
            )
        })
        .collect();
    let sql = "SELECT caller, lost_calls, toUnixTimestamp64Micro(first_lost_at), toUnixTimestamp64Micro(last_lost_at), dialled,
        unit, lost_stage, waited_us FROM lost_callers_open ORDER BY last_lost_at DESC";
    assert_eq!(rows(filled, sql).await, expect);
    the_open_list_of_any_time(filled).await;
    // The generator makes enough of each.
    let lost =
        filled.calls.iter().filter(|c| c.direction == Direction::External && c.outcome.is_lost()).count();
    let told = format!("{whole:?}, {} open of {lost}", open.len());
    assert!(
        whole.repeat_calls > 50 && whole.after_lost > 10 && whole.recovered > 2 && open.len() > 5,
        "{told}"
    );
    assert!(open.iter().any(|caller| caller.lost_calls > 1), "{told}");
    assert!(
        filled
            .calls
            .iter()
            .any(|call| call.outcome == Outcome::Answered && call.direction == Direction::Outgoing)
    );
    assert_eq!(
        value(&filled.store, &format!("SELECT count() FROM calls_latest WHERE site != '{SITE}'")).await,
        "0"
    );
    let panes: usize =
        by_day(&filled.calls, Cut::Site).values().filter(|r| r.scopes.contains_key(&Dimension::Site)).count();
    assert!(panes > 8, "several days");
}

async fn every_column_says_what_it_holds(filled: &Filled) {
    let sql = "SELECT concat(table, '.', name) FROM system.columns WHERE database = 'measures' AND comment = '' AND table IN
        ('by_number', 'by_hour', 'service_level', 'loss', 'reach_ladder', 'operator_causes', 'sought_through_operator',
        'priority_inversions', 'repeat_calls', 'lost_callers_contacted', 'recoveries', 'lost_callers_open')";
    assert_eq!(rows(filled, sql).await, [""; 0]);
}
