//! What a call's record tells, in the order of time.

use crate::commands::explain::changes::{changes, seconds, told_cause};
use crate::commands::explain::words::number;
use call::{Call, Pass, Ring};

/// Something that happened, as the record has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub at_us: i64,
    pub told: String,
}

/// The call's moments. What happened at the same time stands in the order of a call.
pub fn moments(call: &Call) -> Vec<Moment> {
    let mut moments = Vec::new();
    let mut add = |at_us: i64, told: String| moments.push(Moment { at_us, told });
    let (caller, dialled) = (number(&call.caller), number(&call.dialled));
    add(call.arrived_us, format!("{caller} calls, dialling {dialled} ({})", call.dialled_kind));
    if let Some(at_us) = [call.queued_us, call.alerted_us, call.answered_us].into_iter().flatten().min() {
        add(
            at_us,
            format!(
                "the first queue or phone, after {} of menu and dialplan",
                seconds(at_us - call.arrived_us)
            ),
        );
    }
    for pass in &call.passes {
        of_pass(pass, &mut add);
    }
    for ring in &call.rings {
        of_ring(ring, &mut add);
    }
    if let Some(at_us) = call.answered_us {
        let by = call.answered_by.as_deref().unwrap_or("somebody");
        let rang =
            call.ring_us.map(|us| format!(", whose phone rang for {}", seconds(us))).unwrap_or_default();
        add(at_us, format!("{by} answers{rang}"));
    }
    if let Some(at_us) = call.ended_us {
        add(
            at_us,
            if call.left_on_hold { "the caller hangs up while on hold" } else { "the call is over" }
                .to_owned(),
        );
    }
    moments.sort_by_key(|moment| moment.at_us);
    moments
}

fn of_pass(pass: &Pass, add: &mut impl FnMut(i64, String)) {
    let cause = pass.cause.as_ref().map(|cause| format!(", cause {}", told_cause(cause))).unwrap_or_default();
    add(pass.joined_us, format!("joins queue {}{cause}", pass.queue));
    let Some(wait_us) = pass.wait_us else { return };
    let mut told = format!("leaves queue {}: {}", pass.queue, pass.result);
    if let Some(by) = &pass.answered_by {
        told += &format!(" by {by}");
    }
    told += &format!(" after {}", seconds(wait_us));
    if let Some(longer_us) = pass.overtaken_us {
        told += &format!(", {} of it after an internal caller was taken first", seconds(longer_us));
    }
    add(pass.joined_us.saturating_add(wait_us), told);
}

fn of_ring(ring: &Ring, add: &mut impl FnMut(i64, String)) {
    add(ring.started_us, format!("{} rings", ring.target));
    let Some(ring_us) = ring.ring_us else { return };
    let end = if ring.answered { "is answered" } else { "stops ringing, not answered" };
    add(
        ring.started_us.saturating_add(ring_us),
        format!("{} {end}, after {}", ring.target, seconds(ring_us)),
    );
}

/// Everything that is concluded, as if one version had said it.
pub fn statements(call: &Call) -> Vec<String> {
    changes(None, call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use call::{Cause, CauseKind, PassResult};

    #[test]
    fn a_call_that_fell_to_the_operator() {
        let mut call = Call::unknown("s");
        call.arrived_us = 10_000_000;
        call.alerted_us = Some(10_500_000);
        call.queued_us = Some(14_000_000);
        call.answered_us = Some(17_000_000);
        call.answered_by = Some("9001".into());
        call.ended_us = Some(30_000_000);
        call.rings = vec![Ring {
            target: "2101".into(),
            started_us: 10_500_000,
            ring_us: Some(3_500_000),
            answered: false,
        }];
        call.passes = vec![Pass {
            queue: "vaxel".into(),
            unit: None,
            joined_us: 14_000_000,
            wait_us: Some(3_000_000),
            result: PassResult::Answered,
            answered_by: Some("9001".into()),
            cause: Some(Cause {
                kind: CauseKind::NotDiverted,
                not_diverted: None,
                reason: None,
                after_transfer: false,
            }),
            overtook: 0,
            overtaken_us: Some(1_000_000),
        }];
        let told: Vec<_> =
            moments(&call).into_iter().map(|moment| (moment.at_us / 100_000, moment.told)).collect();
        let expect = [
            (100, "an unknown number calls, dialling an unknown number (other)"),
            (105, "the first queue or phone, after 0.500 s of menu and dialplan"),
            (105, "2101 rings"),
            (140, "joins queue vaxel, cause not_diverted"),
            (140, "2101 stops ringing, not answered, after 3.500 s"),
            (
                170,
                "leaves queue vaxel: answered by 9001 after 3.000 s, 1.000 s of it after an internal caller was taken first",
            ),
            (170, "9001 answers"),
            (300, "the call is over"),
        ];
        assert_eq!(told, expect.map(|(at, told)| (at, told.to_owned())));
    }
}
