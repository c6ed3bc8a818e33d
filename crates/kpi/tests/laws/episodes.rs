//! Repeats, recoveries and the open list, against the definitions said one by one for every pair of calls.

use crate::made::{histories, last};
use call::{Call, Direction, Outcome, Party, Pseudonym};
use kpi::episodes::{OPEN_US, RECOVERY_US, SAME_ERRAND_US};
use kpi::{Episodes, Repeats};
use proptest::prelude::*;

/// The outside party, if this call is one of a known outside caller or an answered one to an outside party.
fn party(call: &Call) -> &[Pseudonym] {
    match (call.direction, &call.caller, &call.dialled) {
        (Direction::External, Party::Outside(party), _) => party,
        (Direction::Outgoing, _, Party::Outside(party)) if call.outcome == Outcome::Answered => party,
        _ => &[],
    }
}

fn same(a: &Call, b: &Call) -> bool {
    party(a).iter().any(|pseudonym| party(b).contains(pseudonym))
}

/// Who spoke to the caller of a lost call first after it.
fn next_contact<'a>(calls: &'a [Call], lost: &Call) -> Option<&'a Call> {
    let later = calls.iter().filter(|c| c.arrived_us > lost.arrived_us && c.outcome == Outcome::Answered);
    later.filter(|c| same(c, lost)).min_by_key(|c| c.arrived_us)
}

fn is_known(call: &&Call) -> bool {
    call.direction == Direction::External && !party(call).is_empty()
}

fn defined(calls: &[Call]) -> Repeats {
    let mut counts = Repeats::default();
    for call in calls.iter().filter(is_known) {
        let before =
            calls.iter().filter(is_known).filter(|b| b.arrived_us < call.arrived_us && same(b, call));
        let before = before.max_by_key(|b| b.arrived_us);
        let before = before.filter(|b| call.arrived_us - b.arrived_us < SAME_ERRAND_US);
        counts.calls += 1;
        counts.repeat_calls += i64::from(before.is_some());
        counts.after_lost += i64::from(before.is_some_and(|b| b.outcome.is_lost()));
        if call.outcome.is_lost() {
            counts.lost += 1;
            let next = next_contact(calls, call).filter(|next| next.direction == Direction::External);
            let after_us = next.map(|next| next.arrived_us - call.ended_us.unwrap());
            if let Some(after_us) = after_us.filter(|us| *us < RECOVERY_US) {
                counts.recovered += 1;
                counts.recovery_sum_us += after_us.max(0);
            }
        }
    }
    let hidden = |call: &&Call| call.direction == Direction::External && party(call).is_empty();
    counts.lost_without_number = calls.iter().filter(hidden).filter(|c| c.outcome.is_lost()).count() as i64;
    counts
}

/// Caller, lost calls, arrivals of the first and the last.
fn open(calls: &[Call]) -> Vec<(String, u32, i64, i64)> {
    let newest_us = calls.iter().map(|call| call.arrived_us).max().unwrap_or(0);
    let is_open = |call: &&Call| {
        call.outcome.is_lost()
            && call.arrived_us >= newest_us - OPEN_US
            && next_contact(calls, call).is_none()
    };
    let open: Vec<&Call> = calls.iter().filter(is_known).filter(is_open).collect();
    let mut found = Vec::new();
    for call in &open {
        let of_caller: Vec<i64> = open.iter().filter(|o| same(o, call)).map(|o| o.arrived_us).collect();
        let (first, newest) = (*of_caller.iter().min().unwrap(), *of_caller.iter().max().unwrap());
        if newest == call.arrived_us {
            found.push((call.caller.to_string(), of_caller.len() as u32, first, newest));
        }
    }
    found.sort_by_key(|(_, _, _, newest)| -newest);
    found
}

/// The calls of the generator all come within minutes: here the same, hours apart. No two arrive at once.
fn spread(histories: &[Vec<Call>], factor: i64) -> Vec<Call> {
    let mut calls = last(histories);
    calls.retain(|call| call.merged_into.is_none());
    for (n, call) in (0i64..).zip(&mut calls) {
        let moved = call.arrived_us * (factor - 1) + n;
        call.arrived_us += moved;
        call.ended_us = call.ended_us.map(|us| us + moved);
    }
    calls
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn told_in_any_order_they_are_as_defined(histories in histories(), factor in proptest::sample::select(vec![1i64, 10, 200, 2000])) {
        let mut calls = spread(&histories, factor);
        let mut found = Episodes::default();
        calls.iter().for_each(|call| found.add(call));
        found.finish();
        calls.sort_by_key(|call| call.arrived_us);
        prop_assert_eq!(found.whole(), defined(&calls));
        let told: Vec<_> = found.open_callers().into_iter().map(|o| (o.caller.to_string(), o.lost_calls, o.first_lost_us, o.last_lost_us)).collect();
        prop_assert_eq!(told, open(&calls));
        // Told as they come, with what cannot be needed any more let go, nothing changes.
        let mut streamed = Episodes::default();
        for call in &calls {
            streamed.add(call);
            streamed.advance(call.arrived_us);
        }
        streamed.finish();
        prop_assert_eq!(streamed.whole(), found.whole());
        prop_assert_eq!(streamed.open_callers(), found.open_callers());
    }
}
