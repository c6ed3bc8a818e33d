//! One call as the PBX told it, event by event.

use crate::column::{Column, Word};
use crate::definition::Definition;
use crate::kind::{Kind, Unit};
use crate::panel::Panel;
use crate::text::t;

/// Who called from outside is left out: a pseudonym tells a person from others, and nothing here needs it.
const SQL: &str = "SELECT at AS told_at, event AS kind, ifNull(leg, '') AS channel, ifNull(other_leg, '') AS other, ifNull(endpoint, '') AS device,
  ifNull(queue, '') AS place, ifNull(member, '') AS who, arrayStringConcat(arrayFilter(number -> number != '', [
    if(caller_party IN ('own', 'service'), caller, ''), if(dialled_party IN ('own', 'service'), dialled, ''),
    if(sought_party IN ('own', 'service'), sought, ''), if(sent_to_party IN ('own', 'service'), sent_to, '')]), ' → ') AS numbers,
  arrayStringConcat(arrayFilter(word -> word != '', [ifNull(status, ''), ifNull(reason, ''), ifNull(toString(cause), '')]), ', ') AS result,
  ifNull(wait_us, ring_us) / 1000000 AS lasted_s,
  arrayStringConcat(arrayMap((name, value) -> concat(name, ' ', value), mapKeys(details), mapValues(details)), ', ') AS more, source AS told_by
FROM events_of_call(site = substringIndex(${call:singlequote}, '/', 1), call_id = ${call:singlequote})
ORDER BY told_at, stream_position";

pub(crate) fn by_the_pbx() -> Panel {
    Panel::new(
        Kind::Table,
        t("What the PBX told of the call", "Vad växeln berättade om samtalet"),
        t(
            "Every event of the chosen call, as it came. Empty where events are not kept: `[sink] call_events = true` and `[retention] events_days` in svarstid.toml keep them from then on. Only who may see persons in all units sees them.",
            "Varje händelse i det valda samtalet, som den kom. Tomt där händelser inte sparas: `[sink] call_events = true` och `[retention] events_days` i svarstid.toml sparar dem från och med då. Bara den som får se personer i alla förvaltningar ser dem.",
        ),
        Definition::Told,
        Unit::Words,
    )
    .sql(SQL)
    .columns([
        Column::new("told_at", t("When", "När")).unit(Unit::Moment).width(220),
        Column::new("kind", t("What", "Vad")).words(EVENTS),
        Column::new("channel", t("Channel", "Kanal")).unit(Unit::Words),
        Column::new("other", t("Other channel", "Annan kanal")).unit(Unit::Words),
        Column::new("device", t("Phone or trunk", "Telefon eller ledning")).unit(Unit::Words),
        Column::new("place", t("Queue", "Kö")).unit(Unit::Words),
        Column::new("who", t("Member of the queue", "Medlem i kön")).unit(Unit::Words),
        Column::new("numbers", t("Numbers", "Nummer")).unit(Unit::Words),
        Column::new("result", t("With what result", "Med vilket resultat")).unit(Unit::Words),
        Column::new("lasted_s", t("How long", "Hur länge")).unit(Unit::Seconds),
        Column::new("more", t("More", "Mer")).unit(Unit::Words),
        Column::new("told_by", t("Told by", "Berättat av")).unit(Unit::Words),
    ])
    .size(24, 12)
    .nothing(t("–", "–"))
}

/// Kinds of events that tell of single calls.
const EVENTS: &[Word] = &[
    ("leg_started", t("a channel is there", "en kanal finns"), None),
    ("leg_ended", t("the channel is gone", "kanalen är borta"), None),
    ("hangup_requested", t("hung up", "lade på"), None),
    ("halves_paired", t("two halves of one path", "två halvor av en väg"), None),
    ("dial_started", t("a phone is dialled", "en telefon söks"), None),
    ("dial_ringing", t("it rings", "det ringer"), None),
    ("dial_ended", t("dialling is over", "sökandet är över"), None),
    ("dial_gave_up", t("dialling is given up", "sökandet gavs upp"), None),
    ("queue_joined", t("joins a queue", "ställs i kö"), None),
    ("queue_abandoned", t("gives up in the queue", "ger upp i kön"), None),
    ("queue_left", t("leaves the queue", "lämnar kön"), None),
    ("queue_exited", t("the queue lets it go", "kön släpper samtalet"), None),
    ("priority_set", t("gets a priority", "får en prioritet"), None),
    ("member_connected", t("a member takes it", "en medlem tar samtalet"), None),
    ("member_missed", t("a member does not answer", "en medlem svarar inte"), None),
    ("bridge_entered", t("connected", "kopplas ihop"), None),
    ("bridge_left", t("no longer connected", "kopplas isär"), None),
    ("held", t("put on hold", "parkeras hos telefonen"), None),
    ("resumed", t("taken off hold", "hämtas åter"), None),
    ("transferred", t("handed over", "kopplas vidare"), None),
    ("picked_up", t("picked up elsewhere", "plockas av någon annan"), None),
    ("mailbox_entered", t("comes to a mailbox", "kommer till en röstbrevlåda"), None),
    ("message_left", t("a message is left", "ett meddelande lämnas"), None),
    ("diverted", t("diverted", "hänvisas"), None),
    ("not_diverted", t("nobody answers, and no diversion", "ingen svarar, och ingen hänvisning"), None),
    ("leg_seen", t("the channel is there still", "kanalen finns kvar"), None),
    ("queue_caller_seen", t("stands in the queue still", "står kvar i kön"), None),
    ("queue_entered", t("comes to a queue", "kommer till en kö"), None),
    ("queue_answered", t("a member takes it", "en medlem tar samtalet"), None),
    ("queue_completed", t("the talk is over", "samtalet är över"), None),
    ("call_recorded", t("the call list has it", "samtalslistan har det"), None),
    ("parked", t("parked", "parkeras"), None),
    ("unparked", t("no longer parked", "hämtas från parkeringen"), None),
];
