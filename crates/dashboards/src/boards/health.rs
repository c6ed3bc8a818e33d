//! For who keeps the measuring alive: is everything heard, does it flow, was anything refused, and does it add up.

use super::marks::marks;
use crate::board::{Dashboard, Row};
use crate::column::Column;
use crate::definition::Definition;
use crate::kind::{Judged, Kind, Unit};
use crate::panel::Panel;
use crate::sql::chosen;
use crate::text::{Text, t};
use crate::variable::Variable;

const NOT_SCRAPED: Text = t("not scraped", "läses inte av");

pub(crate) fn dashboard() -> Dashboard {
    let (name, title) = super::NAMES[5];
    let rows = vec![
        Row { title: t("Is it well?", "Mår den bra?"), panels: well() },
        Row { title: t("Lag", "Eftersläpning"), panels: lag() },
        Row { title: t("Flow", "Flöde"), panels: flow() },
        Row {
            title: t("What waits, what was refused", "Vad som väntar, vad som avvisats"), panels: waits()
        },
        Row {
            title: t("What is known, in ClickHouse", "Vad som är känt, i ClickHouse"),
            panels: vec![heard(), calls_unknown(), rejected(), definitions()],
        },
    ];
    Dashboard {
        name,
        title,
        description: t(
            "Whether everything is heard, flows, and adds up: the services' own metrics, and what ClickHouse knows of gaps.",
            "Om allt avlyssnas, flödar och går ihop: tjänsternas egna mätvärden, och vad ClickHouse vet om luckor.",
        ),
        from: "now-24h",
        refresh: "30s",
        variables: vec![Variable::Site],
        annotations: marks(&[Variable::Site]),
        rows,
    }
}

/// One figure of the services.
fn now(title: Text, description: Text, unit: Unit, expression: &str, legend: Text, judged: Judged) -> Panel {
    Panel::new(Kind::Stat, title, description, Definition::Services, unit)
        .metric(expression, legend)
        .judged(judged)
        .nothing(NOT_SCRAPED)
        .size(4, 4)
}

fn well() -> Vec<Panel> {
    vec![
        now(
            t("PBX connected", "Växeln ansluten"),
            t(
                "1 while every collector is logged in at its PBX; what happens while it is 0 is a gap. A collector that only follows files has no live connection: it stays at 0.",
                "1 medan varje insamlare är inloggad i sin växel; det som händer medan den är 0 är en lucka. En insamlare som bara följer filer har ingen anslutning: den står på 0.",
            ),
            Unit::Count,
            "min(svarstid_collector_connected)",
            t("connected", "ansluten"),
            Judged::AtLeast(1.0),
        ),
        now(
            t("Figures are behind by", "Siffrorna släpar efter med"),
            t(
                "How long ago the site's watermark is: up to there everything is believed to have come.",
                "Hur gammal platsens vattenstämpel är: dit antas allt ha kommit in.",
            ),
            Unit::Seconds,
            "max(time() - svarstid_processor_watermark_timestamp_seconds{site=~\"$site\"})",
            t("behind", "efter"),
            Judged::Rising(120.0, 300.0),
        ),
        now(
            t("Time to catch up", "Tid att komma ikapp"),
            t(
                "How long until nothing waits any more at the pace of the last seconds; without an end if more comes than is taken in.",
                "Hur lång tid tills inget väntar längre, i de senaste sekundernas takt; utan slut om mer kommer in än som tas emot.",
            ),
            Unit::Seconds,
            "max(svarstid_processor_catch_up_seconds)",
            t("to go", "kvar"),
            Judged::Rising(60.0, 600.0),
        ),
        now(
            t("ClickHouse refuses rows", "ClickHouse tar inte emot"),
            t(
                "1 while ClickHouse does not take rows and the sink waits; nothing is lost, it comes later.",
                "1 medan ClickHouse inte tar emot rader och skrivaren väntar; inget går förlorat, det kommer senare.",
            ),
            Unit::Count,
            "max(svarstid_sink_waiting)",
            t("waiting", "väntar"),
            Judged::AtMost(0.0),
        ),
        now(
            t("Breaches of invariants", "Brott mot invarianter"),
            t(
                "Breaches of what always holds, such as the conservation of calls, in the chosen time. Anything but 0 is a bug: please report it.",
                "Brott mot det som alltid ska gälla, till exempel att samtalen går ihop, under den valda tiden. Allt annat än 0 är ett fel i programmet: rapportera det.",
            ),
            Unit::Count,
            "sum(increase(svarstid_processor_invariant_violations_total[$__range])) or vector(0)",
            t("breaches", "brott"),
            Judged::AtMost(0.0),
        ),
        now(
            t("Lost on the way", "Förlorat på vägen"),
            t(
                "Events that could not be kept, and records that Kafka deleted before they were read, in the chosen time: missing in the figures.",
                "Händelser som inte kunde sparas, och poster som Kafka raderade innan de lästs, under den valda tiden: de saknas i siffrorna.",
            ),
            Unit::Count,
            "(sum(increase(svarstid_collector_dropped_events_total[$__range])) or vector(0)) + (sum(increase(svarstid_processor_lost_records_total[$__range])) or vector(0)) + (sum(increase(svarstid_sink_lost_records_total[$__range])) or vector(0))",
            t("lost", "förlorade"),
            Judged::AtMost(0.0),
        ),
    ]
}

fn lines(title: Text, description: Text, definition: Definition, unit: Unit) -> Panel {
    Panel::new(Kind::Lines, title, description, definition, unit).size(8, 8).nothing(NOT_SCRAPED)
}

fn lag() -> Vec<Panel> {
    vec![
        lines(
            t("Records that wait, by stage", "Poster som väntar, per steg"),
            t(
                "On the collector's disk until Kafka has them, in Kafka until the processor has them, and until ClickHouse has them.",
                "På insamlarens disk tills Kafka har dem, i Kafka tills bearbetaren har dem, och tills ClickHouse har dem.",
            ),
            Definition::Services,
            Unit::Count,
        )
        .metric("sum(svarstid_collector_spool_records)", t("collector's spool", "insamlarens kö"))
        .metric("sum(svarstid_processor_lag_records)", t("processor", "bearbetaren"))
        .metric("sum(svarstid_sink_lag_records)", t("sink", "skrivaren")),
        lines(
            t("How long ago each source was heard", "Hur länge sedan varje källa hördes"),
            t(
                "Time since the last word of each source of each site. One that only grows is dead.",
                "Tid sedan varje källas senaste ord. En som bara växer är död.",
            ),
            Definition::Now,
            Unit::Seconds,
        )
        .metric(
            "time() - max by (site, source) (svarstid_processor_source_heard_timestamp_seconds{site=~\"$site\"})",
            t("{{site}} {{source}}", "{{site}} {{source}}"),
        ),
        lines(
            t("Oldest record on disk", "Äldsta posten på disk"),
            t(
                "Age of the oldest record that the collector keeps because Kafka does not take it; 0 when none waits.",
                "Ålder på den äldsta posten som insamlaren behåller för att Kafka inte tar emot den; 0 när ingen väntar.",
            ),
            Definition::Services,
            Unit::Seconds,
        )
        .metric("max(svarstid_collector_spool_oldest_age_seconds)", t("oldest", "äldsta")),
    ]
}

fn flow() -> Vec<Panel> {
    vec![
        lines(
            t("Events and rows a second", "Händelser och rader per sekund"),
            t(
                "Events made from what the PBXs said, events taken in by the processor, and rows that ClickHouse acknowledged.",
                "Händelser gjorda av det växlarna sagt, händelser som bearbetaren tagit emot, och rader som ClickHouse bekräftat.",
            ),
            Definition::Services,
            Unit::Number,
        )
        .metric("sum(rate(svarstid_collector_events_total[$__rate_interval]))", t("collector", "insamlaren"))
        .metric(
            "sum(rate(svarstid_processor_events_total{site=~\"$site\"}[$__rate_interval]))",
            t("processor", "bearbetaren"),
        )
        .metric("sum(rate(svarstid_sink_rows_total[$__rate_interval]))", t("rows in ClickHouse", "rader i ClickHouse")),
        lines(
            t("How long Kafka and ClickHouse take", "Hur lång tid Kafka och ClickHouse tar"),
            t(
                "What 95 of 100 commits of the processor and inserts of the sink did not exceed.",
                "Vad 95 av 100 av bearbetarens transaktioner och skrivarens insättningar inte tog längre än.",
            ),
            Definition::Services,
            Unit::Seconds,
        )
        .metric(
            "histogram_quantile(0.95, sum by (le) (rate(svarstid_processor_commit_duration_seconds_bucket[$__rate_interval])))",
            t("commit to Kafka", "transaktion till Kafka"),
        )
        .metric(
            "histogram_quantile(0.95, sum by (le) (rate(svarstid_sink_insert_duration_seconds_bucket[$__rate_interval])))",
            t("insert into ClickHouse", "insättning i ClickHouse"),
        ),
        lines(
            t("Gaps and late events", "Luckor och sena händelser"),
            t(
                "Seconds of which nothing is known, and events that came after it was told that nobody had heard their time, in each span.",
                "Sekunder om vilka inget är känt, och händelser som kom efter att deras tid förklarats ohörd.",
            ),
            Definition::Services,
            Unit::Count,
        )
        .metric(
            "sum(increase(svarstid_collector_gap_seconds_total[$__rate_interval]))",
            t("seconds not heard", "sekunder ej avlyssnade"),
        )
        .metric(
            "sum(increase(svarstid_processor_late_events_dropped_total{site=~\"$site\"}[$__rate_interval]))",
            t("events too late", "för sena händelser"),
        ),
    ]
}

fn waits() -> Vec<Panel> {
    vec![
        lines(
            t("Refused records", "Avvisade poster"),
            t(
                "Records that could not be read, by who refused them and why. They are kept with their reason.",
                "Poster som inte kunde läsas, efter vem som avvisade dem och varför. De sparas med sitt skäl.",
            ),
            Definition::Services,
            Unit::Count,
        )
        .metric(
            "sum by (reason) (increase(svarstid_collector_rejected_records_total[$__rate_interval]))",
            t("collector: {{reason}}", "insamlaren: {{reason}}"),
        )
        .metric(
            "sum by (reason) (increase(svarstid_processor_rejected_records_total[$__rate_interval]))",
            t("processor: {{reason}}", "bearbetaren: {{reason}}"),
        )
        .metric(
            "sum by (reason) (increase(svarstid_sink_rejected_records_total[$__rate_interval]))",
            t("sink: {{reason}}", "skrivaren: {{reason}}"),
        ),
        lines(
            t("How full the buffers are", "Hur fulla buffertarna är"),
            t(
                "How much of its bound each buffer uses. A spool above half says that what follows is too slow.",
                "Hur stor del av sin gräns varje buffert använder. En diskkö över hälften säger att nästa steg är för långsamt.",
            ),
            Definition::Buffers,
            Unit::Share,
        )
        .metric(
            "max by (buffer) (svarstid_collector_buffer_used_ratio)",
            t("collector {{buffer}}", "insamlaren {{buffer}}"),
        )
        .metric(
            "max by (buffer) (svarstid_processor_buffer_used_ratio)",
            t("processor {{buffer}}", "bearbetaren {{buffer}}"),
        )
        .metric(
            "max by (topic, buffer) (svarstid_sink_buffer_used_ratio)",
            t("sink {{topic}} {{buffer}}", "skrivaren {{topic}} {{buffer}}"),
        )
        .max(1.0),
        lines(
            t("The PBX's clock is ahead by", "Växelns klocka går före med"),
            t(
                "How far the PBX's clock is from ours; above 5 s calls stand in wrong minutes.",
                "Hur mycket växelns klocka skiljer sig från vår; över 5 s hamnar samtal i fel minut.",
            ),
            Definition::Services,
            Unit::Seconds,
        )
        .metric("max(abs(svarstid_collector_pbx_clock_ahead_seconds))", t("apart", "skillnad")),
    ]
}

fn heard() -> Panel {
    let told =
        format!("FROM completeness WHERE $__timeFilter(minute) AND {}", chosen("site", Variable::Site));
    Panel::new(
        Kind::Lines,
        t("How much was heard", "Hur mycket som avlyssnats"),
        t(
            "How much of each span a living source covered. What is missing is unknown, not quiet.",
            "Hur stor del av varje tidsrum som en levande källa täckte. Det som saknas är okänt, inte tyst.",
        ),
        Definition::Seen,
        Unit::Share,
    )
    .sql(format!(
        "SELECT $__timeInterval(minute) AS time,
  sum(heard_us) / 1000000 / (SELECT uniqExact(site) {told}) / greatest(60,
    least(toUnixTimestamp(time) + $__interval_s, toUnixTimestamp($__toTime))
    - greatest(toUnixTimestamp(time), toUnixTimestamp($__fromTime))) AS heard
{told}
GROUP BY time ORDER BY time"
    ))
    .column(Column::new("heard", t("heard", "avlyssnat")))
    .size(8, 8)
    .interval("5m")
    .max(1.0)
    .nothing(t("nothing heard", "inget avlyssnat"))
}

fn calls_unknown() -> Panel {
    Panel::new(
        Kind::StackedBars,
        t("Calls that are not wholly known", "Samtal som inte är helt kända"),
        t(
            "By the hour of arrival: calls whose outcome nobody can tell, and calls that no source heard all of.",
            "Per timme: samtal vars utfall ingen kan avgöra, och samtal som ingen källa hörde helt.",
        ),
        Definition::Outcome,
        Unit::Count,
    )
    .sql(format!(
        "SELECT hour AS time, sum(unknown_calls) AS without_outcome, sum(partial_calls) AS not_wholly_heard\nFROM confidence WHERE $__timeFilter(hour) AND {}\nGROUP BY time ORDER BY time",
        chosen("site", Variable::Site)
    ))
    .columns([
        Column::new("without_outcome", t("outcome unknown", "okänt utfall")),
        Column::new("not_wholly_heard", t("not wholly heard", "inte helt avlyssnade")),
    ])
    .size(8, 8)
    .interval("1h")
}

fn rejected() -> Panel {
    Panel::new(
        Kind::Table,
        t("Refused records, by reason", "Avvisade poster, efter skäl"),
        t(
            "Records in the chosen time that could not be used: by which service, why, how many, and when last.",
            "Poster under den valda tiden som inte kunde användas: av vilken tjänst, varför, hur många och när senast.",
        ),
        Definition::Services,
        Unit::Count,
    )
    .sql(format!(
        "SELECT stage AS service, reason AS why, count() AS records, max(rejected_at) AS last_at\nFROM rejected FINAL WHERE $__timeFilter(rejected_at) AND (site = '' OR {})\nGROUP BY service, why ORDER BY records DESC",
        chosen("site", Variable::Site)
    ))
    .columns([
        Column::new("service", t("Service", "Tjänst")).unit(Unit::Words),
        Column::new("why", t("Reason", "Skäl")).unit(Unit::Words),
        Column::new("records", t("Records", "Poster")),
        Column::new("last_at", t("Last", "Senast")).unit(Unit::Moment),
    ])
    .size(8, 8)
    .nothing(t("nothing refused", "inget avvisat"))
}

fn definitions() -> Panel {
    Panel::new(
        Kind::Table,
        t("Which formulas the figures follow", "Vilka formler siffrorna följer"),
        t(
            "The version of the definitions by which each site's figures of the chosen time were made, and the first and last minute of it that has any. Two of one site would be a fault.",
            "Versionen av definitionerna som varje plats siffror för den valda tiden gjordes med, och dess första och sista minut med siffror. Två för samma plats vore ett fel.",
        ),
        Definition::Counted,
        Unit::Count,
    )
    .sql(format!(
        "SELECT site AS of_site, definition_version AS formulas, min(minute) AS first_minute, max(minute) AS last_minute\nFROM kpi_windows WHERE $__timeFilter(minute) AND {}\nGROUP BY of_site, formulas ORDER BY of_site, formulas",
        chosen("site", Variable::Site)
    ))
    .columns([
        Column::new("of_site", t("Site", "Växel")).unit(Unit::Words),
        Column::new("formulas", t("Definitions", "Definitioner")),
        Column::new("first_minute", t("First minute", "Första minuten")).unit(Unit::Moment),
        Column::new("last_minute", t("Last minute", "Sista minuten")).unit(Unit::Moment),
    ])
    .size(24, 5)
    .nothing(t("no figures yet", "inga siffror än"))
}
