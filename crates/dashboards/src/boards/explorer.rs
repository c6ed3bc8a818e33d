//! For whoever doubts a figure: the calls behind it, and one call's time line.

use super::marks::marks;
use super::{told, words};
use crate::board::{Dashboard, Row};
use crate::column::Column;
use crate::definition::Definition;
use crate::kind::{Kind, Unit};
use crate::panel::Panel;
use crate::sql::{self, chosen};
use crate::text::t;
use crate::variable::Variable;

/// This dashboard with one call chosen; the other choices stay.
const THIS_CALL: &str = "/d/svarstid-calls-{lang}?${__url_time_range}&${site:queryparam}&${unit:queryparam}&${queue:queryparam}&${dialled_kind:queryparam}&${direction:queryparam}&${outcome:queryparam}&${reach:queryparam}&var-call=${__value.raw:percentencode}";

pub(crate) fn dashboard() -> Dashboard {
    let (name, title) = super::NAMES[3];
    let rows = vec![
        Row { title: t("Found", "Hittade"), panels: vec![how_many(), over_time(), found()] },
        Row { title: t("One call", "Ett samtal"), panels: vec![time_line(), told::by_the_pbx()] },
    ];
    let mut variables = Variable::CALLS.to_vec();
    variables.extend([Variable::Outcome, Variable::Reach, Variable::Call]);
    Dashboard {
        name,
        title,
        description: t(
            "The calls behind a figure: by time, department, outcome, reach and number dialled; and what happened in one of them.",
            "Samtalen bakom en siffra: efter tid, förvaltning, utfall, vem som nåddes och slaget nummer; och vad som hände i ett av dem.",
        ),
        from: "now-24h",
        refresh: "",
        annotations: marks(&variables),
        variables,
        rows,
    }
}

fn calls() -> String {
    format!(
        "{} AND {} AND {}",
        sql::calls(),
        chosen("outcome", Variable::Outcome),
        chosen("reach", Variable::Reach)
    )
}

fn how_many() -> Panel {
    let title = t("Calls found", "Hittade samtal");
    Panel::new(
        Kind::Stat,
        title,
        t("Calls that are as chosen above.", "Samtal som är som valt ovan."),
        Definition::Counted,
        Unit::Count,
    )
    .sql(format!("SELECT nullIf(count(), 0) AS found\n{}", calls()))
    .column(Column::new("found", title))
    .size(4, 6)
}

fn over_time() -> Panel {
    Panel::new(
        Kind::StackedBars,
        t("When they came, and how they ended", "När de kom, och hur de slutade"),
        t(
            "The calls found, by outcome, in the span of their arrival.",
            "De hittade samtalen efter utfall, när de kom in.",
        ),
        Definition::Outcome,
        Unit::Count,
    )
    .sql(format!(
        "SELECT $__timeInterval(arrived_at) AS time, {}\n{}\nGROUP BY time ORDER BY time",
        super::switchboard::of_words("outcome", words::OUTCOMES),
        calls()
    ))
    .columns(words::OUTCOMES.iter().map(|(word, title, _)| Column::new(word, *title)))
    .size(20, 6)
    .interval("1m")
}

fn found() -> Panel {
    Panel::new(
        Kind::Table,
        t("The calls", "Samtalen"),
        t(
            "The newest 1000 of them. A call's id leads to its time line below. Who called is not shown, nor who answered.",
            "De 1000 nyaste. Samtalets id leder till förloppet nedan. Vem som ringde visas inte, inte heller vem som svarade.",
        ),
        Definition::Seen,
        Unit::Count,
    )
    .sql(format!(
        "SELECT arrived_at AS arrived, call_id AS id, direction AS from_where, if(dialled_party IN ('own', 'service'), dialled, '') AS number,
  dialled_kind AS kind, ifNull(unit, '') AS department, outcome AS ended_as, reach AS got, final_reach AS got_last,
  answer_time_us / 1000000 AS answer_s, lost_after_us / 1000000 AS lost_after_s, ifNull(lost_stage, '') AS stage,
  ifNull(operator_cause, '') AS why, transfers AS handed_over
{}
ORDER BY arrived DESC, id LIMIT 1000",
        calls()
    ))
    .columns([
        Column::new("arrived", t("Arrived", "Kom in")).unit(Unit::Moment).width(170),
        Column::new("id", t("Call", "Samtal")).unit(Unit::Words).link(t("Its time line", "Dess förlopp"), THIS_CALL),
        Column::new("from_where", t("From", "Från")).words(words::DIRECTIONS),
        Column::new("number", t("Number dialled", "Slaget nummer")).unit(Unit::Words),
        Column::new("kind", t("Kind of number", "Slag av nummer")).words(words::KINDS),
        Column::new("department", t("Department", "Förvaltning")).unit(Unit::Words),
        Column::new("ended_as", t("Outcome", "Utfall")).words(words::OUTCOMES),
        Column::new("got", t("Reached first", "Nådde först")).words(words::REACHES),
        Column::new("got_last", t("Reached last", "Nådde sist")).words(words::REACHES),
        Column::new("answer_s", t("Answer time", "Svarstid")).unit(Unit::Seconds),
        Column::new("lost_after_s", t("Lost after", "Tappat efter")).unit(Unit::Seconds),
        Column::new("stage", t("Lost", "Tappat")).words(words::STAGES),
        Column::new("why", t("Why the operator", "Varför telefonist")).words(words::CAUSES),
        Column::new("handed_over", t("Handed over", "Kopplat")),
    ])
    .size(24, 12)
    .nothing(t("–", "–"))
}

fn time_line() -> Panel {
    let call = format!(
        "FROM calls_latest WHERE call_id IN (${{call:singlequote}}) AND {}",
        chosen("site", Variable::Site)
    );
    Panel::new(
        Kind::Table,
        t("What happened in the call", "Vad som hände i samtalet"),
        t(
            "The chosen call from its row: arrival, stays in queues, phones that rang outside queues, the answer, the end. `svarstid explain` tells it from its events.",
            "Det valda samtalet från sin rad: när det kom in, vistelser i köer, telefoner som ringde utanför köer, svaret, slutet. `svarstid explain` berättar det från händelserna.",
        ),
        Definition::Passes,
        Unit::Words,
    )
    .sql(format!(
        "SELECT told.1 AS at, told.3 AS step, told.4 AS place, told.5 AS lasted_s, told.6 AS result, told.7 AS why
FROM (
  SELECT arrayJoin(arrayConcat(
    [(arrived_at, 1, 'arrived', if(dialled_party IN ('own', 'service'), dialled, ''), CAST(NULL AS Nullable(Float64)), '', '')],
    arrayMap(pass -> (tupleElement(pass, 'joined_at'), 2, 'queue', toString(tupleElement(pass, 'queue')), toNullable(tupleElement(pass, 'wait_us') / 1000000),
      toString(tupleElement(pass, 'result')), ifNull(toString(tupleElement(pass, 'cause')), '')), passes),
    arrayMap(ring -> (tupleElement(ring, 'started_at'), 3, 'phone', toString(tupleElement(ring, 'target')), toNullable(tupleElement(ring, 'ring_us') / 1000000),
      if(tupleElement(ring, 'answered'), 'answered', 'not_answered'), ''), rings),
    arrayMap(at -> (assumeNotNull(at), 4, 'person', '', toNullable(answer_time_us / 1000000), '', ''), arrayFilter(at -> at IS NOT NULL, [answered_at])),
    arrayMap(at -> (assumeNotNull(at), 5, 'end', '', CAST(NULL AS Nullable(Float64)), toString(outcome), ''), arrayFilter(at -> at IS NOT NULL, [ended_at]))
  )) AS told
  {call}
)
ORDER BY at, told.2"
    ))
    .columns([
        Column::new("at", t("When", "När")).unit(Unit::Moment).width(220),
        Column::new("step", t("What", "Vad")).words(words::STEPS),
        Column::new("place", t("Where", "Var")).unit(Unit::Words),
        Column::new("lasted_s", t("How long", "Hur länge")).unit(Unit::Seconds),
        Column::new("result", t("With what result", "Med vilket resultat")).words(words::RESULTS),
        Column::new("why", t("Why the operator", "Varför telefonist")).words(words::CAUSES),
    ])
    .size(24, 10)
    .nothing(t("choose a call in the table", "välj ett samtal i tabellen"))
}
