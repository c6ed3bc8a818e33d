//! `schemas/call-events.avsc`.

use super::{Avro, In, Misfit, Out, record, symbols, union};
use call::event::{DialStatus, DiversionKind, Endpoint, GapReason, MemberState, QueueStatus, TransferKind};
use call::{Body, CallRecord, Event, EventId, Origin, Party, Pseudonym, SourceKind, Sources};

record!(Event { id, origin, at_us, received_us, leg, linked, body });

impl Avro for EventId {
    fn put(&self, out: &mut Out) {
        out.raw(&self.0.to_be_bytes());
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        from.fixed().map(|bytes| Self(u128::from_be_bytes(bytes)))
    }
}

impl Avro for Origin {
    fn put(&self, out: &mut Out) {
        let Self { site, node, kind, stream, position } = self;
        site.put(out);
        node.put(out);
        kind.put(out);
        out.raw(&stream.to_be_bytes());
        position.put(out);
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            site: Avro::take(from)?,
            node: Avro::take(from)?,
            kind: Avro::take(from)?,
            stream: u64::from_be_bytes(from.fixed()?),
            position: Avro::take(from)?,
        })
    }
}

union!(Party {
    0 Unknown {},
    1 Own { 0: digits },
    2 Service { 0: code },
    3 Outside { 0: pseudonyms },
});

impl Avro for Pseudonym {
    fn put(&self, out: &mut Out) {
        out.checked(i32::try_from(self.epoch), "a key epoch beyond Avro's largest int");
        out.raw(&self.value.to_be_bytes());
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        let epoch = i32::take(from)?.try_into().map_err(|_| Misfit("a negative key epoch"))?;
        Ok(Self { epoch, value: u128::from_be_bytes(from.fixed()?) })
    }
}

union!(Endpoint {
    0 Device { 0: name },
    1 Internal { far },
});

symbols!(SourceKind {
    0 AsteriskAmi, 1 AsteriskAmiRecording, 2 Collector, 4 AsteriskQueueLog, 5 AsteriskCel, 6 AsteriskCdr, 7 Webhook, 8 CsvImport,
});
symbols!(DialStatus { 0 Answer, 1 NoAnswer, 2 Busy, 3 Cancel, 4 Unavailable, 5 Congestion, 6 Other });
symbols!(QueueStatus {
    0 Timeout, 1 Full, 2 JoinEmpty, 3 LeaveEmpty, 4 JoinUnavailable, 5 LeaveUnavailable, 6 Withdrawn, 7 Continue,
});
symbols!(TransferKind { 0 Blind, 1 Attended });
symbols!(DiversionKind { 0 Colleague, 1 Voicemail, 2 Operator, 3 Other });
symbols!(MemberState { 0 Free, 1 Ringing, 2 Busy, 3 Paused, 4 Unavailable, 5 Removed });
symbols!(GapReason { 0 ConnectionLost, 1 CollectorDown, 2 SpoolFull, 4 RecordsLost });

union!(Body {
    0 LegStarted { endpoint, incoming, caller, dialled },
    1 LegEnded { cause },
    2 HangupRequested {},
    3 HalvesPaired { near, far },
    4 DialStarted { dest, endpoint },
    5 DialRinging { dest },
    6 DialEnded { dest, endpoint, status },
    7 DialGaveUp { status },
    8 QueueJoined { queue, position, count },
    9 QueueAbandoned { queue },
    10 QueueLeft { queue },
    11 QueueExited { status },
    12 PrioritySet { priority },
    13 MemberConnected { queue, dest, member },
    14 MemberMissed { queue, member, ring_us },
    15 BridgeEntered { bridge },
    16 BridgeLeft { bridge },
    17 Held {},
    18 Resumed {},
    19 Transferred { kind, succeeded, transferer, second, transferee, target, to },
    20 PickedUp { target },
    21 MailboxEntered {},
    22 MessageLeft {},
    23 Diverted { sought, kind, reason, to },
    24 NotDiverted { sought, status },
    25 DiversionSet { extension, kind, reason },
    26 DiversionCleared { extension },
    27 SnapshotStarted {},
    28 LegSeen { endpoint, age_us, bridge },
    29 QueueCallerSeen { queue, position, wait_us },
    30 SnapshotEnded {},
    31 Gap { from_us, to_us, reason, lost },
    32 Heartbeat {},
    33 PbxStarted {},
    34 PbxStopped {},
    35 QueueEntered { queue, caller, position, arrived_us },
    36 QueueAnswered { queue, member, dest, wait_us, ring_us },
    37 QueueCompleted { queue, by_caller },
    38 CallRecorded { 0: record },
    39 Parked {},
    40 Unparked {},
    41 MemberState { queue, member, state },
});

record!(CallRecord { caller_device, caller, dialled, queue, target, answered_us, ended_us, status, mailbox });

impl Avro for Box<CallRecord> {
    fn put(&self, out: &mut Out) {
        (**self).put(out);
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        CallRecord::take(from).map(Self::new)
    }
}

/// An array of words; one that is newer than this program is left out.
impl Avro for Sources {
    fn put(&self, out: &mut Out) {
        self.iter().collect::<Vec<_>>().put(out);
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        let mut sources = Self::default();
        from.array(|from| {
            let mut ahead = from.clone();
            match SourceKind::take(&mut ahead) {
                Ok(kind) => (sources, *from) = (sources.and(Self::of(kind)), ahead),
                Err(_) => drop(from.long()?),
            }
            Ok(())
        })
        .map(|()| sources)
    }
}
