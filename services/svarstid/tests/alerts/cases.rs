//! When each alert is raised, and when it is not: small stories that `promtool test rules` plays on the generated rules.

use serde_json::{Value, json};

/// What stands in every story unless it says otherwise: all is well, and nobody calls.
const WELL: [(&str, &str); 10] = [
    (r#"svarstid_processor_watermark_timestamp_seconds{site="town"}"#, "0+15x1400"),
    (r#"svarstid_processor_source_heard_timestamp_seconds{site="town",source="asterisk_ami"}"#, "0+15x1400"),
    (r#"svarstid_processor_source_heard_timestamp_seconds{site="town",source="asterisk_cel"}"#, "0+15x1400"),
    (OPEN, "1+0x1400"),
    (SCHOOL_OPEN, "1+0x1400"),
    (r#"up{job="svarstid",service="sink"}"#, "1+0x1400"),
    (r#"svarstid_collector_connected{instance="c"}"#, "1+0x1400"),
    (r#"svarstid_collector_file_connected{instance="c",file="f"}"#, "1+0x1400"),
    (r#"svarstid_sink_waiting{instance="s"}"#, "0+0x1400"),
    (r#"svarstid_processor_lag_records{topic="t",partition="0"}"#, "0+0x1400"),
];

/// A story: series that differ, and at some moments what is raised, as `alert` or `alert target-or-queue`.
pub struct Story {
    pub name: &'static str,
    pub series: &'static [(&'static str, &'static str)],
    pub moments: &'static [(&'static str, &'static [&'static str])],
}

const OPEN: &str = r#"svarstid_processor_open{site="town",queue="board"}"#;
const WAIT: &str = r#"svarstid_processor_longest_wait_seconds{site="town",queue="board"}"#;
const SCHOOL: &str = r#"svarstid_processor_longest_wait_seconds{site="town",queue="school (9.1)"}"#;
const PRESENTED: &str = r#"svarstid_processor_target_presented_total{site="town",target="board"}"#;
const WITHIN: &str = r#"svarstid_processor_target_answered_within_total{site="town",target="board"}"#;
const LOST: &str = r#"svarstid_processor_target_lost_total{site="town",target="board"}"#;
const AMI: &str = r#"svarstid_processor_source_heard_timestamp_seconds{site="town",source="asterisk_ami"}"#;
const DIRECT: &str = r#"svarstid_processor_direct_calls_total{site="town",unit="Växeln {{1}}"}"#;
const UNDIVERTED: &str = r#"svarstid_processor_undiverted_calls_total{site="town",unit="Växeln {{1}}"}"#;
const LAG: &str = r#"svarstid_processor_lag_records{topic="t",partition="0"}"#;

const CALLS: &[Story] = &[
    Story {
        name: "a quiet Sunday",
        series: &[
            (OPEN, "0+0x1400"),
            (WAIT, "0+0x1400"),
            (PRESENTED, "0+0x1400"),
            (WITHIN, "0+0x1400"),
            (LOST, "0+0x1400"),
        ],
        moments: &[("1m", &[]), ("1h", &[]), ("2h", &[])],
    },
    Story {
        name: "three of ten telephones are not diverted",
        series: &[(DIRECT, "0+1x1400"), (UNDIVERTED, "0+0.3x1400")],
        moments: &[("30m", &[]), ("1h30m", &["SvarstidUndiverted"])],
    },
    Story {
        name: "a unit whom nine call, all in vain",
        series: &[(DIRECT, "0+0x20 9+0x1300"), (UNDIVERTED, "0+0x20 9+0x1300")],
        moments: &[("1h30m", &[])],
    },
    Story {
        name: "a caller waits for long, and is answered",
        series: &[(WAIT, "0+0x19 0+15x19 0+0x20"), (SCHOOL, "300+0x60")],
        moments: &[("7m", &[]), ("9m", &["SvarstidLongestWait board"]), ("11m", &[])],
    },
    Story {
        name: "the first is answered, and the next has waited for less",
        series: &[(WAIT, "0+15x19 90+15x8 0+0x40")],
        moments: &[
            ("4m", &["SvarstidLongestWait board"]),
            ("5m", &["SvarstidLongestWait board"]),
            ("10m", &[]),
        ],
    },
    Story {
        name: "a queue with a time of its own",
        series: &[(SCHOOL, "0+15x60")],
        moments: &[("10m", &[]), ("12m", &["SvarstidLongestWait school (9.1)"])],
    },
    Story {
        name: "somebody waits at a closed switchboard",
        series: &[(WAIT, "0+15x80"), (OPEN, "0+0x1400")],
        moments: &[("15m", &[])],
    },
    Story {
        name: "one of two lost at night",
        series: &[(PRESENTED, "0+0x20 1+0x20 2+0x800"), (WITHIN, "0+0x20 1+0x800"), (LOST, "0+0x40 1+0x800")],
        moments: &[("6m", &[]), ("14m", &[]), ("20m", &[]), ("2h", &[])],
    },
    Story {
        name: "a single bad minute",
        series: &[
            (PRESENTED, "0+4x1000"),
            (WITHIN, "0+4x400 1600+0x3 1604+4x600"),
            (LOST, "0+0x400 4+4x3 16+0x600"),
        ],
        moments: &[("1h40m", &[]), ("1h42m", &[]), ("1h46m", &[]), ("1h55m", &[]), ("2h30m", &[])],
    },
    Story {
        name: "from eleven o'clock on half of them wait for too long",
        series: &[(PRESENTED, "0+4x1400"), (WITHIN, "0+4x400 1602+2x1000"), (LOST, "0+0x1400")],
        moments: &[
            ("1h40m", &[]),
            ("1h55m", &[]),
            ("2h12m", &["SvarstidServiceLevelFast board"]),
            ("5h", &["SvarstidServiceLevelFast board", "SvarstidServiceLevelSlow board"]),
        ],
    },
    Story {
        name: "better again: the short window ends it",
        series: &[(PRESENTED, "0+4x1400"), (WITHIN, "0+0x200 4+4x1000"), (LOST, "0+0x1400")],
        moments: &[
            ("50m", &["SvarstidServiceLevelFast board", "SvarstidServiceLevelSlow board"]),
            ("56m", &["SvarstidServiceLevelSlow board"]),
        ],
    },
    Story {
        name: "a slow bleed, and the hours in which nobody is there",
        series: &[
            (PRESENTED, "0+10x1400"),
            (WITHIN, "0+7x1400"),
            (LOST, "0+0x1400"),
            (OPEN, "1+0x1000 0+0x400"),
        ],
        moments: &[("4h", &["SvarstidServiceLevelSlow board"]), ("4h20m", &[])],
    },
    Story {
        name: "more are lost than the target allows",
        series: &[(PRESENTED, "0+20x1400"), (WITHIN, "0+17x1400"), (LOST, "0+3x1400")],
        moments: &[("4h", &["SvarstidLostShareSlow board"])],
    },
    Story {
        name: "many are lost",
        series: &[(PRESENTED, "0+20x1400"), (WITHIN, "0+16x1400"), (LOST, "0+5x1400")],
        moments: &[("1h", &["SvarstidLostShareFast board", "SvarstidLostShareSlow board"])],
    },
];

const HEALTH: &[Story] = &[
    Story {
        name: "a source is silent, which is no quiet day",
        series: &[(AMI, "0+15x40 600+0x100")],
        moments: &[("12m", &[]), ("14m", &["SvarstidSourceSilent asterisk_ami"])],
    },
    Story {
        name: "a processor that catches up has only heard old news",
        series: &[(AMI, "0+15x40 600+0x100"), (LAG, "0+0x40 90000+0x100")],
        moments: &[("14m", &[]), ("20m", &[])],
    },
    Story {
        name: "figures stand still",
        series: &[(r#"svarstid_processor_watermark_timestamp_seconds{site="town"}"#, "0+15x40 600+0x200")],
        moments: &[("14m", &[]), ("18m", &["SvarstidFiguresStill"])],
    },
    Story {
        name: "no processor knows the site",
        series: &[(r#"svarstid_processor_watermark_timestamp_seconds{site="town"}"#, "_x200")],
        moments: &[("9m", &[]), ("11m", &["SvarstidNoFigures"])],
    },
    Story {
        name: "the PBX is not connected",
        series: &[(r#"svarstid_collector_connected{instance="c"}"#, "1+0x20 0+0x20 1+0x100")],
        moments: &[("6m", &[]), ("7m", &["SvarstidNotConnected"]), ("12m", &[])],
    },
    Story {
        name: "a log file is away",
        series: &[(r#"svarstid_collector_file_connected{instance="c",file="f"}"#, "0+0x100")],
        moments: &[("4m", &[]), ("6m", &["SvarstidFileNotRead"])],
    },
    Story {
        name: "Kafka is away",
        series: &[(r#"svarstid_collector_spool_oldest_age_seconds{instance="c"}"#, "0+15x100")],
        moments: &[("3m", &[]), ("4m", &["SvarstidKafkaAway"])],
    },
    Story {
        name: "a gap of three minutes",
        series: &[(r#"svarstid_collector_gap_seconds_total{instance="c"}"#, "0+0x40 180+0x200")],
        moments: &[("10m", &[]), ("11m", &["SvarstidGap"]), ("26m", &[])],
    },
    Story {
        name: "clocks differ",
        series: &[(r#"svarstid_collector_pbx_clock_ahead_seconds{instance="c"}"#, "-9+0x100")],
        moments: &[("4m", &[]), ("6m", &["SvarstidClocksDiffer"])],
    },
    Story {
        name: "a service is down",
        series: &[(r#"up{job="svarstid",service="sink"}"#, "1+0x20 0+0x100")],
        moments: &[("6m", &[]), ("8m", &["SvarstidDown"])],
    },
    Story {
        name: "the processor is behind",
        series: &[(r#"svarstid_processor_catch_up_seconds{topic="t",partition="0"}"#, "0+0x20 900+0x100")],
        moments: &[("9m", &[]), ("16m", &["SvarstidBehind"])],
    },
    Story {
        name: "a busy processor is never quite done, which is well",
        series: &[(
            r#"svarstid_processor_catch_up_seconds{topic="t",partition="0"}"#,
            "1e9 0 1e9 1e9 1 1e9 0 1e9 1e9 2 1e9 1e9 1 1e9 1e9 1e9 1e9 0 1e9 1e9 1e9 0 1e9 1 1e9",
        )],
        moments: &[("6m", &[])],
    },
    Story {
        name: "ClickHouse is away",
        series: &[(r#"svarstid_sink_waiting{instance="s"}"#, "0+0x20 1+0x8 0+0x20 1+0x100")],
        moments: &[("7m", &[]), ("13m", &[]), ("19m", &["SvarstidSinkWaiting"])],
    },
    Story {
        name: "an invariant is broken, by a counter that was at zero and by one that was not there",
        series: &[
            (
                r#"svarstid_processor_invariant_violations_total{instance="p",invariant="calls_conserved"}"#,
                "0+0x20 1+0x1000",
            ),
            (
                r#"svarstid_processor_invariant_violations_total{instance="p",invariant="one_outcome"}"#,
                "_x20 1+0x1000",
            ),
        ],
        moments: &[
            ("4m", &[]),
            ("6m", &["SvarstidInvariantBroken calls_conserved", "SvarstidInvariantBroken one_outcome"]),
            ("1h10m", &[]),
        ],
    },
    Story {
        name: "records are lost and refused",
        series: &[
            (r#"svarstid_collector_dropped_events_total{instance="c",reason="spool_full"}"#, "_x20 7+0x1000"),
            (r#"svarstid_sink_rejected_records_total{instance="s",reason="not_avro"}"#, "_x40 1+0x1000"),
        ],
        moments: &[
            ("6m", &["SvarstidRecordsLost spool_full"]),
            ("11m", &["SvarstidRecordsLost spool_full", "SvarstidRecordsRejected not_avro"]),
            ("1h20m", &[]),
        ],
    },
];

/// A week and some hours, in samples of five minutes.
const FIGURES: (&str, &str) =
    (r#"svarstid_processor_watermark_timestamp_seconds{site="town"}"#, "0+300x2100");
const LIVE: (&str, &str) = (AMI, "0+300x2100");
const FILE: (&str, &str) =
    (r#"svarstid_processor_source_heard_timestamp_seconds{site="town",source="asterisk_cel"}"#, "0+300x2100");
const SERVED: (&str, &str) = (OPEN, "1+0x2100");
const SCHOOL_OPEN: &str = r#"svarstid_processor_open{site="town",queue="school (9.1)"}"#;
const SCHOOL_SERVED: (&str, &str) = (SCHOOL_OPEN, "1+0x2100");
const OUTSIDE: &str = r#"svarstid_processor_external_calls_total{site="town"}"#;
const NO_MORE: (&str, &str) = (OUTSIDE, "0+10x2010 20100+0x90");

const WEEKS: &[Story] = &[
    Story {
        name: "a trunk fails: nobody calls, though many did a week ago",
        series: &[FIGURES, LIVE, FILE, SERVED, SCHOOL_SERVED, NO_MORE],
        moments: &[("167h", &[]), ("168h15m", &[]), ("168h30m", &["SvarstidCallsMissing"])],
    },
    Story {
        name: "half as many as a week ago",
        series: &[FIGURES, LIVE, FILE, SERVED, SCHOOL_SERVED, (OUTSIDE, "0+10x2010 20100+5x90")],
        moments: &[("168h30m", &[])],
    },
    Story {
        name: "a week ago there were few",
        series: &[FIGURES, LIVE, FILE, SERVED, SCHOOL_SERVED, (OUTSIDE, "0+5x2010 10050+0x90")],
        moments: &[("168h30m", &[])],
    },
    Story {
        name: "closed",
        series: &[FIGURES, LIVE, FILE, (OPEN, "1+0x2010 0+0x90"), (SCHOOL_OPEN, "1+0x2010 0+0x90"), NO_MORE],
        moments: &[("168h30m", &[])],
    },
    Story {
        name: "a holiday: the switchboard is closed, and the other queue is not",
        series: &[FIGURES, LIVE, FILE, (OPEN, "1+0x2010 0+0x90"), SCHOOL_SERVED, NO_MORE],
        moments: &[("168h30m", &[])],
    },
    Story {
        name: "the switchboard has just opened",
        series: &[FIGURES, LIVE, FILE, (OPEN, "0+0x2017 1+0x80"), (SCHOOL_OPEN, "0+0x2100"), NO_MORE],
        moments: &[("168h30m", &[]), ("168h45m", &["SvarstidCallsMissing"])],
    },
    Story {
        name: "nothing is heard, so that nobody calls is not known",
        series: &[
            (r#"svarstid_processor_watermark_timestamp_seconds{site="town"}"#, "0+300x2010 603000+0x90"),
            LIVE,
            FILE,
            SERVED,
            SCHOOL_SERVED,
            NO_MORE,
        ],
        moments: &[("168h30m", &["SvarstidFiguresStill"])],
    },
];

/// Stories that are told and looked at alike.
#[derive(Clone, Copy)]
pub struct Set {
    /// How often the rules are looked at.
    pub every: &'static str,
    /// How far its samples are apart.
    pub sampled: &'static str,
    pub stories: &'static [Story],
}

/// Those about callers are hours or weeks long.
pub const SETS: [Set; 3] = [
    Set { every: "1m", sampled: "15s", stories: CALLS },
    Set { every: "15m", sampled: "5m", stories: WEEKS },
    Set { every: "15s", sampled: "15s", stories: HEALTH },
];

pub fn all() -> impl Iterator<Item = &'static Story> {
    SETS.into_iter().flat_map(|set| set.stories)
}

impl Story {
    /// As promtool wants it.
    pub fn test(&self, sampled: &str) -> Value {
        let own = |series: &str| self.series.iter().any(|(name, _)| *name == series);
        let series = WELL.iter().filter(|(name, _)| !own(name)).chain(self.series);
        let series: Vec<Value> =
            series.map(|(name, values)| json!({"series": name, "values": values})).collect();
        let moments: Vec<Value> = self.moments.iter().map(|(at, raised)| moment(at, raised)).collect();
        json!({"name": self.name, "interval": sampled, "input_series": series, "promql_expr_test": moments})
    }
}

/// Each alert with the one label that tells it from others of its name.
fn moment(at: &str, raised: &[&str]) -> Value {
    const TOLD_BY: &str = r#"count by (alertname, which) (label_join(ALERTS{alertstate="firing"}, "which", "", "target", "source", "invariant", "reason") unless ALERTS{alertname="SvarstidLongestWait"} or label_join(ALERTS{alertstate="firing",alertname="SvarstidLongestWait"}, "which", "", "queue"))"#;
    let sample = |raised: &&str| {
        let (alert, which) = raised.split_once(' ').unwrap_or((raised, ""));
        let which = if which.is_empty() { String::new() } else { format!(",which=\"{which}\"") };
        json!({"labels": format!("{{alertname=\"{alert}\"{which}}}"), "value": 1})
    };
    json!({"expr": TOLD_BY, "eval_time": at, "exp_samples": raised.iter().map(sample).collect::<Vec<_>>()})
}
