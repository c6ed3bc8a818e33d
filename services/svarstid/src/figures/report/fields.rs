//! Each measure as a list of figures: once for tables and for scripts.

use super::{Measure, Plan};
use call::{CauseKind, LostStage, Outcome, PassResult, Reach};
use kpi::{Clock, Cut, Figures, Histogram, Pane, ServiceLevel, SignalReading};

/// One figure.
#[derive(Debug, Clone)]
pub struct Field {
    /// For scripts; units last.
    pub key: String,
    /// For people, beside the figure.
    pub label: String,
    /// For people, above a column.
    pub head: String,
    pub value: Value,
}

/// What a figure is.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    Count(i64),
    /// So many of so many: the count is a figure of its own.
    Part(i64, i64),
    /// A quotient of figures that stand beside it.
    Share(i64, i64),
    /// µs.
    Time(Option<i64>),
    /// Thousandths.
    Milli(Option<i64>),
}

/// Figures that belong in one table.
pub struct Section {
    pub title: String,
    pub fields: Vec<Field>,
    /// Figures of two dimensions: one column would be long.
    pub is_matrix: bool,
}

fn field(key: &str, label: &str, head: &str, value: Value) -> Field {
    Field { key: key.to_owned(), label: label.to_owned(), head: head.to_owned(), value }
}

fn section(title: &str, fields: Vec<Field>) -> Section {
    Section { title: title.to_owned(), fields, is_matrix: false }
}

/// The figures of one measure; none where it has no meaning, as reach has none for a queue.
pub fn sections(measure: Measure, figures: &Figures, plan: &Plan) -> Vec<Section> {
    let is_queue = plan.cut == Cut::Queue;
    match measure {
        Measure::Answer => vec![answer(figures, is_queue)],
        Measure::Signals if !is_queue => signals(figures, plan),
        Measure::Service => vec![section("Service level", levels(&figures.pane, plan))],
        Measure::Loss if is_queue => vec![lost_passes(&figures.pane)],
        Measure::Loss => lost_calls(&figures.pane),
        Measure::Reach if !is_queue => reaches(&figures.pane),
        Measure::Undiverted => vec![undiverted(&figures.pane, is_queue)],
        Measure::Causes => vec![causes(figures)],
        Measure::Direct if !is_queue => vec![direct(&figures.pane)],
        Measure::Priority => vec![priority(figures)],
        Measure::Transfers if !is_queue => vec![transfers(figures)],
        Measure::Voicemail if !is_queue => vec![voicemail(&figures.pane)],
        _ => Vec::new(),
    }
}

fn answer(figures: &Figures, is_queue: bool) -> Section {
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

fn mean(histogram: &Histogram) -> Option<i64> {
    let n = histogram.count();
    (n > 0).then(|| histogram.sum / n)
}

fn signals(figures: &Figures, plan: &Plan) -> Vec<Section> {
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
fn levels(pane: &Pane, plan: &Plan) -> Vec<Field> {
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

fn lost_passes(pane: &Pane) -> Section {
    let presented = pane.presented_passes();
    let mut fields = vec![field("presented_passes", "passes", "n", Value::Count(presented))];
    fields.push(field("lost_passes", "lost", "lost", Value::Part(pane.lost_passes(), presented)));
    for result in PassResult::ALL.iter().filter(|result| result.is_lost()) {
        let count = Value::Count(pane.pass_results[result.index()]);
        let text = result.word().replace('_', " ");
        fields.push(field(&format!("passes_{result}"), &text, &text, count));
    }
    let wait = Value::Time(mean(&pane.pass_wait_lost));
    fields.push(field("lost_wait_mean_us", "wait of the lost, mean", "mean wait", wait));
    section("Lost passes: some of these callers were answered elsewhere", fields)
}

fn lost_calls(pane: &Pane) -> Vec<Section> {
    let (lost, presented) = (pane.lost(), pane.presented());
    let mut by_stage = vec![
        field("presented", "calls, without closed and still going on", "n", Value::Count(presented)),
        field("lost", "lost", "lost", Value::Part(lost, presented)),
    ];
    for outcome in Outcome::ALL.iter().filter(|outcome| outcome.is_lost()) {
        let (key, text) = (format!("calls_{outcome}"), outcome.word().replace('_', " "));
        by_stage.push(field(&key, &format!("  {text}"), &text, Value::Count(pane.outcomes[outcome.index()])));
    }
    let mut where_lost = Vec::new();
    for stage in LostStage::ALL {
        let value = Value::Part(pane.lost_stages[stage.index()], lost);
        where_lost.push(field(&format!("lost_stage_{stage}"), stage.word(), stage.word(), value));
    }
    let mut when_lost = Vec::new();
    let bands = [
        ("lost_0_to_6_s", "less than 6 s", "0–6 s"),
        ("lost_6_to_12_s", "6 to 12 s", "6–12 s"),
        ("lost_12_to_30_s", "12 to 30 s", "12–30 s"),
        ("lost_over_30_s", "30 s or more", "30+ s"),
    ];
    for ((key, label, head), count) in bands.into_iter().zip(pane.lost_bands) {
        when_lost.push(field(key, label, head, Value::Part(count, lost)));
    }
    let wait = Value::Time(mean(&pane.lost_wait));
    when_lost.push(field("lost_wait_mean_us", "wait of the lost, mean", "mean wait", wait));
    vec![
        section("Lost calls", by_stage),
        section("Where they were lost", where_lost),
        section("After how long they were lost", when_lost),
    ]
}

fn reaches(pane: &Pane) -> Vec<Section> {
    let ladder = |prefix: &str, counts: &[i64; Reach::ALL.len()]| {
        let tier = |reach: &Reach| {
            let (label, head) = tier_words(*reach);
            let value = Value::Part(counts[reach.index()], pane.offered());
            field(&format!("{prefix}_{reach}"), label, head, value)
        };
        Reach::ALL.iter().map(tier).collect::<Vec<_>>()
    };
    vec![
        section("Reach: whom the caller got first", ladder("reach", &pane.reaches)),
        section("Final reach: whom the caller spoke to last", ladder("final_reach", &pane.final_reaches)),
    ]
}

const fn tier_words(reach: Reach) -> (&'static str, &'static str) {
    match reach {
        Reach::SoughtPerson => ("1 the person sought", "sought"),
        Reach::SameFunction => ("2 somebody with the same function", "function"),
        Reach::PersonalVoicemail => ("3 the sought person's voicemail", "voicemail"),
        Reach::Operator => ("4 an operator", "operator"),
        Reach::Lost => ("5 nobody: lost", "lost"),
        Reach::None => ("– not told by this call", "none"),
    }
}

fn undiverted(pane: &Pane, is_queue: bool) -> Section {
    let (direct, undiverted) = (pane.direct_calls, pane.undiverted_calls);
    let operator: i64 = pane.pass_causes.iter().sum();
    let not_diverted = pane.pass_causes[CauseKind::NotDiverted.index()];
    let mut fields = Vec::new();
    if !is_queue {
        let without_busy = undiverted - pane.undiverted_busy_calls;
        fields.extend([
            field("direct_calls", "calls to direct numbers", "direct", Value::Count(direct)),
            field(
                "undiverted_calls",
                "fell to the operator undiverted",
                "undiverted",
                Value::Part(undiverted, direct),
            ),
            field(
                "undiverted_without_busy_calls",
                "the same, busy ones left out",
                "not busy",
                Value::Part(without_busy, direct),
            ),
        ]);
    }
    fields.extend([
        field("operator_passes", "operator passes", "operator", Value::Count(operator)),
        field(
            "not_diverted_passes",
            "of these not diverted",
            "of these",
            Value::Part(not_diverted, operator),
        ),
    ]);
    section("Undiverted: the person sought neither answered nor had diverted the phone", fields)
}

fn causes(figures: &Figures) -> Section {
    let pane = &figures.pane;
    let operator: i64 = pane.pass_causes.iter().sum();
    let mut fields = vec![field("operator_passes", "operator passes", "n", Value::Count(operator))];
    for cause in CauseKind::ALL {
        let (label, head) = cause_words(*cause);
        let value = Value::Part(pane.pass_causes[cause.index()], operator);
        fields.push(field(&format!("cause_{cause}"), label, head, value));
        if *cause == CauseKind::NotDiverted {
            let value = Value::Part(figures.after_transfer_passes, operator);
            fields.push(field(
                "not_diverted_after_transfer",
                "  of these after a transfer",
                "after tr.",
                value,
            ));
        }
    }
    section("Why the operator got it", fields)
}

const fn cause_words(cause: CauseKind) -> (&'static str, &'static str) {
    match cause {
        CauseKind::MainNumber => ("main number dialled", "main"),
        CauseKind::NotDiverted => ("person sought not diverted", "not div."),
        CauseKind::DivertedToOperator => ("diverted to the operator", "diverted"),
        CauseKind::ColleagueNoAnswer => ("colleague did not answer", "colleague"),
        CauseKind::GroupTimeout => ("nobody in the group answered", "group"),
        CauseKind::Transferred => ("a person sent it", "sent"),
        CauseKind::Unknown => ("cannot be told", "unknown"),
    }
}

fn direct(pane: &Pane) -> Section {
    let (offered, direct, group) = (pane.offered(), pane.direct_calls, pane.group_calls);
    let other = offered - direct - group;
    let fields = vec![
        field("offered", "calls", "n", Value::Count(offered)),
        field("direct_calls", "to direct numbers", "direct", Value::Part(direct, offered)),
        field("group_calls", "to group numbers", "group", Value::Part(group, offered)),
        field(
            "main_and_other_calls",
            "to the main number, or others",
            "main, other",
            Value::Part(other, offered),
        ),
        field("direct_number_share", "direct-number share", "share", Value::Share(direct + group, offered)),
    ];
    section("Direct numbers: callers who need no operator", fields)
}

fn priority(figures: &Figures) -> Section {
    let pane = &figures.pane;
    let operator: i64 = pane.pass_causes.iter().sum();
    let (overtaken, lost_us) = (pane.overtaken_passes, pane.overtaken_us);
    let (n, inversions) = (figures.operator_answered, pane.priority_inversions);
    let fields = vec![
        field("operator_answered_passes", "passes that an operator answered", "answered", Value::Count(n)),
        field(
            "priority_inversions",
            "internal, taken before an external",
            "inversions",
            Value::Part(inversions, n),
        ),
        field("overtaken_passes", "external, overtaken", "overtaken", Value::Part(overtaken, operator)),
        field("overtaken_sum_us", "lost by these, together", "lost", Value::Time(Some(lost_us))),
        field(
            "overtaken_mean_us",
            "lost by each, mean",
            "mean",
            Value::Time((overtaken > 0).then(|| lost_us / overtaken)),
        ),
    ];
    section("External before internal: priority inversions", fields)
}

fn transfers(figures: &Figures) -> Section {
    let pane = &figures.pane;
    let answered = pane.outcomes[Outcome::Answered.index()];
    let fields = vec![
        field("offered", "calls", "n", Value::Count(pane.offered())),
        field(
            "transferred_calls",
            "handed over",
            "handed over",
            Value::Part(pane.transferred_calls, pane.offered()),
        ),
        field("transfers", "handings over, together", "handings", Value::Count(figures.transfers)),
        field(
            "left_on_hold",
            "answered, left while on hold",
            "left on hold",
            Value::Part(pane.left_on_hold, answered),
        ),
    ];
    section("Transfers and holding", fields)
}

fn voicemail(pane: &Pane) -> Section {
    let calls = pane.outcomes[Outcome::Voicemail.index()];
    let fields = vec![
        field("offered", "calls", "n", Value::Count(pane.offered())),
        field(
            "calls_voicemail",
            "ended in a personal mailbox",
            "voicemail",
            Value::Part(calls, pane.offered()),
        ),
        field("messages_left", "with a message", "messages", Value::Part(pane.messages_left, calls)),
    ];
    section("Voicemail", fields)
}

/// Callers who call again.
pub fn repeats(found: &kpi::Repeats) -> Vec<Section> {
    let mean = (found.recovered > 0).then(|| found.recovery_sum_us / found.recovered);
    let fields = vec![
        field("known_callers_calls", "external calls whose caller is known", "n", Value::Count(found.calls)),
        field("episodes", "errands: calls without repeats", "errands", Value::Count(found.episodes())),
        field("repeat_calls", "again within 24 h", "repeats", Value::Part(found.repeat_calls, found.calls)),
        field(
            "repeats_after_lost",
            "  of these after a lost call",
            "after lost",
            Value::Part(found.after_lost, found.repeat_calls),
        ),
        field("known_callers_lost", "lost calls", "lost", Value::Count(found.lost)),
        field(
            "recovered",
            "recovered: answered in a redial within 15 min",
            "recovered",
            Value::Part(found.recovered, found.lost),
        ),
        field("recovery_time_mean_us", "from the loss to that redial, mean", "mean", Value::Time(mean)),
        field(
            "lost_without_number",
            "lost with a withheld number",
            "withheld",
            Value::Count(found.lost_without_number),
        ),
    ];
    vec![section("Repeat calls and recovery, of callers known by their pseudonyms", fields)]
}

impl Plan {
    /// Every T of the targets on every clock that has a meaning for this cut.
    pub fn levels(&self) -> Vec<(u16, Clock)> {
        let clocks = match self.cut {
            Cut::Queue => &[Clock::Queue][..],
            Cut::Number => &[Clock::Arrival, Clock::Menu],
            Cut::Site | Cut::Unit | Cut::Hour => &Clock::ALL,
        };
        clocks.iter().flat_map(|clock| self.thresholds_s.iter().map(|t| (*t, *clock))).collect()
    }
}
