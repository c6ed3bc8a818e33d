//! Every body of an event.

use super::{not_negative, party, text};
use call::event::{DialStatus, DiversionKind, Endpoint, GapReason, MemberState, QueueStatus, TransferKind};
use call::{Body, CallRecord};
use proptest::option::of;
use proptest::prelude::*;

/// A body with fields of these strategies.
macro_rules! body {
    ($variant:ident { $($field:ident: $strategy:expr),+ $(,)? }) => {
        ($($strategy,)+).prop_map(|($($field,)+)| Body::$variant { $($field),+ }).boxed()
    };
    ($variant:ident) => { Just(Body::$variant).boxed() };
}

/// Any body.
pub fn body() -> impl Strategy<Value = Body> {
    proptest::strategy::Union::new(bodies())
}

/// One strategy for each variant, in the order of the definition.
#[must_use]
pub fn bodies() -> Vec<BoxedStrategy<Body>> {
    [
        legs_and_dialling(),
        queueing(),
        bridges_and_transfers(),
        diversions(),
        what_the_collector_says(),
        what_logs_and_lists_say(),
    ]
    .concat()
}

fn legs_and_dialling() -> Vec<BoxedStrategy<Body>> {
    vec![
        body!(LegStarted {
            endpoint: endpoint(),
            incoming: any::<bool>(),
            caller: party(),
            dialled: party()
        }),
        body!(LegEnded { cause: any::<u16>() }),
        body!(HangupRequested),
        body!(HalvesPaired { near: text(), far: text() }),
        body!(DialStarted { dest: text(), endpoint: endpoint() }),
        body!(DialRinging { dest: text() }),
        body!(DialEnded { dest: text(), endpoint: endpoint(), status: dial_status() }),
        body!(DialGaveUp { status: dial_status() }),
    ]
}

fn queueing() -> Vec<BoxedStrategy<Body>> {
    vec![
        body!(QueueJoined { queue: text(), position: any::<u32>(), count: any::<u32>() }),
        body!(QueueAbandoned { queue: text() }),
        body!(QueueLeft { queue: text() }),
        body!(QueueExited { status: queue_status() }),
        body!(PrioritySet { priority: any::<i32>() }),
        body!(MemberConnected { queue: text(), dest: text(), member: endpoint() }),
        body!(MemberMissed { queue: text(), member: endpoint(), ring_us: any::<i64>() }),
    ]
}

fn bridges_and_transfers() -> Vec<BoxedStrategy<Body>> {
    let kind = prop_oneof![Just(TransferKind::Blind), Just(TransferKind::Attended)];
    vec![
        body!(BridgeEntered { bridge: text() }),
        body!(BridgeLeft { bridge: text() }),
        body!(Held),
        body!(Resumed),
        body!(Transferred {
            kind: kind,
            succeeded: any::<bool>(),
            transferer: of(text()),
            second: of(text()),
            transferee: of(text()),
            target: of(text()),
            to: party(),
        }),
        body!(PickedUp { target: text() }),
        body!(MailboxEntered),
        body!(MessageLeft),
    ]
}

fn diversions() -> Vec<BoxedStrategy<Body>> {
    vec![
        body!(Diverted { sought: party(), kind: diversion_kind(), reason: text(), to: party() }),
        body!(NotDiverted { sought: party(), status: dial_status() }),
        body!(DiversionSet { extension: party(), kind: diversion_kind(), reason: text() }),
        body!(DiversionCleared { extension: party() }),
    ]
}

fn what_the_collector_says() -> Vec<BoxedStrategy<Body>> {
    let reason = prop_oneof![
        Just(GapReason::ConnectionLost),
        Just(GapReason::CollectorDown),
        Just(GapReason::SpoolFull),
        Just(GapReason::RecordsLost)
    ];
    vec![
        body!(SnapshotStarted),
        body!(LegSeen { endpoint: endpoint(), age_us: any::<i64>(), bridge: of(text()) }),
        body!(QueueCallerSeen { queue: text(), position: any::<u32>(), wait_us: any::<i64>() }),
        body!(SnapshotEnded),
        body!(Gap { from_us: any::<i64>(), to_us: any::<i64>(), reason: reason, lost: not_negative() }),
        body!(Heartbeat),
        body!(PbxStarted),
        body!(PbxStopped),
    ]
}

fn what_logs_and_lists_say() -> Vec<BoxedStrategy<Body>> {
    let times = (of(any::<i64>()), of(any::<i64>()));
    let ends = (of(text()), party(), party(), of(text()), of(text()));
    let record = (ends, times, dial_status(), any::<bool>()).prop_map(|(ends, times, status, mailbox)| {
        let (caller_device, caller, dialled, queue, target) = ends;
        let (answered_us, ended_us) = times;
        CallRecord { caller_device, caller, dialled, queue, target, answered_us, ended_us, status, mailbox }
    });
    vec![
        body!(QueueEntered {
            queue: text(),
            caller: party(),
            position: any::<u32>(),
            arrived_us: of(any::<i64>()),
        }),
        body!(QueueAnswered {
            queue: text(),
            member: text(),
            dest: of(text()),
            wait_us: any::<i64>(),
            ring_us: of(any::<i64>()),
        }),
        body!(QueueCompleted { queue: text(), by_caller: any::<bool>() }),
        record.prop_map(|record| Body::CallRecorded(Box::new(record))).boxed(),
        body!(Parked),
        body!(Unparked),
        body!(MemberState { queue: text(), member: text(), state: member_state() }),
    ]
}

fn member_state() -> impl Strategy<Value = MemberState> {
    let mut states = MemberState::SERVING.to_vec();
    states.push(MemberState::Removed);
    proptest::sample::select(states)
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    prop_oneof![text().prop_map(Endpoint::Device), any::<bool>().prop_map(|far| Endpoint::Internal { far })]
}

fn dial_status() -> impl Strategy<Value = DialStatus> {
    use DialStatus::{Answer, Busy, Cancel, Congestion, NoAnswer, Other, Unavailable};
    proptest::sample::select(&[Answer, NoAnswer, Busy, Cancel, Unavailable, Congestion, Other][..])
}

fn queue_status() -> impl Strategy<Value = QueueStatus> {
    use QueueStatus::{
        Continue, Full, JoinEmpty, JoinUnavailable, LeaveEmpty, LeaveUnavailable, Timeout, Withdrawn,
    };
    const ALL: [QueueStatus; 8] =
        [Timeout, Full, JoinEmpty, LeaveEmpty, JoinUnavailable, LeaveUnavailable, Withdrawn, Continue];
    proptest::sample::select(&ALL[..])
}

fn diversion_kind() -> impl Strategy<Value = DiversionKind> {
    use DiversionKind::{Colleague, Operator, Other, Voicemail};
    proptest::sample::select(&[Colleague, Voicemail, Operator, Other][..])
}
