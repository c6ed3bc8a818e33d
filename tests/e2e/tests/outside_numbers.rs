//! No number of anybody outside in any topic, table, spool, log or metric of the running pipeline.

use e2e::{Machine, outside_numbers, recording};
use std::time::Duration;

#[test]
fn nobody_s_number_is_anywhere() {
    let numbers = outside_numbers();
    assert!(numbers.len() > 100);
    let machine = Machine::with("[sink]\ncall_events = true\n[retention]\nevents_days = 36500\n");
    let processor = machine.spawn(&["process"]);
    let sink = machine.spawn(&["sink"]);
    // A message that cannot be used, with a number in it, so that `rejected` has something to hide.
    let garbled = machine.folder().join("garbled.txt");
    let number = format!("0{}", numbers.iter().next().unwrap());
    std::fs::write(&garbled, format!("{}Event: Newchannel\r\nfrom {number}\r\n\r\n", recording())).unwrap();
    machine.run(&["collect", "--replay", garbled.to_str().unwrap()]);
    machine.wait_for("SELECT count() FROM calls_latest WHERE is_final", "171", Duration::from_secs(120));
    machine.wait_for("SELECT count() FROM rejected FINAL", "1", Duration::from_secs(60));
    machine.wait_for("SELECT count() > 3000 FROM call_events", "1", Duration::from_secs(60));
    processor.stop();
    sink.stop();
    let mut seen = machine.files_of_spool_and_logs();
    for topic in ["call-events", "calls", "kpi-windows", "rejected", "manifests", "processor-changelog"] {
        let bytes = machine.topic(topic);
        assert!(!bytes.is_empty(), "{topic} holds nothing: the test would prove nothing");
        seen.extend(bytes);
    }
    for table in ["calls", "kpi_windows", "rejected", "call_events"] {
        seen.extend(machine.ask(&format!("SELECT * FROM {table} FORMAT TSV")).into_bytes());
    }
    let text = String::from_utf8_lossy(&seen).into_owned();
    assert!(text.contains("0846500400"), "the site's own numbers are readable");
    let found: Vec<&String> = numbers.iter().filter(|number| text.contains(number.as_str())).collect();
    assert!(found.is_empty(), "{} outside numbers are readable", found.len());
}
