//! How fast.

use super::Plan;
use super::fields::{Field, Section, Value, field, mean, section};
use kpi::{Figures, Histogram, Pane, ServiceLevel, SignalReading};

pub fn answer(figures: &Figures, is_queue: bool) -> Section {
    let times = figures.answered.quantiles();
    let n = i64::try_from(times.n).unwrap_or(i64::MAX);
    let named = [
        ("mean", times.mean_us),
        ("median", times.median_us),
        ("p90", times.p90_us),
        ("p95", times.p95_us),
        ("p99", times.p99_us),
        ("max", times.max_us),
    ];
    let key = if is_queue { "wait" } else { "answer_time" };
    let mut fields = vec![field("answered", "answered", "answered", Value::Count(n))];
    for (word, us) in named {
        let label = if word == "max" { "longest" } else { word };
        fields.push(field(&format!("{key}_{word}_us"), label, label, Value::Time(us)));
    }
    if is_queue {
        return section("Wait of answered passes, from joining the queue", fields);
    }
    let pane = &figures.pane;
    let menu = Value::Time(mean(&pane.menu_time));
    fields.push(field("menu_time_mean_us", "of it in menus, mean", "menu", menu));
    let ring = Value::Time(mean(&pane.ring_time));
    fields.push(field("ring_time_mean_us", "ringing of the answering phone, mean", "ringing", ring));
    section("Answer time: from arrival to the first person", fields)
}

pub fn signals(figures: &Figures, plan: &Plan) -> Vec<Section> {
    let pane = &figures.pane;
    let of = |who: &str, title: &str, histogram: &Histogram| {
        let n = histogram.count();
        let at = |percent| histogram.quantile_bin(percent).map(|bin| i64::from(bin) * 1000);
        let mean = (n > 0).then(|| histogram.sum * 1000 / n);
        let values = [
            ("mean", mean),
            ("median", at(50)),
            ("p90", at(90)),
            ("p95", at(95)),
            ("p99", at(99)),
            ("max", at(100)),
        ];
        let mut fields =
            vec![field(&format!("{who}_signals_calls"), "answered", "answered", Value::Count(n))];
        fields.extend(values.map(|(word, value)| {
            let label = if word == "max" { "most" } else { word };
            field(&format!("{who}_signals_{word}_milli"), label, label, Value::Milli(value))
        }));
        section(&format!("{title}, one each {} s", plan.cadence.seconds), fields)
    };
    vec![
        of("caller", "Ring signals that callers lived through", &pane.caller_signals),
        of("ring", "Ring signals of the phones that answered", &pane.ring_signals),
        within_signals(figures, plan),
    ]
}

fn within_signals(figures: &Figures, plan: &Plan) -> Section {
    let pane = &figures.pane;
    let mut within = vec![field("presented", "calls", "n", Value::Count(pane.presented()))];
    let readings = [
        (SignalReading::BeforeTheNext, "before_the_next", "before the next"),
        (SignalReading::DuringTheLast, "during_the_last", "during the last"),
        (SignalReading::FiveSecondsEach, "five_seconds_each", "five s each"),
    ];
    for n in &plan.signals {
        for (reading, key, words) in readings {
            let count = figures.within_signals(*n, reading, plan.cadence);
            let (key, label) = (format!("answered_within_{n}_signals_{key}"), format!("within {n}: {words}"));
            let head = if plan.signals.len() > 1 { format!("{n}: {words}") } else { words.to_owned() };
            within.push(field(&key, &label, &head, Value::Part(count, pane.presented())));
        }
    }
    let numbers: Vec<String> = plan.signals.iter().map(u32::to_string).collect();
    let asked = format!("Answered within N = {} signals, in the three readings", numbers.join(", "));
    Section { is_matrix: true, ..section(&asked, within) }
}

/// The four levels of each T on each clock that has a meaning here.
pub fn levels(pane: &Pane, plan: &Plan) -> Vec<Field> {
    let mut fields = Vec::new();
    for (threshold_s, clock) in plan.levels() {
        let input = pane.level_input(clock, threshold_s);
        let level = ServiceLevel::from(input);
        let at = format!("{threshold_s}s_{}", clock.word());
        let mut put = |key: &str, value: Value| fields.push(field(&format!("{key}_{at}"), key, key, value));
        put("presented", Value::Count(input.presented));
        put("answered_within", Value::Count(input.answered_within));
        put("lost_within", Value::Count(input.lost_within));
        let (a, b, p, h) = (input.answered_within, input.lost_within, input.presented, input.answered);
        debug_assert_eq!(level.sl_of_offered, kpi::share(a, p));
        put("sl_of_offered", Value::Share(a, p));
        put("sl_without_short", Value::Share(a, p - b));
        put("sl_with_short", Value::Share(a + b, p));
        put("sl_of_answered", Value::Share(a, h));
    }
    fields
}
