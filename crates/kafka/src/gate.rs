//! A gate between two threads: one shuts it, the other opens it, and who comes meanwhile waits.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Open at first. All clones are one gate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

/// Holds a gate shut; dropped, however that comes about, it opens it.
pub(crate) struct Shut(Gate);

impl Gate {
    /// Shuts it until what is given back is dropped.
    pub fn shut(&self) -> Shut {
        self.set(true);
        Shut(self.clone())
    }

    /// Waits until it is open, for so long at most; whether it is.
    pub fn wait(&self, so_long: Duration) -> bool {
        let (is_shut, opened) = &*self.0;
        let is_shut = is_shut.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = opened.wait_timeout_while(is_shut, so_long, |is_shut| *is_shut);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn set(&self, shut: bool) {
        let (is_shut, opened) = &*self.0;
        *is_shut.lock().unwrap_or_else(PoisonError::into_inner) = shut;
        opened.notify_all();
    }
}

impl Drop for Shut {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
