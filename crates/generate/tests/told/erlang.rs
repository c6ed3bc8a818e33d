//! Waits against the formula: they follow from who calls and who serves, so they must agree with what is known of queues.

use super::days;
use generate::{Parameters, profile};

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

/// Everybody waits as long as it takes. Times are lognormal and not exponential, which Allen and Cunneen's factor allows for.
#[test]
fn waits_of_patient_callers_are_what_erlang_says() {
    for (members, inhabitants) in [(6, 42_000), (8, 58_000)] {
        let mut parameters = Parameters::of_inhabitants(5, inhabitants);
        (parameters.members, parameters.is_patient) = (Some(members), true);
        (parameters.is_always_busy, parameters.has_incidents) = (true, false);
        let mut generator = days("2025-03-04", "2025-03-08", parameters);
        generator.keep_truths();
        generator.by_ref().for_each(drop);
        let truths = generator.take_truths();
        let stays: Vec<_> =
            truths.iter().flat_map(|truth| &truth.stays).filter(|stay| stay.queue == "vaxel").collect();
        let queue = &profile::QUEUES[profile::OPERATORS];
        let mean = |length: generate::Length| length.median * (length.sigma.powi(2) / 2.0).exp();
        // A phone that rings is as busy as one that is spoken into; of those that ring out another one rings.
        let ring_s = mean(queue.pick_up) + queue.missed * 15.0;
        let service_s = mean(queue.talk) + ring_s;
        let load = stays.len() as f64 / (4.0 * 86_400.0) * service_s;
        let spread = queue.talk.sigma.powi(2).exp() - 1.0;
        let share = mean(queue.talk) / service_s;
        let factor = (1.0 + spread * share * share) / 2.0;
        let expected_s = waits(members, load) * service_s / (members as f64 - load) * factor;
        let waited_s =
            stays.iter().map(|stay| stay.wait_us as f64 / 1e6).sum::<f64>() / stays.len() as f64 - ring_s;
        let ratio = waited_s / expected_s;
        assert!(load / members as f64 > 0.6, "{load} erlangs are too few for {members} to tell anything");
        assert!(
            (0.75..1.35).contains(&ratio),
            "{members}: waited {waited_s} s, expected {expected_s} s at {load} erlangs"
        );
    }
}
