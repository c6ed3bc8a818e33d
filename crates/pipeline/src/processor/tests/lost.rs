//! What both collectors told was lost: neither of them has heard that time.

use super::super::ears::{Ears, Verdict};
use super::several::{AMI, SECOND, START_US};
use super::*;
use call::{EventId, Origin};

fn told(stream: u64, second: i64, body: Body) -> Event {
    let origin = Origin { site: SITE.into(), node: "pbx".into(), kind: AMI, stream, position: 0 };
    let at_us = START_US + second * SECOND;
    Event { id: EventId(0), origin, at_us, received_us: at_us, leg: Some("a".into()), linked: None, body }
}

#[test]
fn a_time_that_was_lost_was_heard_by_no_collector() {
    for lost in [false, true] {
        let mut ears = Ears::default();
        for second in 0..20 {
            ears.hear(&told(1, second, Body::Held), &[]);
            ears.hear(&told(2, second, Body::Held), &[]);
        }
        if lost {
            let span = (START_US + 19 * SECOND, START_US + 60 * SECOND);
            ears.lose(AMI, &"pbx".into(), span);
        }
        for second in 60..90 {
            ears.hear(&told(1, second, Body::Held), &[]);
        }
        // The other one is far behind, and tells of the time between.
        let late = ears.hear(&told(2, 40, Body::Resumed), &[]).verdict;
        let expect = if lost { Verdict::TooLate } else { Verdict::Repeated };
        assert_eq!(late, expect, "{lost}");
    }
}
