//! What a PBX posts, through the whole pipeline: every call once, whatever is posted twice and however often the collector is
//! killed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: a failed step is a failed test")]

use e2e::Machine;
use serde_json::Value;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);
const TOKEN: &str = "a-token-for-tests";
const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";
const CALLS: usize = 20;
/// The collector is killed when so many calls more are answered with 202.
const KILL_EVERY: usize = 5;
/// Of each call, in the order of their arrival.
const FOUND: &str = "SELECT outcome, reach, ifNull(answered_by, '-'), intDiv(ifNull(answer_time_us, lost_after_us), 1000000), \
    is_partial FROM calls_latest WHERE is_final ORDER BY arrived_at";

fn example(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/webhook/examples");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// An example's events as those of another call, which comes in another minute.
fn call(number: usize) -> String {
    let (example, minute) = if number.is_multiple_of(2) {
        (example("answered-call.ndjson"), "T08:15:")
    } else {
        (example("lost-call.ndjson"), "T09:20:")
    };
    // 08:20 UTC as the other example writes its time: with an offset of an hour.
    let example = example.replace("T08:20:", "T09:20:").replace("Z\"", "+01:00\"");
    let ids = ["\"id\":\"", "\"leg\":\"", "\"call\":\"", "\"dest\":\"", "\"bridge\":\""];
    let example = ids.iter().fold(example, |text, id| text.replace(id, &format!("{id}{number}-")));
    example.replace(minute, &format!("T10:{number:02}:"))
}

/// What [`FOUND`] tells of it.
fn row(number: usize) -> &'static str {
    if number.is_multiple_of(2) {
        "answered\toperator\t9001\t8\tfalse"
    } else {
        "abandoned\tlost\t-\t31\tfalse"
    }
}

struct Sender {
    url: String,
    agent: ureq::Agent,
}

impl Sender {
    /// Status and JSON; posts again until there is an answer that does not ask for that.
    fn post(&self, content: &str, body: &str) -> (u16, Value) {
        let begun = Instant::now();
        loop {
            let request = self.agent.post(&self.url).header("Content-Type", content);
            let answer = request.header("Authorization", format!("Bearer {TOKEN}")).send(body);
            if let Ok(mut answer) = answer
                && answer.status() != 503
                && let Ok(text) = answer.body_mut().read_to_string()
            {
                return (answer.status().as_u16(), serde_json::from_str(&text).unwrap());
            }
            if begun.elapsed() > PATIENCE {
                panic!("nobody takes what is posted");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Accepted and repeated events.
    #[track_caller]
    fn take(&self, content: &str, body: &str) -> (u64, u64) {
        let (status, answer) = self.post(content, body);
        assert_eq!(status, 202, "{answer}");
        (answer["accepted"].as_u64().unwrap(), answer["repeated"].as_u64().unwrap())
    }
}

#[test]
fn every_posted_call_counts_once() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let machine = Machine::with(&format!(
        "[collector.webhook]\nlisten = \"127.0.0.1:{port}\"\nbearer_token_file = \"token\"\nrequests_per_s = 10000\n"
    ));
    std::fs::write(machine.folder().join("token"), TOKEN).unwrap();
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let sender = Sender { url: format!("http://127.0.0.1:{port}/v1/events"), agent };
    let (processor, sink) = (machine.spawn(&["process"]), machine.spawn(&["sink"]));
    let collector = machine.spawn(&["collect"]);
    for event in call(0).lines() {
        assert_eq!(sender.take(JSON, event), (1, 0));
        assert_eq!(sender.take(JSON, event), (0, 1));
    }
    // A bad event takes the good one of its request with it, until it is mended.
    let (first, rest) = {
        let call = call(1);
        call.split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap()
    };
    let (status, answer) = sender.post(LINES, &format!("{first}\n{{\"id\":\"bad\"}}\n"));
    assert_eq!((status, &answer["error"], &answer["line"]), (400, &"invalid_field".into(), &2.into()));
    assert_eq!(sender.take(LINES, &call(1)), (rest.lines().count() as u64 + 1, 0));
    // What was answered with 202 survives a kill, and is known to the next collector.
    collector.kill();
    let collector = machine.spawn(&["collect"]);
    assert_eq!(
        sender.take(LINES, &(call(0) + &call(1))),
        (0, (call(0).lines().count() + call(1).lines().count()) as u64)
    );
    let collector = post_while_it_is_killed(&machine, &sender, collector);
    let rows: Vec<&str> = (0..CALLS).map(row).collect();
    machine.wait_for(FOUND, &rows.join("\n"), PATIENCE);
    machine.wait_for("SELECT sum(offered) FROM kpi WHERE dimension = 'site'", &CALLS.to_string(), PATIENCE);
    machine.wait_for("SELECT reason FROM rejected FINAL", "invalid_field", PATIENCE);
    collector.stop();
    processor.stop();
    sink.stop();
}

/// One event a request, and whatever was not answered again; the collector dies at any moment of it.
fn post_while_it_is_killed(machine: &Machine, sender: &Sender, mut collector: e2e::Service) -> e2e::Service {
    let taken = AtomicUsize::new(2);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 2..CALLS {
                for event in call(number).lines() {
                    // A kill may take the answer alone: then it is a repeated one.
                    let (accepted, repeated) = sender.take(JSON, event);
                    assert_eq!(accepted + repeated, 1);
                }
                taken.fetch_add(1, Ordering::SeqCst);
            }
        });
        for kill_at in (KILL_EVERY..CALLS).step_by(KILL_EVERY) {
            let begun = Instant::now();
            while taken.load(Ordering::SeqCst) < kill_at {
                assert!(begun.elapsed() < PATIENCE, "{}", machine.log("collect"));
                std::thread::sleep(Duration::from_millis(1));
            }
            collector.kill();
            collector = machine.spawn(&["collect"]);
        }
        collector
    })
}
