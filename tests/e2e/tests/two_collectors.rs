//! Two collectors at one PBX, through the whole pipeline: whichever of them is killed, the figures are those of one that is never away.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use e2e::{Machine, Service, program, recording, recordings};
use pipeline::{Clock, SystemClock};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than clocks of collectors may differ: then it is known that one heard what the other missed.
const HEARD_FOR: Duration = Duration::from_secs(6);
const SPOOLS: [&str; 2] = ["spool-one", "spool-other"];
/// One that is answered by an operator, one that is given up in the queue.
const CALLS: [&str; 2] = ["pbx-B-1795472497.18", "pbx-B-1795472488.14"];

/// A manager interface: everybody who is logged in gets the same messages.
#[derive(Default)]
struct Pbx {
    said: Mutex<Vec<String>>,
    more: Condvar,
    logins: AtomicUsize,
}

impl Pbx {
    /// Listens from now on; gives its address, too.
    fn start() -> (Arc<Self>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (pbx, address) = (Arc::new(Self::default()), listener.local_addr().unwrap().to_string());
        let server = Arc::clone(&pbx);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (server, stream) = (Arc::clone(&server), stream.unwrap());
                // A collector that is killed ends its session with an error.
                std::thread::spawn(move || drop(server.serve(stream)));
            }
        });
        (pbx, address)
    }

    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let (mut reader, mut writer) = (BufReader::new(stream.try_clone()?), stream);
        writer.write_all(b"Asterisk Call Manager/11.0.0\r\n")?;
        let mut next = None;
        while let Some((action, id)) = read_action(&mut reader)? {
            let reply = format!("Response: Success\r\nActionID: {id}\r\nChallenge: 4711\r\n\r\n");
            let end = |event: &str| format!("{reply}Event: {event}Complete\r\nActionID: {id}\r\n\r\n");
            match action.as_str() {
                "Events" => next = Some(self.said.lock().unwrap().len()),
                "CoreShowChannels" => writer.write_all(end("CoreShowChannels").as_bytes())?,
                "QueueStatus" => {
                    writer.write_all(end("QueueStatus").as_bytes())?;
                    self.logins.fetch_add(1, Ordering::SeqCst);
                    let pings = writer.try_clone()?;
                    std::thread::spawn(move || drop(answer_pings(reader, pings)));
                    return self.speak(writer, next.unwrap());
                }
                _ => {}
            }
            if !action.starts_with("CoreShow") {
                writer.write_all(reply.as_bytes())?;
            }
        }
        Ok(())
    }

    fn speak(&self, mut writer: TcpStream, mut next: usize) -> std::io::Result<()> {
        let mut said = self.said.lock().unwrap();
        loop {
            for message in &said[next..] {
                writer.write_all(message.as_bytes())?;
            }
            next = said.len();
            said = self.more.wait(said).unwrap();
        }
    }

    fn say(&self, messages: &[String]) {
        for message in messages {
            let now_us = SystemClock.now_us();
            let time = format!("\r\nTimestamp: {}.{:06}\r\n", now_us / 1_000_000, now_us % 1_000_000);
            let (event, rest) = message.split_once("\r\n").unwrap();
            self.said.lock().unwrap().push(format!("{event}{time}{rest}"));
            self.more.notify_all();
        }
    }

    /// Waits until so many sessions were begun.
    fn wait_for_logins(&self, count: usize) {
        let begun = Instant::now();
        while self.logins.load(Ordering::SeqCst) < count {
            assert!(begun.elapsed() < PATIENCE, "no collector comes");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn read_action(reader: &mut impl BufRead) -> std::io::Result<Option<(String, String)>> {
    let (mut action, mut id) = (String::new(), String::new());
    for line in reader.lines() {
        let line = line?;
        match line.split_once(": ") {
            Some(("Action", value)) => action = value.to_owned(),
            Some(("ActionID", value)) => id = value.to_owned(),
            _ if line.is_empty() => return Ok(Some((action, id))),
            _ => {}
        }
    }
    Ok(None)
}

fn answer_pings(mut reader: impl BufRead, mut writer: TcpStream) -> std::io::Result<()> {
    while let Some((_, id)) = read_action(&mut reader)? {
        writer.write_all(format!("Response: Success\r\nActionID: {id}\r\n\r\n").as_bytes())?;
    }
    Ok(())
}

/// Makes calls out of two of the recording.
struct Caller {
    patterns: Vec<Vec<String>>,
    made: usize,
}

impl Caller {
    fn new() -> Self {
        let text = recording();
        let messages: Vec<&str> = text.split("\r\n\r\n").collect();
        let of_call = |id: &&str| {
            let line = format!("Linkedid: {id}");
            let is_ours = |message: &&&str| {
                message.starts_with("Event: ") && message.split("\r\n").any(|one| one == line)
            };
            let ours = messages.iter().filter(is_ours);
            let untimed = |message: &&str| {
                let lines = message.split("\r\n").filter(|line| !line.starts_with("Timestamp: "));
                lines.fold(String::new(), |text, line| text + line + "\r\n") + "\r\n"
            };
            ours.map(untimed).collect()
        };
        Self { patterns: CALLS.iter().map(of_call).collect(), made: 0 }
    }

    /// The two halves of the next call.
    fn next(&mut self) -> (Vec<String>, Vec<String>) {
        let pattern = &self.patterns[self.made % CALLS.len()];
        self.made += 1;
        let ids = format!("pbx-{}-", self.made);
        let mut first: Vec<String> = pattern.iter().map(|message| message.replace("pbx-B-", &ids)).collect();
        let second = first.split_off(first.len() / 2);
        (first, second)
    }
}

struct Stage {
    machine: Machine,
    pbx: Arc<Pbx>,
    caller: Caller,
}

impl Stage {
    fn collector(&self, name: &str) -> Service {
        let logins = self.pbx.logins.load(Ordering::SeqCst);
        let spool = self.machine.folder().join(name);
        let collector =
            self.machine.spawn_as("COLLECTOR__SPOOL__FOLDER", &spool.to_string_lossy(), &["collect"]);
        self.pbx.wait_for_logins(logins + 1);
        collector
    }

    fn call(&mut self) {
        let (first, second) = self.caller.next();
        self.pbx.say(&first);
        self.pbx.say(&second);
    }

    /// A call in whose midst something happens.
    fn call_while(&mut self, happens: impl FnOnce(&Self)) {
        let (first, second) = self.caller.next();
        self.pbx.say(&first);
        happens(self);
        self.pbx.say(&second);
    }

    fn calls_for(&mut self, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {
            self.call();
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Calls until Kafka has some from both collectors: one that nobody has heard of yet cannot stand in for the other.
    fn calls_until_both_are_known(&mut self) {
        let told = |name: &str| {
            let cursor = std::fs::read_to_string(self.machine.folder().join(name).join("cursor"));
            cursor.ok().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0)
        };
        let begun = Instant::now();
        while SPOOLS.iter().any(|name| told(name) < 20) {
            assert!(begun.elapsed() < PATIENCE, "Kafka hears of no events");
            let (first, second) = self.caller.next();
            self.pbx.say(&[first, second].concat());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Of each call that the PBX has made, as one collector that is never away would tell it.
    fn expected(&self) -> Vec<String> {
        let file = self.machine.folder().join("ami.txt");
        std::fs::write(&file, self.pbx.said.lock().unwrap().concat()).unwrap();
        let mut svarstid = Command::new(program("svarstid"));
        svarstid
            .arg("--config")
            .arg(recordings().join("svarstid.toml"))
            .args(["analyze", "--calls"])
            .arg(file);
        let output = svarstid.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let line = |line: &str| {
            let call: Value = serde_json::from_str(line).unwrap();
            let word = |key: &str| call[key].as_str().unwrap_or("-").to_owned();
            let keys = ["call_id", "outcome", "reach", "answered_by"].map(word);
            format!("{}\t{}", keys.join("\t"), call["is_partial"])
        };
        let mut lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(line).collect();
        lines.sort();
        lines
    }

    fn wait_for_calls(&self, expect: &[String]) {
        let sql = "SELECT call_id, outcome, reach, ifNull(answered_by, '-'), is_partial FROM calls_latest ORDER BY call_id";
        self.machine.wait_for(sql, &expect.join("\n"), PATIENCE);
    }
}

#[test]

fn one_of_two_collectors_is_enough() {
    let (pbx, address) = Pbx::start();
    let machine = Machine::with(&format!(
        "[pbx.ami]\naddress = \"{address}\"\nusername = \"svarstid\"\nsecret = \"s\"\nfilter = false\n"
    ));
    let processor = machine.spawn(&["process"]);
    let sink = machine.spawn(&["sink"]);
    let mut stage = Stage { machine, pbx, caller: Caller::new() };
    let (one, other) = (stage.collector(SPOOLS[0]), stage.collector(SPOOLS[1]));

    // Alive all the time: a gap, or the look of a collector that comes back, would show in it.
    let (long, end_of_long) = stage.caller.next();
    stage.pbx.say(&long);
    stage.calls_until_both_are_known();
    stage.call_while(|_| one.kill());
    stage.call();
    let mut back = None;
    stage.call_while(|stage| back = Some(stage.collector(SPOOLS[0])));
    // The processor is killed while it waits for what the other one heard.
    processor.kill();
    let processor = stage.machine.spawn(&["process"]);
    stage.calls_for(HEARD_FOR);
    stage.call_while(|_| other.kill());
    (0..2).for_each(|_| stage.call());
    let other = stage.collector(SPOOLS[1]);
    stage.calls_for(HEARD_FOR);
    stage.pbx.say(&end_of_long);
    let expected = stage.expected();
    assert_eq!(expected.len(), stage.caller.made);
    assert!(expected.iter().all(|call| call.ends_with("\tfalse")), "{expected:?}");
    stage.wait_for_calls(&expected);

    // Nobody is there: a call that was alive is unknown, a call in the gap is not known at all.
    // The second kind of call is not answered in its first half.
    if stage.caller.made.is_multiple_of(CALLS.len()) {
        stage.call();
    }
    let one = back.unwrap();
    let in_gap = stage.caller.made + 2;
    let partial = format!("falkenberg/pbx-{}-", in_gap - 1);
    let unheard = format!("falkenberg/pbx-{in_gap}-");
    let is_known = format!("SELECT count() FROM calls_latest WHERE startsWith(call_id, '{partial}')");
    stage.call_while(move |stage| {
        stage.machine.wait_for(&is_known, "1", PATIENCE);
        one.kill();
        other.kill();
    });
    stage.call();
    let (one, other) = (stage.collector(SPOOLS[0]), stage.collector(SPOOLS[1]));
    stage.calls_for(HEARD_FOR);
    let mut expected = stage.expected();
    expected.retain(|call| !call.starts_with(&partial) && !call.starts_with(&unheard));
    let sql = format!("SELECT outcome, is_partial FROM calls_latest WHERE startsWith(call_id, '{partial}')");
    stage.machine.wait_for(&sql, "unknown\ttrue", PATIENCE);
    let sql = format!(
        "SELECT call_id, outcome, reach, ifNull(answered_by, '-'), is_partial FROM calls_latest \
         WHERE NOT startsWith(call_id, '{partial}') ORDER BY call_id"
    );
    stage.machine.wait_for(&sql, &expected.join("\n"), PATIENCE);
    one.stop();
    other.stop();
    processor.stop();
    // Each event is used, repeated, too late or rejected in one transaction, and each record is a row.
    stage.machine.run(&["audit"]);
    sink.stop();
}
