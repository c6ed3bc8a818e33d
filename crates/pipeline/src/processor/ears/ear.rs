//! One collector at one PBX.

use super::session::{EDGE_US, Session};
use call::{Body, Event};
use std::collections::VecDeque;

/// Who says nothing for so long, while another collector at the same PBX does, is gone: three signs of life.
pub(super) const PATIENCE_US: i64 = 30_000_000;
/// So many sessions are remembered.
const SESSIONS_MAX: usize = 32;
/// A PBX whose clock is further ahead than this is believed no further.
const CLOCK_AHEAD_MAX_US: i64 = 3_600_000_000;

/// What becomes of the collector's next look at the whole PBX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// None is expected.
    #[default]
    None,
    /// It is used.
    Use,
    /// Another collector heard everything: it is not needed.
    Drop,
    /// It has begun, and is not needed.
    Dropping,
}

impl Look {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::None, Self::Use, Self::Drop, Self::Dropping];

    /// As a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Use => "use",
            Self::Drop => "drop",
            Self::Dropping => "dropping",
        }
    }

    pub(super) const fn is_dropped(self) -> bool {
        matches!(self, Self::Drop | Self::Dropping)
    }
}

/// An event that waits until it is known whether another collector heard what this one missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Held {
    pub number: u64,
    pub event: Event,
    pub bytes: Vec<u8>,
}

/// One collector: one stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ear {
    /// Its stream.
    pub stream: u64,
    /// Its newest word, µs UTC by its own clock.
    pub heard_us: i64,
    /// Its next look.
    pub look: Look,
    /// When it heard, oldest first.
    pub sessions: Vec<Session>,
    /// What waits; the first is a gap, or its first word ever. Kept apart.
    pub(super) queue: VecDeque<Held>,
}

impl Ear {
    pub(super) fn new(stream: u64) -> Self {
        Self { stream, heard_us: i64::MIN, ..Self::default() }
    }

    /// As it was kept.
    #[must_use]
    pub fn known(stream: u64, heard_us: i64, look: Look, sessions: Vec<Session>) -> Self {
        Self { stream, heard_us, look, sessions, queue: VecDeque::new() }
    }

    /// Without what waits.
    pub(super) fn record(&self) -> Self {
        let Self { stream, heard_us, look, sessions, queue: _ } = self;
        Self::known(*stream, *heard_us, *look, sessions.clone())
    }

    pub(super) fn waits(&self) -> bool {
        !self.queue.is_empty()
    }

    pub(super) fn is_alive(&self, now_us: i64) -> bool {
        self.heard_us >= now_us.saturating_sub(PATIENCE_US)
    }

    /// A new session.
    pub(super) fn open(&mut self, from_us: i64) {
        self.sessions.push(Session::new(from_us));
        if self.sessions.len() > SESSIONS_MAX {
            self.sessions.remove(0);
        }
    }

    /// It said something.
    pub(super) fn touch(&mut self, received_us: i64) {
        if let Some(session) = self.sessions.last_mut() {
            session.to_us = session.to_us.max(received_us);
        }
    }

    /// Its newest word while no other collector is there.
    pub(super) fn tell_alone(&mut self, event: &Event) {
        if let Body::Gap { to_us, .. } = event.body {
            self.open(to_us);
            return;
        }
        if self.sessions.is_empty() {
            self.open(event.received_us);
        }
        self.touch(event.received_us);
        match event.body {
            Body::SnapshotStarted => self.look = Look::Use,
            Body::SnapshotEnded => self.look = Look::None,
            // Of the look, by the collector's clock.
            Body::MemberState { .. } if self.look == Look::Use => {}
            _ if is_own(&event.body) => {}
            _ => {
                let (session, at_us) = self.session_of(event);
                session.tell_alone(at_us);
            }
        }
    }

    /// The session that an event of the PBX belongs to, and its time as far as that can be believed: another one begins when the PBX's
    /// clock is set back.
    fn session_of(&mut self, event: &Event) -> (&mut Session, i64) {
        let at_us = event.at_us.min(event.received_us.saturating_add(CLOCK_AHEAD_MAX_US));
        let peak_us = self.sessions.iter().map(Session::peak_us).max().unwrap_or(i64::MIN);
        let stepped_us = |session: &Session| match session.told {
            Some((_, newest_us)) => at_us < newest_us - EDGE_US,
            None => at_us < peak_us.saturating_sub(EDGE_US),
        };
        let is_stepped = self.sessions.last().is_some_and(stepped_us);
        if is_stepped || self.sessions.is_empty() {
            // It heard all the time.
            self.touch(event.received_us);
            self.open(event.received_us);
        }
        let session = self.current();
        if is_stepped {
            session.set_back_us = Some(peak_us);
        }
        (session, at_us)
    }

    fn current(&mut self) -> &mut Session {
        if self.sessions.is_empty() {
            self.sessions.push(Session::default());
        }
        let last = self.sessions.len() - 1;
        &mut self.sessions[last]
    }

    /// The event's time as far as it can be believed, and whether the PBX's clock was set back before.
    pub(super) fn place(&mut self, event: &Event) -> (i64, bool) {
        let (session, at_us) = self.session_of(event);
        (at_us, session.is_set_back(at_us))
    }

    pub(super) fn tell(&mut self, at_us: i64, id: Option<u64>) {
        self.current().tell(at_us, id);
    }

    /// How often it told the event with this id.
    pub(super) fn count(&self, id: u64) -> usize {
        self.sessions.iter().map(|session| session.count(id)).sum()
    }

    /// Whether the time alone says that it told this event.
    pub(super) fn covers(&self, at_us: i64, received_us: i64, is_set_back: bool) -> bool {
        let comparable = |session: &&Session| !is_set_back || session.is_set_back(at_us);
        self.sessions.iter().filter(comparable).any(|session| session.covers(at_us, received_us))
    }
}

/// Something that the collector knows by itself: no other collector can have told it.
pub(in super::super) const fn is_own(body: &Body) -> bool {
    matches!(
        body,
        Body::Gap { .. }
            | Body::Heartbeat
            | Body::PbxStarted
            | Body::SnapshotStarted
            | Body::LegSeen { .. }
            | Body::QueueCallerSeen { .. }
            | Body::SnapshotEnded
    )
}
