//! The small language of the stories, which `tests/scenarios/README.md` tells, and the site that they happen at.

use super::scenario::Site;
use call::event::{DialStatus, DiversionKind, Endpoint, GapReason, QueueStatus, TransferKind};
use call::{Assembler, Body, Call, Event, EventId, Origin, Party, SitePlan, SourceKind, Target, Text};
use std::collections::BTreeMap;
use std::sync::Arc;

fn plan(site: &Site) -> SitePlan {
    let mut plan = SitePlan { max_call_age_us: 3_600_000_000, ..SitePlan::default() };
    plan.opening_hours.clone_from(&site.hours);
    plan.trunks.insert("trunk".into());
    plan.operator_queues.extend(["vaxel", "vaxel-kvall"].map(Text::from));
    plan.operators.extend(["9001", "9002"].map(Text::from));
    plan.extensions.push(("2101".into(), "2199".into()));
    plan.routes.insert("500".into(), Target::Queue("vaxel".into()));
    plan.routes.insert("510".into(), Target::Queue("vaxel-kvall".into()));
    plan.routes.insert("9".into(), Target::Queue("vaxel".into()));
    plan.routes.insert("521".into(), Target::Queue("grupp".into()));
    plan.routes.insert("501".into(), Target::Extension("2101".into()));
    plan.extension_units.push(("2101".into(), "2199".into(), "social".into()));
    plan.queue_units.insert("vaxel".into(), "vaxeln".into());
    plan
}

fn endpoint(leg: &str) -> Endpoint {
    match leg.as_bytes()[0] {
        b't' => Endpoint::Device("trunk".into()),
        b'l' => Endpoint::Internal { far: leg.ends_with('2') },
        _ => Endpoint::Device(leg.trim_end_matches(char::is_alphabetic).into()),
    }
}

fn dial_status(word: &str) -> DialStatus {
    match word {
        "answer" => DialStatus::Answer,
        "noanswer" => DialStatus::NoAnswer,
        "busy" => DialStatus::Busy,
        "cancel" => DialStatus::Cancel,
        "off" => DialStatus::Unavailable,
        "congestion" => DialStatus::Congestion,
        other => panic!("no dial status {other}"),
    }
}

fn queue_status(word: &str) -> QueueStatus {
    match word {
        "timeout" => QueueStatus::Timeout,
        "full" => QueueStatus::Full,
        "joinempty" => QueueStatus::JoinEmpty,
        "leaveempty" => QueueStatus::LeaveEmpty,
        "leaveunavail" => QueueStatus::LeaveUnavailable,
        other => panic!("no queue status {other}"),
    }
}

fn body(leg: &str, words: &[&str]) -> Body {
    let us = |seconds: &str| seconds.parse::<i64>().unwrap() * 1_000_000;
    match *words {
        ["in", dialled] => Body::LegStarted {
            endpoint: endpoint(leg),
            incoming: true,
            caller: Party::Unknown,
            dialled: Party::Own(dialled.into()),
        },
        ["out"] => Body::LegStarted {
            endpoint: endpoint(leg),
            incoming: false,
            caller: Party::Unknown,
            dialled: Party::Unknown,
        },
        ["pair", far] => Body::HalvesPaired { near: leg.into(), far: far.into() },
        ["dials", dest] => Body::DialStarted { dest: dest.into(), endpoint: endpoint(dest) },
        ["dialled", dest, status] => {
            Body::DialEnded { dest: dest.into(), endpoint: endpoint(dest), status: dial_status(status) }
        }
        ["gaveup", status] => Body::DialGaveUp { status: dial_status(status) },
        ["joins", queue] => Body::QueueJoined { queue: queue.into(), position: 1, count: 1 },
        ["abandons", queue] => Body::QueueAbandoned { queue: queue.into() },
        ["leaves", queue] => Body::QueueLeft { queue: queue.into() },
        ["exit", why] => Body::QueueExited { status: queue_status(why) },
        ["served", queue, dest] => {
            Body::MemberConnected { queue: queue.into(), dest: dest.into(), member: endpoint(dest) }
        }
        ["bridge", bridge] => Body::BridgeEntered { bridge: bridge.into() },
        ["unbridge", bridge] => Body::BridgeLeft { bridge: bridge.into() },
        ["held"] => Body::Held,
        ["resumed"] => Body::Resumed,
        ["parks"] => Body::Parked,
        ["unparks"] => Body::Unparked,
        ["requests"] => Body::HangupRequested,
        ["ends"] => Body::LegEnded { cause: 16 },
        ["ends", cause] => Body::LegEnded { cause: cause.parse().unwrap() },
        ["pickup", target] => Body::PickedUp { target: target.into() },
        ["mailbox"] => Body::MailboxEntered,
        ["message"] => Body::MessageLeft,
        ["gap"] => Body::Gap { from_us: 0, to_us: 0, reason: GapReason::ConnectionLost, lost: 0 },
        ["snapshot"] => Body::SnapshotStarted,
        ["seen", age] => Body::LegSeen { endpoint: endpoint(leg), age_us: us(age), bridge: None },
        ["queued", queue, wait] => {
            Body::QueueCallerSeen { queue: queue.into(), position: 1, wait_us: us(wait) }
        }
        ["snapshotted"] => Body::SnapshotEnded,
        ["pbx", "starts"] => Body::PbxStarted,
        ["pbx", "stops"] => Body::PbxStopped,
        _ => handed_over(leg, words),
    }
}

/// Diversions and transfers.
fn handed_over(leg: &str, words: &[&str]) -> Body {
    let id = |word: &str| Some(Text::from(word)).filter(|word| &**word != "-");
    match *words {
        ["diverted", to, reason] => Body::Diverted {
            sought: Party::Unknown,
            kind: if to == "operator" { DiversionKind::Operator } else { DiversionKind::Colleague },
            reason: reason.into(),
            to: if to == "operator" { Party::Unknown } else { Party::Own(to.into()) },
        },
        ["notdiverted", status] => Body::NotDiverted { sought: Party::Unknown, status: dial_status(status) },
        [word @ ("blind" | "failed-blind"), transferer, to] => Body::Transferred {
            kind: TransferKind::Blind,
            succeeded: word == "blind",
            transferer: id(transferer),
            second: None,
            transferee: id(leg),
            target: None,
            to: Party::Own(to.into()),
        },
        [word @ ("attended" | "failed-attended"), first, second, target] => Body::Transferred {
            kind: TransferKind::Attended,
            succeeded: word == "attended",
            transferer: id(first),
            second: id(second),
            transferee: id(leg),
            target: id(target),
            to: Party::Unknown,
        },
        ref other => panic!("no event {other:?}"),
    }
}

/// Plays a story and gives the last version of each call. Versions grow, and after the last one none follows.
pub fn play(site: &Site, story: &[&str]) -> Vec<Call> {
    let mut assembler = Assembler::new("s", Arc::new(plan(site)));
    let mut last: BTreeMap<Text, Call> = BTreeMap::new();
    for (number, line) in story.iter().enumerate() {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let at_us = site.began_us + (words[0].parse::<f64>().unwrap() * 1e6) as i64;
        let leg = Some(words[1]).filter(|leg| *leg != "-").map(Text::from);
        let linked = words.last().and_then(|word| word.strip_prefix("linked=")).map(Text::from);
        words.truncate(words.len() - usize::from(linked.is_some()));
        let node = words.last().and_then(|word| word.strip_prefix("node=")).map(Text::from);
        words.truncate(words.len() - usize::from(node.is_some()));
        let event = Event {
            id: EventId(0),
            origin: Origin {
                site: "s".into(),
                node: node.unwrap_or_else(|| "n".into()),
                kind: SourceKind::AsteriskAmi,
                stream: 1,
                position: number as u64,
            },
            at_us,
            received_us: at_us,
            linked: linked.or_else(|| leg.clone()),
            leg,
            body: body(words[1], &words[2..]),
        };
        let changed = assembler.apply(&event).changed;
        for call in changed {
            let before = last.insert(call.call_id.clone(), call.clone());
            let follows = |before: Call| before.version < call.version && !before.is_final;
            assert!(before.is_none_or(follows), "{line}: {call:?} in {story:#?}");
        }
    }
    last.into_values().collect()
}
