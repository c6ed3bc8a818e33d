//! When one source was there to hear.

use super::Span;
use crate::event::Body;

/// So many gaps are kept; the oldest become one.
const GAPS_MAX: usize = 256;

/// From its first word to its last, without its gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearing {
    /// Its first word, µs UTC.
    pub first_us: i64,
    /// Its last word.
    pub last_us: i64,
    /// When the collector got its first word, µs UTC: a file that is read late tells of old times now.
    pub first_received_us: i64,
    /// When the collector got its last word.
    pub received_us: i64,
    /// Spans of which it says itself that it knows nothing, in the order in which it said so.
    pub gaps: Vec<Span>,
}

impl Default for Hearing {
    fn default() -> Self {
        Self {
            first_us: i64::MAX,
            last_us: i64::MIN,
            first_received_us: i64::MAX,
            received_us: i64::MIN,
            gaps: Vec::new(),
        }
    }
}

impl Hearing {
    /// It said something at `at_us`, which the collector got at `received_us`.
    pub fn note(&mut self, body: &Body, at_us: i64, received_us: i64) {
        if let Body::Gap { from_us, to_us, .. } = body
            && from_us < to_us
        {
            self.gaps.push((*from_us, *to_us));
            if self.gaps.len() > GAPS_MAX {
                // One wide gap rather than none.
                let first = self.gaps.remove(0);
                if let Some(second) = self.gaps.first_mut() {
                    *second = (first.0.min(second.0), first.1.max(second.1));
                }
            }
        }
        self.first_us = self.first_us.min(at_us);
        self.last_us = self.last_us.max(at_us);
        self.first_received_us = self.first_received_us.min(received_us);
        self.received_us = self.received_us.max(received_us);
    }

    /// Gaps that were over before are not asked for any more.
    pub fn forget_before(&mut self, at_us: i64) {
        self.gaps.retain(|(_, to_us)| *to_us >= at_us);
    }

    /// Whether anything between is in a gap, or before its first word.
    #[must_use]
    pub fn missed(&self, from_us: i64, to_us: i64) -> bool {
        from_us < self.first_us || self.gaps.iter().any(|(from, to)| *from <= to_us && *to >= from_us)
    }

    /// The end of the last gap that touches the span.
    #[must_use]
    pub fn gap_ends(&self, from_us: i64, to_us: i64) -> Option<i64> {
        let touching = self.gaps.iter().filter(|(from, to)| *from <= to_us && *to >= from_us);
        touching.map(|(_, to)| *to).max()
    }

    /// What it heard of a span.
    #[must_use]
    pub fn spans(&self, from_us: i64, to_us: i64) -> Vec<Span> {
        let mut heard = vec![(self.first_us.max(from_us), self.last_us.min(to_us))];
        for (gap_from, gap_to) in &self.gaps {
            let cut = |(from, to): Span| [(from, to.min(*gap_from)), (from.max(*gap_to), to)];
            heard = heard.into_iter().flat_map(cut).filter(|(from, to)| from < to).collect();
        }
        heard.retain(|(from, to)| from < to);
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_of_a_span_is_without_gaps_and_without_before_and_after() {
        let hearing = Hearing {
            first_us: 10,
            last_us: 100,
            gaps: vec![(20, 30), (25, 40), (90, 200)],
            ..Hearing::default()
        };
        let check = |from, to, expect: &[Span]| assert_eq!(hearing.spans(from, to), expect, "{from}..{to}");
        check(0, 300, &[(10, 20), (40, 90)]);
        check(15, 18, &[(15, 18)]);
        check(22, 28, &[]);
        check(0, 10, &[]);
        check(95, 100, &[]);
        assert!(hearing.missed(0, 12) && hearing.missed(35, 50) && !hearing.missed(41, 89));
        assert_eq!((hearing.gap_ends(18, 26), hearing.gap_ends(50, 60)), (Some(40), None));
    }
}
