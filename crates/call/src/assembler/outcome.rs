//! One outcome and one reach for each call.

use super::live::{Caller, Ending, Live, Stage};
use crate::event::DialStatus;
use crate::{Direction, LostStage, Outcome, PassResult, Reach};

/// Q.850 causes that say that the network or the PBX failed: unallocated, no route, no circuit, out of order, temporary
/// failure, congestion, no channel, resources, incompatible.
const TECHNICAL_CAUSES: &[u16] = &[1, 2, 3, 5, 6, 34, 38, 41, 42, 43, 44, 47, 58, 63, 65, 66, 69, 79, 88];

/// A caller who came in a silence and stood in a queue so soon has hardly spoken to anybody before, µs.
const STRAIGHT_INTO_QUEUE_US: i64 = 10_000_000;

/// The outcome as it stands, and the stage if it is a loss.
pub(super) fn outcome(live: &Live, caller: &Caller) -> (Outcome, Option<LostStage>) {
    if live.is_untold {
        let is_over = caller.ended.is_some();
        return (if is_over { Outcome::Unknown } else { Outcome::InProgress }, None);
    }
    if live.human.is_some() {
        return (Outcome::Answered, None);
    }
    match live.stage {
        Stage::Outside if caller.direction != Direction::Outgoing && answered_outside(live) => {
            return (Outcome::FlowedOut, None);
        }
        Stage::Mailbox => return (Outcome::Voicemail, None),
        _ => {}
    }
    let Some((_, ending)) = caller.ended else { return (Outcome::InProgress, None) };
    let is_open = !caller.is_closed || caller.direction == Direction::Outgoing;
    let outcome = nobody_reached(live, caller, ending).if_open(is_open);
    (outcome, outcome.is_lost().then(|| stage_of_loss(live)))
}

fn nobody_reached(live: &Live, caller: &Caller, ending: Ending) -> Outcome {
    match ending {
        Ending::NotSeen | Ending::TooOld => Outcome::Unknown,
        Ending::PbxStopped => Outcome::Failed,
        Ending::HungUp(_) if caller.born_late && !went_straight_into_queue(live, caller) => Outcome::Unknown,
        Ending::HungUp(cause) => lost(live, caller, cause),
    }
}

/// Otherwise somebody may have answered before the first look, and have sent the caller on.
fn went_straight_into_queue(live: &Live, caller: &Caller) -> bool {
    live.passes.first().is_some_and(|pass| pass.joined_us - caller.arrived_us <= STRAIGHT_INTO_QUEUE_US)
}

fn answered_outside(live: &Live) -> bool {
    live.rings.last().is_some_and(|(_, ring)| ring.answered)
}

fn lost(live: &Live, caller: &Caller, cause: u16) -> Outcome {
    match live.stage {
        Stage::Queue(index) => match live.passes.get(index).map(|pass| pass.result) {
            Some(PassResult::TimedOut) => Outcome::TimedOut,
            Some(PassResult::Saturated) => Outcome::Saturated,
            Some(PassResult::Blocked) => Outcome::Blocked,
            Some(PassResult::FlowedOut | PassResult::Withdrawn) if !caller.hangup_requested => {
                Outcome::TimedOut
            }
            Some(PassResult::Unknown) => Outcome::Unknown,
            _ => Outcome::Abandoned,
        },
        Stage::Ringing | Stage::Held => Outcome::Abandoned,
        Stage::RangOut(status) => rang_out(status, caller),
        Stage::Menu if caller.hangup_requested => Outcome::Abandoned,
        Stage::Menu if TECHNICAL_CAUSES.contains(&cause) => Outcome::Failed,
        // The dialplan ended the call and nobody took it.
        Stage::Menu => Outcome::TimedOut,
        Stage::Outside if caller.hangup_requested => Outcome::Abandoned,
        Stage::Outside => Outcome::TimedOut,
        // Whoever hangs up then has heard that it does not go.
        Stage::Refused => Outcome::Failed,
        Stage::Mailbox | Stage::Talking => Outcome::Unknown,
    }
}

fn rang_out(status: DialStatus, caller: &Caller) -> Outcome {
    match status {
        DialStatus::Cancel => Outcome::Abandoned,
        _ if caller.hangup_requested => Outcome::Abandoned,
        DialStatus::Unavailable => Outcome::Blocked,
        DialStatus::Congestion => Outcome::Failed,
        DialStatus::NoAnswer | DialStatus::Busy | DialStatus::Answer | DialStatus::Other => Outcome::TimedOut,
    }
}

fn stage_of_loss(live: &Live) -> LostStage {
    match live.stage {
        Stage::Menu | Stage::Mailbox => LostStage::Menu,
        Stage::Queue(_) => LostStage::Queue,
        Stage::Ringing | Stage::RangOut(_) | Stage::Outside | Stage::Refused => LostStage::Ringing,
        Stage::Talking => LostStage::Transfer,
        Stage::Held => LostStage::Held,
    }
}

/// Whom the caller reached first, and last.
pub(super) fn reaches(live: &Live, outcome: Outcome) -> (Reach, Reach) {
    match (outcome, &live.human) {
        (Outcome::Answered, Some(human)) => {
            let last = live.last_spoken.as_ref().map_or(human.reach, |(_, reach)| *reach);
            (human.reach, last)
        }
        (Outcome::Voicemail, _) => (Reach::PersonalVoicemail, Reach::PersonalVoicemail),
        _ if outcome.is_lost() => (Reach::Lost, Reach::Lost),
        _ => (Reach::None, Reach::None),
    }
}
