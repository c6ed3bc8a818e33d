//! Lines of a `queue_log`.

use super::{Plan, dialect, told};
use pbx::asterisk::queue_log::Reader;

fn read(text: &str) -> Vec<String> {
    let mut reader = Reader::at(0, dialect(), Plan);
    reader.push(text.as_bytes());
    let mut records = Vec::new();
    records.extend(std::iter::from_fn(|| reader.next_record()));
    records.extend(reader.finish());
    told(records)
}

/// What a line means, without its place.
fn means(line: &str, expect: &str) {
    let lines = read(line);
    let [told] = &lines[..] else {
        assert_eq!((lines.join("\n"), expect), (String::new(), ""), "{line}");
        return;
    };
    assert_eq!(told.split_once(' ').unwrap().1, expect, "{line}");
}

#[test]
fn what_each_event_means() {
    means(
        "1795472489|pbx-1795472488.14|vaxel|NONE|ENTERQUEUE||0980319282|3|",
        "1795472489 pbx-1795472488.14 QueueEntered { queue: vaxel, caller: Outside([]), position: 3, arrived_us: Some(1795472488000000) }",
    );
    // A system without a name; a member by name, by interface, by a Local channel.
    means(
        "1795472500|1795472488.14|vaxel|Anna|CONNECT|11|1795472495.31|4",
        "1795472500 1795472488.14 QueueAnswered { queue: vaxel, member: 9001, dest: Some(1795472495.31), wait_us: 11000000, ring_us: Some(4000000) }",
    );
    means(
        "1795472500|1.14|vaxel|PJSIP/9002|CONNECT|11|1.31",
        "1795472500 1.14 QueueAnswered { queue: vaxel, member: 9002, dest: Some(1.31), wait_us: 11000000, ring_us: None }",
    );
    means(
        "1|1.14|social|Local/2101@from-queue/n|RINGNOANSWER|8000",
        "1 1.14 MemberMissed { queue: social, member: Device(2101), ring_us: 8000000 }",
    );
    means("1|1.14|vaxel|NONE|ABANDON|1|1|9", "1 1.14 QueueAbandoned { queue: vaxel }");
    means("1|1.14|vaxel|NONE|EXITWITHTIMEOUT|1|1|150", "1 1.14 QueueExited { status: Timeout }");
    means("1|1.14|vaxel|NONE|EXITEMPTY|1|1|15", "1 1.14 QueueExited { status: LeaveEmpty }");
    means("1|1.14|vaxel|NONE|EXITWITHKEY|9|1|1|15", "1 1.14 QueueLeft { queue: vaxel }");
    means(
        "1|1.14|vaxel|Anna|COMPLETECALLER|5|9|1",
        "1 1.14 QueueCompleted { queue: vaxel, by_caller: true }",
    );
    means(
        "1|1.14|vaxel|Anna|COMPLETEAGENT|5|9|1",
        "1 1.14 QueueCompleted { queue: vaxel, by_caller: false }",
    );
    means(
        "1|1.14|vaxel|Anna|BLINDTRANSFER|3102|internt|5|9|1",
        "1 1.14 Transferred { kind: Blind, succeeded: true, transferer: None, second: None, transferee: None, target: None, to: 3102 }",
    );
    means("1|NONE|NONE|NONE|QUEUESTART|", "1 - PbxStarted");
    // Members' states and a dialplan's own lines say nothing about calls.
    means("1|MANAGER|vaxel|Anna|PAUSE|lunch", "");
    means("1|1.14|vaxel|NONE|DID|0850012345", "");
}

#[test]
fn a_line_that_cannot_be_read_costs_itself_alone() {
    let text = "\0\0\0garbage\n1|1.14|vaxel|NONE|ABANDON|1|1|9\nlater|1.14|vaxel|NONE|ABANDON\n\
                1|+46701234567 x|vaxel|NONE|ABANDON|1\n1|1.14|vaxel|Anna|CONNECT|soon|1.2|3\n2|1.15|vaxel|NONE|ABANDON|1|1|9";
    let expect = [
        "0..11 rejected: not seconds|channel|queue|member|event",
        "11..43 1 1.14 QueueAbandoned { queue: vaxel }",
        "43..73 rejected: its first column is not seconds since 1970",
        "73..111 rejected: event ABANDON: its channel is not an id",
        "111..148 rejected: event CONNECT: its data 1 is not a whole number in range",
        "148..179 2 1.15 QueueAbandoned { queue: vaxel }",
    ];
    assert_eq!(read(text), expect);
}
