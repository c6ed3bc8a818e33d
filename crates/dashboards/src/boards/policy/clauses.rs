//! The clauses of the telephone policy, as rows of one table.

use crate::text::{Text, t};

/// What a figure is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Calls,
    /// The minutes; its two sums are the question's own.
    Minutes,
}

/// When a figure is good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Good {
    AtLeast(f64),
    AtMost(f64),
    /// At least the share of the target of whole sites with the chosen T; without one, of 80 %.
    AsPromised,
    /// At most the lost share of the target of whole sites; without one, 10 %.
    LostAsPromised,
    /// No smaller than before.
    Growing,
    /// No larger than before.
    Falling,
}

/// A share, of rows that meet `part` among those that meet `whole`.
#[derive(Debug)]
pub(super) struct Figure {
    pub of: Of,
    pub part: &'static str,
    pub whole: &'static str,
    pub good: Good,
}

#[derive(Debug)]
pub(super) struct Clause {
    pub id: &'static str,
    pub says: Text,
    pub measure: Text,
    pub target: Text,
    pub figure: Option<Figure>,
}

const fn measured(id: &'static str, says: Text, measure: Text, target: Text, figure: Figure) -> Clause {
    Clause { id, says, measure, target, figure: Some(figure) }
}

/// A clause of which nothing can be counted yet; `why` tells what is missing.
const fn not_yet(id: &'static str, says: Text, why: Text) -> Clause {
    Clause { id, says, measure: why, target: t("–", "–"), figure: None }
}

const fn calls(part: &'static str, whole: &'static str, good: Good) -> Figure {
    Figure { of: Of::Calls, part, whole, good }
}

const PRESENTED: &str = "outcome NOT IN ('closed', 'in_progress')";
const SHALL_GROW: Text = t("shall grow", "ska öka");
const SHALL_FALL: Text = t("shall fall", "ska minska");

pub(super) static CLAUSES: [Clause; 13] = [
    measured(
        "R1",
        t(
            "short answer times: fewer signals before the answer",
            "korta svarstider, dvs färre signaler innan svar",
        ),
        t(
            "answered within T of arrival, of calls to be served",
            "besvarade inom T, av samtal som skulle betjänas",
        ),
        t("", ""),
        calls("outcome = 'answered' AND answer_time_us < ${within_s} * 1000000", PRESENTED, Good::AsPromised),
    ),
    measured(
        "R2",
        t("the share of lost calls", "andel tappade samtal"),
        t("lost, of calls to be served", "tappade, av samtal som skulle betjänas"),
        t("", ""),
        calls(
            "outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed')",
            PRESENTED,
            Good::LostAsPromised,
        ),
    ),
    measured(
        "R3",
        t(
            "the share of calls put through to an operator because a telephone was not diverted shall fall",
            "andelen samtal som kopplas till telefonist p g a ej hänvisad telefon skall minska",
        ),
        t(
            "fell to the operator undiverted, of calls to direct numbers",
            "ej hänvisade, av samtal till direktnummer",
        ),
        SHALL_FALL,
        calls(
            "dialled_kind = 'direct' AND operator_cause = 'not_diverted' AND NOT after_transfer",
            "dialled_kind = 'direct'",
            Good::Falling,
        ),
    ),
    measured(
        "R4",
        t(
            "first the person sought, then another with the same function, or the personal mailbox",
            "i första hand sökt person, i andra hand annan person med samma funktion, eller personlig röstbrevlåda",
        ),
        t(
            "reached one of these first, of calls that tell",
            "nådde någon av dessa först, av samtal där det framgår",
        ),
        SHALL_GROW,
        calls(
            "reach IN ('sought_person', 'same_function', 'personal_voicemail')",
            "reach != 'none'",
            Good::Growing,
        ),
    ),
    measured(
        "R5",
        t("as many as possible call the direct number", "så många som möjligt ringer till direktnumret"),
        t("to direct and group numbers, of all calls", "till direkt- och gruppnummer, av alla samtal"),
        SHALL_GROW,
        calls("dialled_kind IN ('direct', 'group')", "true", Good::Growing),
    ),
    not_yet(
        "R6",
        t(
            "messages are listened to, and called back the same day",
            "meddelanden avlyssnas och återuppringning sker samma dag",
        ),
        t(
            "nothing: no source tells when a message is listened to; call explorer shows the calls that ended in a mailbox",
            "inget: ingen källa berättar när ett meddelande avlyssnas; Samtalen visar vilka som slutade i en röstbrevlåda",
        ),
    ),
    not_yet(
        "R7",
        t(
            "measure how callers are treated; answer with department and name",
            "mäta bemötande; svara med förvaltning och namn",
        ),
        t("nothing: surveys and test calls are not imported", "inget: enkäter och testsamtal läses inte in"),
    ),
    not_yet(
        "R8",
        t(
            "traffic analyses twice a year, for the operators' staffing",
            "trafikanalyser 2 ggr/år i syfte att optimera växelbemanningen",
        ),
        t(
            "no figure: the load by weekday and hour is on Switchboard; the staffing that it asks for is not computed",
            "ingen siffra: belastningen per veckodag och timme finns i Telefonväxeln; bemanningen som den kräver räknas inte ut",
        ),
    ),
    measured(
        "R9",
        t("external calls before internal ones", "externa samtal före interna"),
        t(
            "internal callers taken while an external one had waited longer, of internal ones answered by operators (all numbers)",
            "interna som togs medan ett externt väntat längre, av interna som telefonister besvarat (alla nummer)",
        ),
        t("none", "inga"),
        Figure { of: Of::Minutes, part: "", whole: "", good: Good::AtMost(0.0) },
    ),
    not_yet(
        "R10",
        t(
            "the switchboard can be doubled: twice the staffing is trained",
            "växeln skall kunna dubbleras: två gånger bemanningen inskolad",
        ),
        t(
            "nothing: who is trained as an operator is not known here",
            "inget: vilka som är inskolade är inte känt här",
        ),
    ),
    measured(
        "R11",
        t(
            "the departments follow up, every head is responsible",
            "förvaltningarna ansvarar för uppföljning, varje chef ansvarar",
        ),
        t(
            "calls whose department is known, of all; each department's figures are on Departments",
            "samtal vars förvaltning är känd, av alla; varje förvaltnings siffror finns i Förvaltningarna",
        ),
        SHALL_GROW,
        calls("unit IS NOT NULL", "true", Good::Growing),
    ),
    not_yet(
        "R12",
        t(
            "events and press releases reach the switchboard",
            "väsentliga förändringar, händelser och pressmeddelanden når växeln",
        ),
        t("nothing: there is no calendar of events", "inget: det finns ingen kalender över händelser"),
    ),
    measured(
        "R13",
        t("measure regularly, whatever the equipment", "regelbundet mäta, oberoende av teleutrustning"),
        t("time that a living source covered, of all time", "tid som en levande källa täckte, av all tid"),
        t("at least 99 % (proposed)", "minst 99 % (förslag)"),
        Figure { of: Of::Minutes, part: "", whole: "", good: Good::AtLeast(0.99) },
    ),
];
