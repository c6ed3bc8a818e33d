//! Which source's word is taken for a call that the first one did not hear all of.

use super::hearing::Hearing;
use super::live::{Versions, tells_of_channels};
use super::{ORDER, fill};
use crate::{Call, Outcome, Reach, SourceKind, Sources};
use std::collections::BTreeMap;

/// The call as it is believed, with what others know beside; none if nobody tells of it.
///
/// The first source in the order that heard all of it and knows the outcome. One that tells of channels and heard somebody answer
/// is sure of that, too: it goes before those that know less. Else the first that has it, and nobody can tell the outcome.
pub(super) fn believed(versions: &Versions, heard: &BTreeMap<SourceKind, Hearing>) -> Option<Call> {
    let in_order = || ORDER.iter().filter_map(|kind| Some((*kind, versions.get(kind)?)));
    let knows = |(kind, call): &(SourceKind, &Call)| {
        call.outcome != Outcome::Unknown && heard_all(*kind, call, heard)
    };
    let knows_most = |told: &(SourceKind, &Call)| tells_of_channels(told.0) && knows(told);
    let saw_answer = |told: &(SourceKind, &Call)| tells_of_channels(told.0) && told.1.answered_us.is_some();
    let sure = in_order()
        .find(knows_most)
        .or_else(|| in_order().find(saw_answer))
        .or_else(|| in_order().find(knows));
    let mut told = match sure {
        Some((_, call)) => call.clone(),
        None => unclear(in_order().next()?.1),
    };
    for (_, other) in in_order() {
        fill(&mut told, other);
    }
    told.sources = versions.values().fold(Sources::default(), |all, call| all.and(call.sources));
    Some(told)
}

/// A source that tells of channels marks what it did not hear; files are read whole, but for what they say themselves.
fn heard_all(kind: SourceKind, call: &Call, heard: &BTreeMap<SourceKind, Hearing>) -> bool {
    if kind == SourceKind::AsteriskAmi {
        return !call.is_partial;
    }
    let to_us = call.ended_us.unwrap_or(call.arrived_us);
    heard.get(&kind).is_some_and(|hearing| !hearing.missed(call.arrived_us, to_us))
}

fn unclear(call: &Call) -> Call {
    let mut call = Call { is_partial: true, ..call.clone() };
    let may_go_on = call.ended_us.is_none() && call.outcome == Outcome::InProgress;
    if call.answered_us.is_none() && !may_go_on {
        (call.outcome, call.reach) = (Outcome::Unknown, Reach::None);
        (call.final_reach, call.lost_stage) = (Reach::None, None);
    }
    call
}
