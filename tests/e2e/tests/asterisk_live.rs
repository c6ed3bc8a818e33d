//! The collector at a real Asterisk, configured as the documentation tells: real calls come out right, whoever filters, and a
//! crash of the PBX is a gap.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests: a failed step is a failed test"
)]

mod asterisk_support;

use asterisk_support::Lab;
use call::Body;
use call::event::GapReason;
use e2e::Machine;
use kafka::{Settings, Topics};
use std::time::Duration;
use wire::Codec;

const PATIENCE: Duration = Duration::from_secs(120);
const CALLERS: [&str; 8] =
    ["answered", "not-answered", "given-up", "busy", "diverted", "colleague", "sent-on", "call-back"];
/// What they must become, in that order.
const CALLS: &str = "\
0846500401 external answered sought_person - - 2101 -
0846500402 external answered operator not_diverted no_answer 9001 answered
0846500400 external abandoned lost main_number - - abandoned
0846500403 external answered operator not_diverted busy 9001 answered
0846500405 external answered same_function - - 3102 -
2101 internal answered sought_person - - 2101 -
0846500401 external answered sought_person - - 2101 - sent on
e1 outgoing answered none - - - -";
/// Between how many tenths of a second each was answered, or else lost: by the plan of the phones, with air for a slow machine.
const WITHIN_TENTHS: [(i64, i64); 8] =
    [(20, 40), (40, 60), (40, 60), (10, 30), (20, 40), (20, 40), (20, 40), (10, 30)];
/// A user who may set filters, and has none.
const UNFILTERED: &str = "[general]\nenabled = yes\nport = @AMI@\nbindaddr = 127.0.0.1\ntimestampevents = yes\n\
    [svarstid]\nsecret = secret\nread = call,agent,user,dialplan,system\nwrite = reporting,system\n";
const SUMMARY: &str = "SELECT concatWithSeparator(' ', if(dialled_party = 'outside', left(dialled, 2), dialled), direction, outcome, reach, ifNull(operator_cause, '-'), \
    ifNull(not_diverted_reason, '-'), ifNull(answered_by, '-'), if(empty(passes), '-', passes[1].result)) || if(transfers > 0, ' sent on', '') \
    FROM calls_latest WHERE is_final ORDER BY arrived_at";

#[test]
fn real_calls_of_a_real_asterisk() {
    let Some(root) = asterisk_support::root() else { return };
    let lab = Lab::start(&root, &documented_manager());
    let machine = Machine::with(&format!(
        "[pbx.ami]\naddress = \"127.0.0.1:{}\"\nusername = \"svarstid\"\nsecret = \"a long random word\"\nfilter = false\n",
        lab.pbx.ami_port
    ));
    let (processor, sink) = (machine.spawn(&["process"]), machine.spawn(&["sink"]));
    let collector = machine.spawn(&["collect"]);
    lab.pbx.wait_for_manager("svarstid");
    for caller in CALLERS {
        lab.call(caller);
        lab.wait_until_quiet();
    }
    machine.wait_for(SUMMARY, CALLS, PATIENCE);
    let tenths = machine.ask(
        "SELECT intDiv(ifNull(answer_time_us, lost_after_us), 100000) FROM calls_latest ORDER BY arrived_at",
    );
    let tenths: Vec<i64> = tenths.lines().map(|tenths| tenths.parse().unwrap()).collect();
    let within = tenths.iter().zip(WITHIN_TENTHS).all(|(tenths, (from, to))| (from..to).contains(tenths));
    assert!(within && tenths.len() == CALLS.lines().count(), "{tenths:?}");
    let told = std::fs::read_to_string(machine.folder().join("spool/pbx-started"));
    assert!(told.is_ok(), "the documented user may ask when Asterisk started");
    collector.stop();
    processor.stop();
    sink.stop();
}

/// The collector leaves the noise at the PBX by itself, and the PBX dies in the middle of a call.
#[test]
fn a_crash_of_the_pbx_is_a_gap() {
    let Some(root) = asterisk_support::root() else { return };
    let mut lab = Lab::start(&root, UNFILTERED);
    let machine = Machine::with(&format!(
        "[pbx.ami]\naddress = \"127.0.0.1:{}\"\nusername = \"svarstid\"\nsecret = \"secret\"\n",
        lab.pbx.ami_port
    ));
    let (processor, sink) = (machine.spawn(&["process"]), machine.spawn(&["sink"]));
    let collector = machine.spawn(&["collect"]);
    lab.pbx.wait_for_manager("svarstid");
    lab.call("answered");
    lab.wait_until_quiet();
    lab.call("long");
    lab.pbx.wait_for("core show channels concise", |said| said.matches("!Up!").count() == 2);
    lab.pbx.kill();
    lab.hang_up_outside();
    lab.pbx.run();
    lab.pbx.wait_for_manager("svarstid");
    lab.call("answered");
    lab.wait_until_quiet();
    // Asterisk tells when it started: what the crash ended is final at once.
    let seen = "SELECT outcome, answered_by, is_partial, is_final FROM calls_latest ORDER BY arrived_at";
    let expect = ["false", "true", "false"].map(|partial| format!("answered\t2101\t{partial}\ttrue"));
    machine.wait_for(seen, &expect.join("\n"), PATIENCE);
    collector.stop();
    processor.stop();
    sink.stop();
    let gaps = gaps(&machine);
    assert!(
        matches!(&gaps[..], [(from_us, to_us, GapReason::ConnectionLost)] if from_us < to_us),
        "{gaps:?}"
    );
    let log = machine.log("collect");
    let told: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    let count = |what: &str| told[what].as_u64().unwrap();
    // Unfiltered, a message in eight becomes an event.
    assert!(count("messages") > 0 && count("messages") <= count("events"), "{told}");
}

/// The collector is killed in the middle of a call, and comes back in the middle of another: the PBX's files tell what it did not
/// hear, each call once.
#[test]
fn what_a_collector_that_was_away_did_not_hear_is_told_by_the_files() {
    let Some(root) = asterisk_support::root() else { return };
    let lab = Lab::start(&root, UNFILTERED);
    let file = |kind: &str, path: &str| {
        format!("[[collector.files]]\nkind = \"{kind}\"\npath = \"{}\"\n", lab.pbx.path(path).display())
    };
    let machine = Machine::with(&format!(
        "[pbx.ami]\naddress = \"127.0.0.1:{}\"\nusername = \"svarstid\"\nsecret = \"secret\"\n{}{}",
        lab.pbx.ami_port,
        file("cel", "log/cel-custom/Master.csv"),
        file("queue_log", "log/queue_log"),
    ));
    let (processor, sink) = (machine.spawn(&["process"]), machine.spawn(&["sink"]));
    let collector = machine.spawn(&["collect"]);
    lab.pbx.wait_for_manager("svarstid");
    let calls = |callers: &[&str]| {
        for caller in callers {
            lab.call(caller);
            lab.wait_until_quiet();
        }
    };
    calls(&["answered"]);
    lab.call("not-answered");
    collector.kill();
    lab.wait_until_quiet();
    calls(&["given-up", "busy", "colleague"]);
    lab.call("sent-on");
    let collector = machine.spawn(&["collect"]);
    lab.pbx.wait_for_manager("svarstid");
    lab.wait_until_quiet();
    calls(&["diverted"]);
    // What was filled in stays open for a while, in case that another file knows more.
    let all = SUMMARY.replace("WHERE is_final ", "");
    let rows: Vec<&str> = CALLS.lines().collect();
    let expect = [0, 1, 2, 3, 5, 6, 4].map(|n| rows[n]).join("\n");
    machine.wait_for(&all, &expect, PATIENCE);
    let filled = "SELECT countIf(has(sources, 'asterisk_cel') AND NOT is_partial), count() FROM calls_latest \
        WHERE dialled NOT IN ('0846500405') AND arrived_at > (SELECT min(arrived_at) FROM calls_latest)";
    machine.wait_for(filled, "5\t5", PATIENCE);
    machine.wait_for("SELECT sum(offered) FROM kpi WHERE dimension = 'site'", "7", PATIENCE);
    collector.stop();
    processor.stop();
    sink.stop();
    assert!(matches!(&gaps(&machine)[..], [(_, _, GapReason::CollectorDown)]), "{:?}", gaps(&machine));
}

/// Gaps among the events: from, to, why.
fn gaps(machine: &Machine) -> Vec<(i64, i64, GapReason)> {
    let config = config::load(&machine.config()).unwrap();
    let (settings, topics) = (
        Settings::new(machine.brokers(), "test"),
        Topics::new(&config.kafka.topic_prefix, config.kafka.generation),
    );
    let partitions: Vec<i32> = (0..config.kafka.partitions).collect();
    let codec = Codec::built_in().unwrap();
    let mut gaps = Vec::new();
    kafka::restore::read_all(&settings, &topics.call_events(), &partitions, |_, _, value| {
        if let Body::Gap { from_us, to_us, reason, .. } = codec.decode_event(value.unwrap()).unwrap().body {
            gaps.push((from_us, to_us, reason));
        }
    })
    .unwrap();
    gaps
}

/// The first block of the documentation, with this machine's addresses and this site's user events.
fn documented_manager() -> String {
    let page = include_str!("../../../docs/connect-asterisk.md");
    let block = page.split("```ini\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let changes = [
        ("port = 5038", "port = @AMI@"),
        ("bindaddr = 192.0.2.10", "bindaddr = 127.0.0.1"),
        ("permit = 192.0.2.20/", "permit = 127.0.0.1/"),
        (
            "(NotDiverted|Diverted|DiversionSet|DiversionCleared)",
            "(EjHanvisad|Hanvisad|HanvisningSatt|HanvisningBort)",
        ),
    ];
    changes.iter().fold(block.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in {text}");
        text.replace(from, to)
    })
}
