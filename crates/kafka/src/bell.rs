//! A bell between threads: who waits for it hears that it rang since it was listened for last.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Bell {
    rang: Mutex<bool>,
    heard: Condvar,
}

impl Bell {
    pub fn ring(&self) {
        *self.rang.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.heard.notify_one();
    }

    /// From here on only what rings later is heard. To be called before a look at whatever the bell tells of.
    pub fn listen(&self) {
        *self.rang.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }

    /// Waits until it rings, for so long at most; whether it rang.
    pub fn wait(&self, so_long: Duration) -> bool {
        let rang = self.rang.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.heard.wait_timeout_while(rang, so_long, |rang| !*rang);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn what_rang_before_it_was_waited_for_is_heard() {
        let bell = Bell::default();
        assert!(!bell.wait(Duration::ZERO));
        bell.ring();
        assert!(bell.wait(Duration::from_secs(60)));
        assert!(bell.wait(Duration::ZERO), "until it is listened for anew");
        bell.listen();
        assert!(!bell.wait(Duration::ZERO));
    }

    #[test]
    fn who_waits_is_woken() {
        let bell = Arc::new(Bell::default());
        let rings = Arc::clone(&bell);
        let other = std::thread::spawn(move || rings.ring());
        assert!(bell.wait(Duration::from_secs(60)));
        other.join().unwrap();
    }
}
