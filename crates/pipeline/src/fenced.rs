//! Who was taken for dead may come back once.

use crate::{Fault, FaultKind};
use std::time::Duration;

/// Fenced again so soon, another process runs under the same name: the two would put each other out for ever.
const AGAIN: Duration = Duration::from_secs(300);

/// When a process was fenced last. A machine that stood still for a while (a paused virtual machine, a full disk) finds its
/// transaction timed out, which looks as if another process had taken over. Nothing of it is committed, so it may start over; where there
/// really is another one, that one is fenced then, and comes back once, too: whoever is fenced twice stops.
#[derive(Debug, Default)]
pub struct Fenced(Option<Duration>);

impl Fenced {
    /// Whether to go on after this fault all the same; `now` is the clock's monotonic time.
    pub fn may_return(&mut self, fault: &Fault, now: Duration) -> bool {
        fault.kind == FaultKind::Fenced
            && self.0.replace(now).is_none_or(|before| now.saturating_sub(before) > AGAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_is_a_pause_and_twice_is_another_process() {
        let mut fenced = Fenced::default();
        let mut at = |kind, second| {
            fenced.may_return(&Fault::new(kind, "committing", "test"), Duration::from_secs(second))
        };
        assert!(!at(FaultKind::Misconfigured, 10));
        assert!(at(FaultKind::Fenced, 20));
        assert!(!at(FaultKind::Fenced, 30));
        assert!(at(FaultKind::Fenced, 400), "long after the last time");
    }
}
