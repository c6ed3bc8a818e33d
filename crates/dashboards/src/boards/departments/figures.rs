//! The large figures, each of enough calls.

use super::TOO_FEW;
use crate::boards::shared;
use crate::column::Column;
use crate::definition::Definition;
use crate::kind::{Judged, Kind, Unit};
use crate::panel::Panel;
use crate::sql::{self, of_enough, share};
use crate::text::{Text, t};

/// A large figure of enough calls.
fn figure(
    title: Text,
    description: Text,
    definition: Definition,
    unit: Unit,
    count: &str,
    figure: &str,
) -> Panel {
    Panel::new(Kind::Stat, title, description, definition, unit)
        .sql(format!("SELECT {} AS figure\n{}", of_enough(count, figure), sql::calls_of_units()))
        .column(Column::new("figure", title))
        .nothing(TOO_FEW)
        .size(4, 4)
        .link(shared::THE_CALLS, shared::CALLS)
}

pub(super) fn all() -> Vec<Panel> {
    whom().into_iter().chain(how_fast()).collect()
}

fn whom() -> [Panel; 3] {
    let told = "countIf(reach != 'none')";
    let got = "countIf(reach IN ('sought_person', 'same_function', 'personal_voicemail'))";
    let to_people = "countIf(dialled_kind IN ('direct', 'group'))";
    [
        figure(
            t("Not diverted", "Ej hänvisade"),
            t(
                "Calls to direct numbers that fell to the operator because the person sought neither answered nor was diverted, of all calls to direct numbers.",
                "Samtal till direktnummer som hamnade hos telefonisten för att den sökta varken svarade eller var hänvisad, av alla samtal till direktnummer.",
            ),
            Definition::Causes,
            Unit::Share,
            sql::DIRECT,
            &share(sql::UNDIVERTED, sql::DIRECT),
        ),
        figure(
            t("Came on a direct number", "Kom på direktnummer"),
            t(
                "Calls to direct or group numbers, of all calls.",
                "Samtal till direktnummer eller gruppnummer, av alla samtal.",
            ),
            Definition::Causes,
            Unit::Share,
            "count()",
            &share(to_people, "count()"),
        ),
        figure(
            t("Reached the one sought", "Nådde den sökta"),
            t(
                "Calls that reached the person sought, the same function or the person's own mailbox first, of all that tell whom they reached.",
                "Samtal som först nådde sökt person, samma funktion eller personlig röstbrevlåda, av alla där det framgår.",
            ),
            Definition::Reach,
            Unit::Share,
            told,
            &share(got, told),
        ),
    ]
}

fn how_fast() -> [Panel; 3] {
    [
        figure(
            t("Answered within ${within_s} s", "Besvarade inom ${within_s} s"),
            t(
                "Calls answered by a person within T of their arrival, of all that were to be served. Green from the target of 80 %.",
                "Samtal som en person besvarat inom T från det att de kom in, av alla som skulle betjänas. Grönt från målet 80 %.",
            ),
            Definition::ServiceLevel,
            Unit::Share,
            sql::PRESENTED,
            &share(sql::WITHIN, sql::PRESENTED),
        )
        .judged(Judged::AtLeast(sql::ANSWERED_SHARE)),
        figure(
            t("Median answer time", "Svarstid, median"),
            t(
                "From the call's arrival to the first person who answers.",
                "Från det att samtalet kom in till dess att den första personen svarar.",
            ),
            Definition::Times,
            Unit::Seconds,
            "count(answer_time_us)",
            &sql::answer_quantile("0.5"),
        ),
        figure(
            t("Signals before the answer", "Signaler före svar"),
            t(
                "Ring signals that the caller lived through before a person answered, in the mean; one each 6 s.",
                "Signaler som uppringaren hörde innan en person svarade, i medeltal; en var sjätte sekund.",
            ),
            Definition::Times,
            Unit::Number,
            "count(caller_signals)",
            "avg(caller_signals)",
        ),
    ]
}
