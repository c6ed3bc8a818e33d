//! Whether a service's main loops turn, and whether they can do their work.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shared by a main loop, which beats, and the HTTP server, which looks at all of them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Health {
    own: Arc<State>,
    all: Arc<Mutex<Vec<Arc<State>>>>,
}

#[derive(Debug)]
struct State {
    /// Beats are kept as milliseconds since then: an `Instant` does not fit in an atomic.
    started: Instant,
    last_beat_ms: AtomicU64,
    limit: Duration,
    /// Why the service is not ready; none: it is.
    not_ready: Mutex<Option<String>>,
}

impl Health {
    /// Alive until `limit` has passed since the last beat (at first: since now); not ready, because `starting`.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        let own = Arc::new(State::new(limit));
        Self { all: Arc::new(Mutex::new(vec![Arc::clone(&own)])), own }
    }

    /// For one more main loop of the same service, which beats for itself: the service is ready when every loop is, and stuck
    /// when one is.
    #[must_use]
    pub fn another(&self) -> Self {
        let own = Arc::new(State::new(self.own.limit));
        self.all.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&own));
        Self { own, all: Arc::clone(&self.all) }
    }

    /// The main loop turned.
    pub fn beat(&self) {
        self.own.beat_at(Instant::now());
    }

    /// The service does its work.
    pub fn set_ready(&self) {
        *self.own.not_ready.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The service runs but cannot do its work now; `reason` is for an operator (`ClickHouse at … does not answer`).
    pub fn set_not_ready(&self, reason: impl Into<String>) {
        *self.own.not_ready.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.into());
    }

    /// Why the service is not ready; none when it is.
    #[must_use]
    pub fn not_ready(&self) -> Option<String> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find_map(|state| state.not_ready.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// How long a main loop has been silent, when that is too long.
    pub(crate) fn stuck(&self) -> Option<Duration> {
        self.stuck_at(Instant::now())
    }

    fn stuck_at(&self, now: Instant) -> Option<Duration> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter_map(|state| state.stuck_at(now)).max()
    }
}

impl State {
    fn new(limit: Duration) -> Self {
        let not_ready = Mutex::new(Some("starting".into()));
        Self { started: Instant::now(), last_beat_ms: AtomicU64::new(0), limit, not_ready }
    }

    fn beat_at(&self, now: Instant) {
        let since = now.saturating_duration_since(self.started).as_millis();
        // Several loops may beat on one handle: an earlier beat that comes later must not turn the clock back.
        self.last_beat_ms.fetch_max(u64::try_from(since).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn stuck_at(&self, now: Instant) -> Option<Duration> {
        let last = Duration::from_millis(self.last_beat_ms.load(Ordering::Relaxed));
        let silent = now.saturating_duration_since(self.started).saturating_sub(last);
        (silent >= self.limit).then_some(silent)
    }
}

#[cfg(test)]
mod tests {
    use super::Health;
    use std::time::Duration;

    /// Beats at the given seconds after the start; is the loop stuck at second `at` with a limit of 30 s?
    fn check(beats_s: &[u64], at_s: u64, expect_stuck: bool) {
        let health = Health::new(Duration::from_secs(30));
        for beat in beats_s {
            health.own.beat_at(health.own.started + Duration::from_secs(*beat));
        }
        let stuck = health.stuck_at(health.own.started + Duration::from_secs(at_s)).is_some();
        assert_eq!(stuck, expect_stuck, "beats {beats_s:?}, asked at {at_s} s");
    }

    #[test]
    fn a_loop_is_stuck_when_the_limit_has_passed_since_its_last_beat() {
        check(&[], 29, false);
        check(&[], 30, true);
        check(&[20], 49, false);
        check(&[20], 50, true);
        check(&[20, 60], 89, false);
        check(&[60, 20], 89, false);
    }

    #[test]
    fn a_service_is_as_well_as_its_worst_loop() {
        let one = Health::new(Duration::from_secs(30));
        one.set_ready();
        let other = one.another();
        assert_eq!(one.not_ready().as_deref(), Some("starting"));
        other.set_ready();
        assert_eq!(one.not_ready(), None);
        other.set_not_ready("restoring");
        assert_eq!(
            (one.not_ready(), other.not_ready()),
            (Some("restoring".into()), Some("restoring".into()))
        );
        let after = |s| one.own.started + Duration::from_secs(s);
        one.own.beat_at(after(100));
        assert!(one.stuck_at(after(101)).is_some(), "the other one has been silent since its start");
        other.own.beat_at(after(100));
        assert_eq!(one.stuck_at(after(101)), None);
    }

    #[test]
    fn readiness_tells_its_reason() {
        let health = Health::new(Duration::from_secs(1));
        assert_eq!(health.not_ready().as_deref(), Some("starting"));
        health.set_ready();
        assert_eq!(health.not_ready(), None);
        health.set_not_ready("Kafka does not answer");
        assert_eq!(health.not_ready().as_deref(), Some("Kafka does not answer"));
    }
}
