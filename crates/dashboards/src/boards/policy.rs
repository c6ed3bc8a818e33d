//! For the management: each clause of the telephone policy, what it asks, and whether it is kept. What cannot be measured is said to be so.

use super::shared;
use crate::board::{Dashboard, Row};
use crate::column::{Column, Word};
use crate::definition::Definition;
use crate::kind::{Kind, Unit};
use crate::panel::Panel;
use crate::sql::{self, chosen};
use crate::text::{Text, t};
use crate::variable::Variable;

mod clauses;

use clauses::{CLAUSES, Good, Of};

const VERDICTS: &[Word] = &[
    ("good", t("good", "bra"), Some("green")),
    ("not_good", t("not good", "inte bra"), Some("red")),
    ("no_calls", t("no calls", "inga samtal"), Some("text")),
    ("not_measured", t("not measured yet", "mäts inte än"), Some("text")),
    ("nothing_before", t("nothing to compare with", "inget att jämföra med"), Some("text")),
];
const VALUES: &[Word] = &[
    ("no_calls", t("no calls", "inga samtal"), None),
    ("not_measured", t("not measured yet", "mäts inte än"), None),
];

pub(crate) fn dashboard() -> Dashboard {
    let (name, title) = super::NAMES[4];
    let rows = vec![Row { title: t("Clause by clause", "Punkt för punkt"), panels: vec![clauses()] }];
    let mut variables = Variable::CALLS.to_vec();
    variables.push(Variable::Within);
    Dashboard {
        name,
        title,
        description: t(
            "Each clause of the telephone policy: what it asks, the figure of the chosen time, that of the same time before, and whether it is good.",
            "Varje punkt i telefonpolicyn: vad den begär, siffran för den valda tiden, för lika lång tid dessförinnan, och om det är bra.",
        ),
        from: "now-30d",
        refresh: "",
        variables,
        annotations: Vec::new(),
        rows,
    }
}

/// Those without words have a figure there.
fn target_words() -> Vec<Word> {
    words(|clause| clause.target).into_iter().filter(|(_, text, _)| !text.en.is_empty()).collect()
}

fn words(of: impl Fn(&clauses::Clause) -> Text) -> Vec<Word> {
    CLAUSES.iter().map(|clause| (clause.id, of(clause), None)).collect()
}

fn clauses() -> Panel {
    Panel::new(
        Kind::Table,
        t("The telephone policy", "Telefonpolicyn"),
        t(
            "Shares of the chosen calls in the chosen time and in as long a time before. A clause without a target of its own is good when its figure moved the right way.",
            "Andelar av de valda samtalen under den valda tiden och under lika lång tid dessförinnan. En punkt utan eget mål är bra när siffran rört sig åt rätt håll.",
        ),
        Definition::Seen,
        Unit::Words,
    )
    .sql(question())
    .columns([
        Column::new("clause", t("Clause", "Punkt")).unit(Unit::Words).width(70),
        Column::new("asks", t("What the policy says", "Vad policyn säger")).words(&words(|clause| clause.says)),
        Column::new("measure", t("What is measured", "Vad som mäts")).words(&words(|clause| clause.measure)),
        Column::new("target", t("Target", "Mål")).words(&target_words()).width(220),
        Column::new("value_now", t("Now", "Nu")).words(VALUES).width(130),
        Column::new("value_before", t("Before", "Före")).words(VALUES).width(130),
        Column::new("verdict", t("Good?", "Bra?")).words(VERDICTS).width(190),
    ])
    .size(24, 16)
    .link(shared::THE_CALLS, shared::CALLS)
}

/// The clauses that are measured from calls, each as a tuple of its id and of part and whole, now and before.
fn figures() -> String {
    let measured =
        CLAUSES.iter().filter_map(|clause| clause.figure.as_ref().map(|figure| (clause.id, figure)));
    let tuples = measured.filter(|(_, figure)| figure.of == Of::Calls).map(|(id, figure)| {
        let count =
            |when: &str, condition: &str| format!("toFloat64(countIf(arrived_at {when} AND {condition}))");
        let [part, whole] = [figure.part, figure.whole];
        let (now, before) = (">= $__fromTime", "< $__fromTime");
        format!(
            "('{id}', {}, {}, {}, {})",
            count(now, part),
            count(now, whole),
            count(before, part),
            count(before, whole)
        )
    });
    tuples.collect::<Vec<_>>().join(",\n    ")
}

/// From the beginning of as long a time before.
const FROM_BEFORE: &str = "$__fromTime - ($__toTime - $__fromTime)";

fn question() -> String {
    let unmeasured = CLAUSES.iter().filter(|clause| clause.figure.is_none());
    let unmeasured: Vec<String> = unmeasured.map(|clause| format!("'{}'", clause.id)).collect();
    let site = chosen("site", Variable::Site);
    let verdicts: Vec<String> = CLAUSES
        .iter()
        .filter_map(|clause| clause.figure.as_ref().map(|figure| (clause.id, figure.good)))
        .map(|(id, good)| format!("clause = '{id}', {}", verdict(good)))
        .collect();
    format!(
        "WITH {promises} AS promises, promises.1 AS promised, promises.2 AS lost_promised,
  (SELECT groupArray((site, queue)) FROM queues WHERE kind = 'operator') AS operator_queues
SELECT clause, clause AS asks, clause AS measure,
  multiIf(clause = 'R1', concat('≥ ', toString(round(100 * promised, 1)), ' %'), clause = 'R2', concat('≤ ', toString(round(100 * lost_promised, 1)), ' %'), clause) AS target,
  multiIf(NOT measured, 'not_measured', isNull(now_share), 'no_calls', concat(toString(round(100 * ifNull(now_share, 0), 1)), ' %')) AS value_now,
  multiIf(NOT measured, 'not_measured', isNull(before_share), 'no_calls', concat(toString(round(100 * ifNull(before_share, 0), 1)), ' %')) AS value_before,
  multiIf(NOT measured, 'not_measured', isNull(now_share), 'no_calls',
    {verdicts}, 'not_measured') AS verdict
FROM (
  SELECT figure.1 AS clause, true AS measured, svarstid_share(figure.2, figure.3) AS now_share, svarstid_share(figure.4, figure.5) AS before_share
  FROM (
    SELECT arrayJoin([
    {calls}]) AS figure
    FROM calls_latest WHERE arrived_at >= {FROM_BEFORE} AND arrived_at <= $__toTime
      AND {chosen_calls}
    UNION ALL
{minutes}
  )
  UNION ALL
  SELECT arrayJoin([{unmeasured}]), false, NULL, NULL
)
ORDER BY toUInt8(substring(clause, 2))",
        promises = promises(&site),
        verdicts = verdicts.join(",\n    "),
        calls = figures(),
        chosen_calls = sql::chosen_calls(),
        minutes = minutes(&site),
        unmeasured = unmeasured.join(", "),
    )
}

/// R9 of operators' queues and R13 of whole sites, in one look at the minutes.
fn minutes(site: &str) -> String {
    let condition = format!(
        "minute >= {FROM_BEFORE} AND minute <= $__toTime AND {site} AND (dimension = 'site' AND name = '' AND direction = 'external'
        OR dimension = 'queue' AND direction = 'internal' AND {queue} AND has(operator_queues, (site, name)))",
        queue = chosen("name", Variable::Queue),
    );
    let columns = "site, dimension, minute, priority_inversions, passes_answered, heard_us";
    let of_queues = |column: &str, when: &str| {
        format!("toFloat64(sumIf({column}, dimension = 'queue' AND minute {when} $__fromTime))")
    };
    let heard_s = |when: &str| format!("sumIf(heard_us, minute {when} $__fromTime) / 1000000");
    let of_all_sites_s = |span: &str| format!("toFloat64(uniqExactIf(site, heard_us > 0) * {span})");
    format!(
        "    SELECT arrayJoin([
    ('R9', {}, {}, {}, {}),
    ('R13', {}, {}, {}, {})]) AS figure
    FROM (
{}
    )",
        of_queues("priority_inversions", ">="),
        of_queues("passes_answered", ">="),
        of_queues("priority_inversions", "<"),
        of_queues("passes_answered", "<"),
        heard_s(">="),
        of_all_sites_s("greatest(0, least($__toTime, now()) - $__fromTime)"),
        heard_s("<"),
        of_all_sites_s("($__toTime - $__fromTime)"),
        sql::parts_of_minutes(columns, &condition),
    )
}

/// What the targets of whole sites say, or else what stands in its place: the share answered within T, and the lost share.
fn promises(site: &str) -> String {
    format!(
        "(SELECT (ifNull(maxIf(share, within_s = ${{within_s}}), {:?}), ifNull(min(lost_share_max), {:?})) FROM (SELECT toNullable(share) AS share, within_s, lost_share_max FROM targets WHERE dimension = 'site' AND {site}))",
        sql::ANSWERED_SHARE,
        sql::LOST_SHARE,
    )
}

fn verdict(good: Good) -> String {
    match good {
        Good::AtLeast(share) => format!("if(now_share >= {share:?}, 'good', 'not_good')"),
        Good::AtMost(share) => format!("if(now_share <= {share:?}, 'good', 'not_good')"),
        Good::AsPromised => "if(now_share >= promised, 'good', 'not_good')".to_owned(),
        Good::LostAsPromised => "if(now_share <= lost_promised, 'good', 'not_good')".to_owned(),
        Good::Growing => moved(">="),
        Good::Falling => moved("<="),
    }
}

fn moved(way: &str) -> String {
    format!(
        "multiIf(isNull(before_share), 'nothing_before', now_share {way} before_share, 'good', 'not_good')"
    )
}
