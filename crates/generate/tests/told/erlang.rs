//! Waits against the formula: they follow from who calls and who serves, so they must agree with what is known of queues.

use super::always_open;
use call::event::MemberState;
use call::{Body, Event, Text};
use generate::{Parameters, profile};
use std::collections::BTreeMap;

/// Erlang's C: the share who wait with so many members at this load.
fn waits(members: usize, load: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for number in 1..members {
        term *= load / number as f64;
        sum += term;
    }
    let last = term * load / members as f64 * members as f64 / (members as f64 - load);
    last / (sum + last)
}

#[test]
fn the_formula_is_right() {
    // From any table: 10 members, 8 erlangs.
    assert!((waits(10, 8.0) - 0.409).abs() < 0.001);
}

/// How much time the operators' phones ring or are spoken into, µs, by what is told of members.
#[derive(Default)]
struct Work {
    since_us: BTreeMap<Text, i64>,
    busy_us: i64,
}

impl Work {
    fn hear(&mut self, event: &Event) {
        let Body::MemberState { queue, member, state } = &event.body else { return };
        if **queue != *"vaxel" {
            return;
        }
        if matches!(state, MemberState::Ringing | MemberState::Busy) {
            self.since_us.entry(member.clone()).or_insert(event.at_us);
        } else if let Some(since_us) = self.since_us.remove(member) {
            self.busy_us += event.at_us - since_us;
        }
    }
}

/// What was waited and what the formula says, s, of all callers of one day together.
fn day(members: usize, inhabitants: u32, seed: u64) -> (f64, f64) {
    let mut parameters = Parameters::of_inhabitants(seed, inhabitants);
    (parameters.members, parameters.is_patient) = (Some(members), true);
    (parameters.is_always_busy, parameters.has_incidents) = (true, false);
    let mut generator = always_open("2025-03-04", "2025-03-05", parameters);
    generator.keep_truths();
    let mut work = Work::default();
    generator.by_ref().for_each(|event| work.hear(&event));
    let truths = generator.take_truths();
    let stays = truths.iter().flat_map(|truth| &truth.stays).filter(|stay| stay.queue == "vaxel");
    let waits_s: Vec<f64> = stays.map(|stay| stay.wait_us as f64 / 1e6).collect();
    let mean = |length: generate::Length| length.median * (length.sigma.powi(2) / 2.0).exp();
    let queue = &profile::QUEUES[profile::OPERATORS];
    let callers = waits_s.len() as f64;
    let load = work.busy_us as f64 / 1e6 / 86_400.0;
    assert!(load / members as f64 > 0.6, "{load} erlangs are too few for {members} to tell anything");
    let service_s = work.busy_us as f64 / 1e6 / callers;
    let spread = queue.talk.sigma.powi(2).exp() - 1.0;
    let share = mean(queue.talk) / service_s;
    let factor = (1.0 + spread * share * share) / 2.0;
    let expected_s = waits(members, load) * service_s / (members as f64 - load) * factor;
    // A stay ends when somebody answers, the formula's wait when a phone begins to ring; another one rings where nobody answers.
    let ring_s = mean(queue.pick_up) + queue.missed * 16.0;
    (waits_s.iter().sum::<f64>() - callers * ring_s, callers * expected_s)
}

/// Everybody waits as long as it takes. Times are lognormal and not exponential, which Allen and Cunneen's factor allows for; days differ,
/// so each is compared with its own load.
#[test]
fn waits_of_patient_callers_are_what_erlang_says() {
    for (members, inhabitants) in [(6, 52_000), (9, 80_000)] {
        let days = (1..=6).map(|seed| day(members, inhabitants, seed));
        let (waited_s, expected_s) = days.fold((0.0, 0.0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
        let ratio = waited_s / expected_s;
        assert!((0.75..1.35).contains(&ratio), "{members} operators: {ratio} times what the formula says");
    }
}
