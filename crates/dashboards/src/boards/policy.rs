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
    .sql(from_calls())
    .sql(from_minutes())
    .sql(unmeasured())
    .merged_by("clause")
    .columns([
        Column::new("clause", t("Clause", "Punkt")).unit(Unit::Clause).width(70),
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

/// From the beginning of as long a time before.
const FROM_BEFORE: &str = "$__fromTime - ($__toTime - $__fromTime)";

/// The clauses that are measured from there: ids and figures.
fn figures(of: Of) -> Vec<(&'static str, &'static clauses::Figure)> {
    let measured =
        CLAUSES.iter().filter_map(|clause| clause.figure.as_ref().map(|figure| (clause.id, figure)));
    measured.filter(|(_, figure)| figure.of == of).collect()
}

/// Clauses, their figures now and before, and whether they are good; `shares` are rows of a clause's id and of part and whole, now and
/// before.
fn question(of: Of, with: &str, shares: &str) -> String {
    let figures = figures(of);
    let arms = |arm: fn(Good) -> String| {
        let arms = figures.iter().map(|(id, figure)| format!("id = '{id}', {}", arm(figure.good)));
        arms.collect::<Vec<_>>().join(",\n    ")
    };
    let share = |share: &str| {
        format!("if(isNull({share}), 'no_calls', concat(toString(round(100 * ifNull({share}, 0), 1)), ' %'))")
    };
    format!(
        "WITH {with}
SELECT toUInt8(substring(id, 2)) AS clause, id AS asks, id AS measure,
  multiIf({targets}, id) AS target,
  {now} AS value_now,
  {before} AS value_before,
  multiIf(isNull(now_share), 'no_calls',
    {verdicts}, 'not_measured') AS verdict
FROM (
  SELECT figure.1 AS id, svarstid_share(figure.2, figure.3) AS now_share, svarstid_share(figure.4, figure.5) AS before_share
  FROM (
{shares}
  )
)",
        targets = arms(target),
        now = share("now_share"),
        before = share("before_share"),
        verdicts = arms(verdict),
    )
}

/// Those that are measured from calls: each condition is looked at once a call.
fn from_calls() -> String {
    let figures = figures(Of::Calls);
    let list = |of: &dyn Fn(&(&str, &clauses::Figure)) -> String| {
        figures.iter().map(of).collect::<Vec<_>>().join(",\n        ")
    };
    let sums = ["parts, is_now", "wholes, is_now", "parts, NOT is_now", "wholes, NOT is_now"];
    // The sum of no lists is an empty list.
    let sums = sums.map(|of| format!("arrayResize(sumForEachIf({of}), {})", figures.len()));
    let shares = format!(
        "    SELECT arrayJoin(arrayZip([{ids}], {sums})) AS figure
    FROM (
      SELECT arrived_at >= $__fromTime AS is_now,
        [{parts}] AS parts,
        [{wholes}] AS wholes
      FROM calls_latest WHERE arrived_at >= {FROM_BEFORE} AND arrived_at <= $__toTime
        AND {chosen_calls}
    )",
        ids = list(&|(id, _)| format!("'{id}'")),
        sums = sums.join(", "),
        parts = list(&|(_, figure)| format!("ifNull({}, false)", figure.part)),
        wholes = list(&|(_, figure)| format!("ifNull({}, false)", figure.whole)),
        chosen_calls = sql::chosen_calls(),
    );
    let promises = promises(&chosen("site", Variable::Site));
    let with = format!("{promises} AS promises, promises.1 AS promised, promises.2 AS lost_promised");
    question(Of::Calls, &with, &shares)
}

/// Those that are measured from minutes.
fn from_minutes() -> String {
    let with = "(SELECT groupArray((site, queue)) FROM queues WHERE kind = 'operator') AS operator_queues";
    question(Of::Minutes, with, &minutes(&chosen("site", Variable::Site)))
}

/// Those of which nothing can be counted yet.
fn unmeasured() -> String {
    let unmeasured = CLAUSES.iter().filter(|clause| clause.figure.is_none());
    let unmeasured: Vec<String> = unmeasured.map(|clause| format!("'{}'", clause.id)).collect();
    format!(
        "SELECT toUInt8(substring(id, 2)) AS clause, id AS asks, id AS measure, id AS target,
  'not_measured' AS value_now, 'not_measured' AS value_before, 'not_measured' AS verdict
FROM (SELECT arrayJoin([{}]) AS id)",
        unmeasured.join(", ")
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

/// The target in figures; those that have none are told in words.
fn target(good: Good) -> String {
    let percent =
        |sign: &str, share: &str| format!("concat('{sign} ', toString(round(100 * {share}, 1)), ' %')");
    match good {
        Good::AsPromised => percent("≥", "promised"),
        Good::LostAsPromised => percent("≤", "lost_promised"),
        Good::AtLeast(_) | Good::AtMost(_) | Good::Growing | Good::Falling => "id".to_owned(),
    }
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
