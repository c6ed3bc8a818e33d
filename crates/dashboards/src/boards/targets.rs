//! The targets of the configuration, as the sink wrote them, and what became of them.

use super::shared;
use crate::column::{Column, Word};
use crate::definition::Definition;
use crate::kind::{Kind, Unit};
use crate::panel::Panel;
use crate::sql::{self, chosen};
use crate::text::t;
use crate::variable::Variable;

const CLOCKS: &[Word] = &[
    ("arrival", t("arrival", "att samtalet kom in"), None),
    ("menu", t("the end of the menu", "att talsvaret var slut"), None),
    ("queue", t("joining the queue", "att man ställdes i kö"), None),
];
const SCOPES: &[Word] = &[("", t("the whole site", "hela växeln"), None)];
const VERDICTS: &[Word] = &[
    ("kept", t("kept", "uppnått"), Some("green")),
    ("missed", t("missed", "missat"), Some("red")),
    ("few", t("too few calls", "för få samtal"), Some("text")),
];

/// Each target, wanted and found.
pub(crate) fn table() -> Panel {
    Panel::new(
        Kind::Table,
        t("Targets", "Mål"),
        t(
            "Each target of the configuration, and what external callers of the chosen time lived through: all numbers, whatever is chosen above. A target about a queue or department is there when that is chosen.",
            "Varje mål i konfigurationen, och hur det gick för externa uppringare under den valda tiden: alla nummer, oavsett valen ovan. Ett mål för en kö eller förvaltning visas när den är vald.",
        ),
        Definition::ServiceLevel,
        Unit::Words,
    )
    .sql(question())
    .columns([
        Column::new("target", t("Target", "Mål")),
        Column::new("whose", t("Of", "För")).words(SCOPES),
        Column::new("within", t("Within", "Inom")).unit(Unit::Seconds).width(90),
        Column::new("clock", t("Counted from", "Räknat från")).words(CLOCKS),
        Column::new("presented", t("Calls", "Samtal")).unit(Unit::Count).width(90),
        Column::new("wanted", t("Wanted", "Önskat")).unit(Unit::Share).width(90),
        Column::new("found", t("Answered within", "Besvarade inom")).unit(Unit::Share),
        Column::new("lost_most", t("Lost, at most", "Tappade, högst")).unit(Unit::Share),
        Column::new("lost_share", t("Lost", "Tappade")).unit(Unit::Share).width(90),
        Column::new("verdict", t("Kept?", "Uppnått?")).words(VERDICTS).width(150),
    ])
    .size(24, 7)
    .nothing(t("no targets", "inga mål"))
    .link(shared::THE_CALLS, shared::CALLS)
}

/// Of minutes: calls that were to be served, P of docs/measures.md.
const CALLS: &str = "calls_answered + calls_voicemail + calls_abandoned + calls_timed_out + calls_saturated + calls_blocked + calls_flowed_out + calls_failed + calls_unknown";
const CALLS_LOST: &str = "calls_abandoned + calls_timed_out + calls_saturated + calls_blocked + calls_failed";
/// Passes that are over.
const PASSES: &str = "passes_answered + passes_abandoned + passes_timed_out + passes_saturated + passes_blocked + passes_flowed_out + passes_withdrawn + passes_unknown";
const PASSES_LOST: &str = "passes_abandoned + passes_timed_out + passes_saturated + passes_blocked";

/// The minutes of external calls of what has a target and is chosen.
fn minutes() -> String {
    let condition = format!(
        "$__timeFilter(minute) AND direction = 'external' AND {site}
        AND (dimension = 'site' OR dimension = 'queue' AND {queue} OR dimension = 'unit' AND {unit})
        AND has(arrayMap(promise -> (promise.1, promise.2, promise.3), promises), (site, dimension, name))",
        site = chosen("site", Variable::Site),
        queue = chosen("name", Variable::Queue),
        unit = chosen("name", Variable::Unit),
    );
    let columns = format!(
        "site, dimension, name, {CALLS} AS calls, {CALLS_LOST} AS calls_lost, lost_stage_menu, {PASSES} AS passes,
      {PASSES_LOST} AS passes_lost, answer_time_bins, pass_wait_answered_bins, answer_after_menu_bins"
    );
    sql::parts_of_minutes(&columns, &condition)
}

/// The targets are read once, as a list: as a table they would be planned three times, which took longer than all the minutes.
fn question() -> String {
    format!(
        "WITH (SELECT groupArray((site, dimension, name, target, within_s, clock, share, lost_share_max)) FROM targets) AS promises
SELECT target, name AS whose, toFloat64(within_s) AS within, clock, presented, wanted, {found} AS found, lost_most,
  {lost_share} AS lost_share,
  multiIf(isNull(found), 'few', found >= wanted AND ifNull(lost_share <= lost_most, true), 'kept', 'missed') AS verdict
FROM (
  SELECT promise.4 AS target, name, promise.5 AS within_s, promise.6 AS clock, promise.7 AS wanted, promise.8 AS lost_most,
    multiIf(clock = 'queue', passes, clock = 'menu', calls - lost_in_menu, calls) AS presented,
    svarstid_count_below_s(multiIf(clock = 'queue', of_passes, clock = 'menu', after_menu, of_calls), within_s) AS good,
    multiIf(clock = 'queue', passes_lost, clock = 'menu', calls_lost - lost_in_menu, calls_lost) AS lost
  FROM (
    SELECT site, dimension, name, sum(part.calls) AS calls, sum(part.calls_lost) AS calls_lost, sum(lost_stage_menu) AS lost_in_menu,
      sum(part.passes) AS passes, sum(part.passes_lost) AS passes_lost,
      sumMap(answer_time_bins) AS of_calls, sumMap(pass_wait_answered_bins) AS of_passes, sumMap(answer_after_menu_bins) AS after_menu
    FROM (
{minutes}
    ) AS part
    GROUP BY site, dimension, name
  ) AS told
  ARRAY JOIN arrayFilter(promise -> (promise.1, promise.2, promise.3) = (site, dimension, name), promises) AS promise
)
ORDER BY name, target",
        found = sql::of_enough("presented", "good / presented"),
        lost_share = sql::of_enough("presented", "lost / presented"),
        minutes = minutes(),
    )
}
