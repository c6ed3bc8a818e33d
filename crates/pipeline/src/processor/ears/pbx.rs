//! The collectors at one PBX.

use super::ear::{Ear, Look, is_own};
use super::{Heard, Received, Store, Verdict, id_of};
use call::{Body, Event, SourceKind, Text};

/// Clocks of two collectors may differ by so much.
const CLOCKS_DIFFER_US: i64 = 5_000_000;
/// So many collectors are remembered, and for so long.
const EARS_MAX: usize = 16;
const REMEMBER_US: i64 = 24 * 3_600_000_000;
/// So many gaps are remembered.
const GAPS_MAX: usize = 64;
/// So many events wait at most.
const HELD_MAX: usize = 20_000;

type Span = (i64, i64);

/// All that listen to one PBX in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PbxEars {
    /// The PBX node.
    pub node: Text,
    /// What they listen to.
    pub kind: SourceKind,
    /// Gaps that were told.
    pub gaps: Vec<Span>,
    /// Each collector.
    pub ears: Vec<Ear>,
}

impl PbxEars {
    pub(super) fn new(node: Text, kind: SourceKind) -> Self {
        Self { node, kind, gaps: Vec::new(), ears: Vec::new() }
    }

    pub(super) fn record(&self) -> Self {
        let ears = self.ears.iter().map(Ear::record).collect();
        Self { node: self.node.clone(), kind: self.kind, gaps: self.gaps.clone(), ears }
    }

    pub(super) fn restore(&mut self, held: super::Held) {
        let stream = held.event.origin.stream;
        if let Some(ear) = self.ears.iter_mut().find(|ear| ear.stream == stream) {
            ear.queue.push_back(held);
        }
    }

    pub(super) fn counts(&self) -> (usize, usize) {
        let now_us = self.now_us();
        let heard = self.ears.iter().filter(|ear| ear.is_alive(now_us)).count();
        (heard, self.ears.len() - heard)
    }

    pub(super) fn hear(&mut self, event: &Event, bytes: &[u8], store: &mut Store) -> Heard {
        let stream = event.origin.stream;
        let known = self.ears.iter().position(|ear| ear.stream == stream);
        let Some(at) = known.or_else(|| self.come(event)) else { return Verdict::Use.into() };
        self.ears[at].heard_us = self.ears[at].heard_us.max(event.received_us);
        if self.ears.len() == 1 && !self.ears[at].waits() {
            if let Body::Gap { from_us, to_us, .. } = event.body {
                self.forget();
                self.note_gap((from_us, to_us));
            }
            self.ears[at].tell_alone(event);
            return Verdict::Use.into();
        }
        if event.body == Body::Heartbeat {
            self.forget();
        }
        let Some(at) = self.ears.iter().position(|ear| ear.stream == stream) else {
            return Verdict::Use.into();
        };
        self.hear_one_of_many(at, event, bytes, store)
    }

    /// A collector that was not there before. One whose first word is on a full spool says nothing of this PBX.
    fn come(&mut self, event: &Event) -> Option<usize> {
        if event.origin.kind == SourceKind::Collector {
            return None;
        }
        self.forget();
        if self.ears.len() >= EARS_MAX {
            let oldest = (0..self.ears.len()).filter(|at| !self.ears[*at].waits());
            if let Some(oldest) = oldest.min_by_key(|at| self.ears[*at].heard_us) {
                self.ears.remove(oldest);
            }
        }
        self.ears.push(Ear::new(event.origin.stream));
        Some(self.ears.len() - 1)
    }

    fn forget(&mut self) {
        let oldest_us = self.now_us().saturating_sub(REMEMBER_US);
        self.ears.retain(|ear| ear.heard_us >= oldest_us || ear.waits());
        for ear in &mut self.ears {
            let newest = ear.sessions.len().saturating_sub(1);
            let mut place = 0..;
            ear.sessions.retain(|session| place.next() == Some(newest) || session.to_us >= oldest_us);
        }
        self.gaps.retain(|(_, to_us)| *to_us >= oldest_us);
    }

    fn hear_one_of_many(&mut self, at: usize, event: &Event, bytes: &[u8], store: &mut Store) -> Heard {
        let mut heard = Heard::from(Verdict::Held);
        if self.ears[at].waits() {
            if event.body == Body::Heartbeat {
                heard.verdict = Verdict::Repeated;
            } else {
                let held = store.hold(event, bytes);
                self.ears[at].queue.push_back(held);
            }
        } else if self.is_new(at, &event.body) {
            self.settle(Some(at), store, &mut heard.before);
            if self.may_wait(at) {
                let held = store.hold(event, bytes);
                self.ears[at].queue.push_back(held);
            } else {
                let missed = self.missed(event);
                heard.verdict = self.begin(at, event, bytes, &missed, &mut heard.after);
            }
        } else {
            heard.verdict = self.judge(at, event);
        }
        self.settle(None, store, &mut heard.after);
        heard
    }

    /// What it says from here on it says after a silence. Of a log file only a gap is one.
    fn is_new(&self, at: usize, body: &Body) -> bool {
        let is_first = self.kind == SourceKind::AsteriskAmi && self.ears[at].sessions.is_empty();
        is_first || matches!(body, Body::Gap { .. })
    }

    fn now_us(&self) -> i64 {
        self.ears.iter().map(|ear| ear.heard_us).max().unwrap_or(i64::MIN)
    }

    /// Others that hear, and will go on to tell what they hear.
    fn others(&self, at: usize) -> impl Iterator<Item = (usize, &Ear)> {
        let now_us = self.now_us();
        let is_other =
            move |(place, ear): &(usize, &Ear)| *place != at && !ear.waits() && ear.is_alive(now_us);
        self.ears.iter().enumerate().filter(is_other)
    }

    fn may_wait(&self, at: usize) -> bool {
        self.others(at).next().is_some()
    }

    /// Lets go on whoever has waited long enough. `silent`: who does not say what it hears for now.
    fn settle(&mut self, silent: Option<usize>, store: &mut Store, out: &mut Vec<Received>) {
        while let Some((at, missed)) =
            (0..self.ears.len()).find_map(|at| Some((at, self.decided(at, silent)?)))
        {
            self.release(at, &missed, store, out);
        }
    }

    /// What nobody heard of the silence before this collector's first word that waits, once that is known.
    fn decided(&self, at: usize, silent: Option<usize>) -> Option<Vec<Span>> {
        let ear = &self.ears[at];
        let missed = self.missed(&ear.queue.front()?.event);
        let (_, until_us) = silence(&ear.queue.front()?.event);
        let past_us = until_us.saturating_add(CLOCKS_DIFFER_US);
        let from_us = missed.first().map_or(until_us, |(from_us, _)| *from_us);
        let others = self.others(at).filter(|(place, _)| Some(*place) != silent);
        let sessions = others.filter_map(|(_, other)| other.sessions.last());
        // Whoever has heard since before the moment that is in question knows, or will know.
        let (mut is_known, mut will_know) = (false, false);
        for session in sessions.filter(|session| session.from_us <= from_us) {
            is_known |= session.to_us >= past_us;
            will_know |= session.to_us < past_us;
        }
        (is_known || !will_know || ear.queue.len() >= HELD_MAX).then_some(missed)
    }

    /// The parts of the silence before this event that nobody heard and nobody has told of. The collector itself may have heard longer
    /// than it had written down when it was killed: what it told shows it.
    fn missed(&self, event: &Event) -> Vec<Span> {
        let (from_us, to_us) = silence(event);
        let sessions = self.ears.iter().flat_map(|ear| &ear.sessions);
        let heard = sessions.map(|session| (session.from_us, session.to_us));
        let known: Vec<Span> = heard.chain(self.gaps.iter().copied()).collect();
        if from_us >= to_us {
            let is_known = known.iter().any(|(from, to)| *from <= to_us && to_us <= *to);
            return if is_known { Vec::new() } else { vec![(from_us, to_us)] };
        }
        let mut missed = vec![(from_us, to_us)];
        for (known_from, known_to) in known {
            let cut = |(from, to): Span| [(from, to.min(known_from)), (from.max(known_to), to)];
            missed = missed.into_iter().flat_map(cut).filter(|(from, to)| from < to).collect();
        }
        missed.sort_unstable();
        missed
    }

    fn release(&mut self, at: usize, missed: &[Span], store: &mut Store, out: &mut Vec<Received>) {
        let mut queue = std::mem::take(&mut self.ears[at].queue);
        let mut is_first = true;
        while let Some(held) = queue.pop_front() {
            if !is_first && self.is_new(at, &held.event.body) {
                // The next one that decides whether what follows is needed.
                queue.push_front(held);
                self.ears[at].queue = queue;
                return;
            }
            let (event, bytes) = store.free(held);
            let verdict =
                if is_first { self.begin(at, &event, &bytes, missed, out) } else { self.judge(at, &event) };
            match verdict {
                Verdict::Use => out.push((event, bytes)),
                Verdict::Repeated => store.repeated += 1,
                Verdict::TooLate => store.too_late += 1,
                Verdict::Reshaped | Verdict::Held => {}
            }
            is_first = false;
        }
    }

    /// The first word after a silence, of which nobody heard these parts.
    fn begin(
        &mut self,
        at: usize,
        event: &Event,
        bytes: &[u8],
        missed: &[Span],
        out: &mut Vec<Received>,
    ) -> Verdict {
        let (_, from_us) = silence(event);
        // Whoever began to hear later has looked later, too: the older look would end what began in between.
        let mut others = self.ears.iter().enumerate().filter(|(place, _)| *place != at);
        let is_outdated = others.any(|(_, ear)| ear.sessions.iter().any(|session| session.from_us > from_us));
        let ear = &mut self.ears[at];
        ear.open(from_us);
        // No look follows a full spool.
        if event.origin.kind != SourceKind::Collector {
            ear.look = if missed.is_empty() || is_outdated { Look::Drop } else { Look::Use };
        }
        let Body::Gap { reason, lost, .. } = event.body else { return self.judge(at, event) };
        let mut lost = lost;
        for (from_us, to_us) in missed {
            let body = Body::Gap { from_us: *from_us, to_us: *to_us, reason, lost };
            out.push((Event { body, ..event.clone() }, bytes.to_vec()));
            self.note_gap((*from_us, *to_us));
            lost = 0;
        }
        if missed.is_empty() { Verdict::Repeated } else { Verdict::Reshaped }
    }

    pub(super) fn lose(&mut self, span: Span) {
        self.note_gap(span);
        self.ears.iter_mut().filter(|ear| !ear.sessions.is_empty()).for_each(|ear| ear.open(span.1));
    }

    fn note_gap(&mut self, gap: Span) {
        self.gaps.push(gap);
        let too_many = self.gaps.len().saturating_sub(GAPS_MAX);
        self.gaps.drain(..too_many);
    }

    fn judge(&mut self, at: usize, event: &Event) -> Verdict {
        let ear = &mut self.ears[at];
        if ear.sessions.is_empty() {
            ear.open(event.received_us);
        }
        ear.touch(event.received_us);
        let look = ear.look;
        match event.body {
            Body::SnapshotStarted if look == Look::Drop => ear.look = Look::Dropping,
            Body::SnapshotEnded => ear.look = Look::None,
            _ => {}
        }
        let is_needed = match event.body {
            Body::Heartbeat | Body::Gap { .. } => true,
            // Of the look, or the same of the PBX: whichever it is, it says how the member is.
            Body::MemberState { .. } if matches!(look, Look::Use | Look::Dropping) => look == Look::Use,
            _ if is_own(&event.body) => !look.is_dropped(),
            _ => return self.compare(at, event),
        };
        if is_needed { Verdict::Use } else { Verdict::Repeated }
    }

    /// Whether another collector has told this event of the PBX.
    fn compare(&mut self, at: usize, event: &Event) -> Verdict {
        let id = id_of(event);
        let (at_us, is_set_back) = self.ears[at].place(event);
        let count = self.ears[at].count(id);
        let mut others = self.ears.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, ear)| ear);
        let is_known = others.clone().any(|other| other.count(id) > count);
        let is_covered = !is_known && others.any(|other| other.covers(at_us, event.received_us, is_set_back));
        let is_too_late = !is_known && !is_covered && !is_set_back && self.is_too_late(at, at_us, event);
        // Who was not the first to tell what was so long ago does not vouch for its id.
        self.ears[at].tell(at_us, (!is_covered && !is_too_late).then_some(id));
        match (is_known || is_covered, is_too_late) {
            (true, _) => Verdict::Repeated,
            (_, true) => Verdict::TooLate,
            _ => Verdict::Use,
        }
    }

    /// Another collector has told that nobody heard this, has looked at the PBX, and went on: what comes now of the time before would
    /// begin calls that are over.
    fn is_too_late(&self, at: usize, at_us: i64, event: &Event) -> bool {
        let others = self.ears.iter().enumerate().filter(|(place, _)| *place != at);
        let went_on = |to_us: i64| {
            others.clone().flat_map(|(_, ear)| &ear.sessions).any(|session| {
                session.from_us >= to_us && session.told.is_some_and(|(first_us, _)| at_us < first_us)
            })
        };
        let received_us = event.received_us;
        self.gaps.iter().any(|(from_us, to_us)| (*from_us..*to_us).contains(&received_us) && went_on(*to_us))
    }
}

/// From when to when a collector was silent before this event; its first word ever tells only the moment.
fn silence(event: &Event) -> Span {
    match event.body {
        Body::Gap { from_us, to_us, .. } => (from_us, to_us),
        _ => (event.received_us, event.received_us),
    }
}
