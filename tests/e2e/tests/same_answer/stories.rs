//! Calls that the recording does not have, in as few messages as make them.

use crate::template::{Line, Part, Template};

const CALLER_IN: &str =
    "0 Newchannel Uniqueid={0} Linkedid={0} Channel=PJSIP/trunk-a ChannelState=4 CallerIDNum={caller} Exten=";
const ANSWERED_BY_OPERATOR: &str = "
    800 QueueCallerJoin Uniqueid={0} Linkedid={0} Queue=vaxel Position=1 Count=1
    1000 Newchannel Uniqueid={1} Linkedid={0} Channel=PJSIP/9001-b ChannelState=0
    1010 DialBegin Uniqueid={0} Linkedid={0} DestUniqueid={1} DestLinkedid={0} DestChannel=PJSIP/9001-b
    7000 DialEnd Uniqueid={0} Linkedid={0} DestUniqueid={1} DestLinkedid={0} DestChannel=PJSIP/9001-b DialStatus=ANSWER
    7010 QueueCallerLeave Uniqueid={0} Linkedid={0} Queue=vaxel Position=1 Count=0
    7020 BridgeEnter Uniqueid={1} Linkedid={0} BridgeUniqueid={2}
    7030 BridgeEnter Uniqueid={0} Linkedid={0} BridgeUniqueid={2}";
const BOTH_END: &str = "
    40000 Hangup Uniqueid={0} Linkedid={0} Cause=16
    40010 Hangup Uniqueid={1} Linkedid={0} Cause=16";
const ENDS: &str = "
    30000 Hangup Uniqueid={0} Linkedid={0} Cause=16";

/// Somebody of the site calls a number outside.
const OUTGOING: &str = "
    0 Newchannel Uniqueid={0} Linkedid={0} Channel=PJSIP/2101-a ChannelState=4 Exten={caller} CallerIDNum=2101
    60 Newchannel Uniqueid={1} Linkedid={0} Channel=PJSIP/trunk-b ChannelState=0
    70 DialBegin Uniqueid={0} Linkedid={0} DestUniqueid={1} DestLinkedid={0} DestChannel=PJSIP/trunk-b
    9400 DialEnd Uniqueid={0} Linkedid={0} DestUniqueid={1} DestLinkedid={0} DestChannel=PJSIP/trunk-b DialStatus=ANSWER";

/// The person who was called sends the caller to the operators, and one answers.
const SENT_BY_A_PERSON: &str = "
    100 Newchannel Uniqueid={3} Linkedid={0} Channel=PJSIP/2101-c ChannelState=0
    110 DialBegin Uniqueid={0} Linkedid={0} DestUniqueid={3} DestLinkedid={0} DestChannel=PJSIP/2101-c
    400 DialEnd Uniqueid={0} Linkedid={0} DestUniqueid={3} DestLinkedid={0} DestChannel=PJSIP/2101-c DialStatus=ANSWER
    600 BlindTransfer Result=Success TransfererUniqueid={3} TransfereeUniqueid={0} TransfereeLinkedid={0} Extension=9
    610 Hangup Uniqueid={3} Linkedid={0} Cause=16";

pub fn stories() -> Vec<Template> {
    let turned_away = |status: &str| {
        format!(
            "{CALLER_IN}0846500400\n900 VarSet Uniqueid={{0}} Linkedid={{0}} Variable=QUEUESTATUS Value={status}{ENDS}"
        )
    };
    let held = "\n9000 Hold Uniqueid={1} Linkedid={0}";
    let parked = "\n4000 ParkedCall ParkeeUniqueid={0} ParkeeLinkedid={0}";
    [
        format!("{OUTGOING}{BOTH_END}"),
        turned_away("FULL"),
        turned_away("JOINEMPTY"),
        turned_away("LEAVEUNAVAIL"),
        format!("{CALLER_IN}0846500401{SENT_BY_A_PERSON}{ANSWERED_BY_OPERATOR}{BOTH_END}"),
        format!("{CALLER_IN}0846500400{ANSWERED_BY_OPERATOR}{held}{BOTH_END}"),
        format!("{CALLER_IN}0846500401{parked}{ENDS}"),
        format!("{CALLER_IN}0846500499\n700 Hangup Uniqueid={{0}} Linkedid={{0}} Cause=34"),
    ]
    .iter()
    .map(|story| template(story))
    .collect()
}

/// Of lines `ms event key=value …`.
fn template(story: &str) -> Template {
    let lines = story.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
        let mut words = line.split(' ');
        let after_ms: i64 = words.next().unwrap().parse().unwrap();
        let mut text = format!("Event: {}\r\n", words.next().unwrap());
        words.for_each(|word| text.push_str(&(word.replacen('=', ": ", 1) + "\r\n")));
        Line { after_us: after_ms * 1000, parts: parts(&text), begins: None, ends: None }
    });
    Template { lines: lines.collect(), ids: 4 }
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for piece in text.split('{') {
        let (name, rest) = piece.split_once('}').unwrap_or(("", piece));
        match name {
            "" => {}
            "caller" => parts.push(Part::Caller),
            number => parts.push(Part::Id(number.parse().unwrap())),
        }
        parts.push(Part::Text(rest.to_owned()));
    }
    parts
}
