//! A gate between two threads: one shuts it, the other opens it, and who comes meanwhile waits.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Open at first. All clones are one gate. Counted is who holds it shut: one may let go late, when the next holds it already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<usize>, Condvar)>);

/// Holds a gate shut; dropped, however that comes about, it lets go, and the last one opens it.
pub(crate) struct Shut(Gate);

impl Gate {
    /// Shuts it until what is given back is dropped.
    pub fn shut(&self) -> Shut {
        self.count(|held| held + 1);
        Shut(self.clone())
    }

    /// Waits until it is open, for so long at most; whether it is.
    pub fn wait(&self, so_long: Duration) -> bool {
        let (held, opened) = &*self.0;
        let held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = opened.wait_timeout_while(held, so_long, |held| *held > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
    }

    fn count(&self, change: impl FnOnce(usize) -> usize) {
        let (held, opened) = &*self.0;
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = change(*held);
        opened.notify_all();
    }
}

impl Drop for Shut {
    fn drop(&mut self) {
        self.0.count(|held| held.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lets_go_late_does_not_open_it_for_the_next() {
        let gate = Gate::default();
        let first = gate.shut();
        let second = gate.shut();
        drop(first);
        assert!(!gate.wait(Duration::ZERO));
        drop(second);
        assert!(gate.wait(Duration::ZERO));
    }

    #[test]
    fn it_is_open_again_even_if_the_thread_that_held_it_shut_panicked() {
        let gate = Gate::default();
        assert!(gate.wait(Duration::ZERO));
        let shut = gate.shut();
        assert!(!gate.wait(Duration::ZERO));
        let died = std::thread::spawn(move || {
            let _shut = shut;
            panic!("on purpose");
        });
        assert!(gate.wait(Duration::from_secs(60)));
        assert!(died.join().is_err());
    }
}
