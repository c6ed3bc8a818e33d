//! Callers who call again, who are called back, and who are not.
//!
//! An outside caller is known by pseudonyms alone, one for each key in force: two calls are of the same caller when they
//! share one. Calls are looked at in the order of their arrival, and kept no longer than the longest span here: so long do
//! open losses wait. The same definitions stand in SQL: `repeat_calls`, `recoveries`, `lost_callers_open`.

use call::{Call, Direction, LostStage, Outcome, Party, Pseudonym, Text};
use std::collections::{BTreeMap, HashMap};

/// A call within so long after the one before, by the same caller, is about the same errand.
pub const SAME_ERRAND_US: i64 = 24 * 3_600_000_000;
/// A redial within so long after a lost call that is answered recovers it.
pub const RECOVERY_US: i64 = 15 * 60_000_000;
/// A lost caller stays on the open list for so long: over a week-end and some holidays.
pub const OPEN_US: i64 = 7 * 24 * 3_600_000_000;

/// What this needs of a call.
#[derive(Debug, Clone)]
struct Visit {
    arrived_us: i64,
    ended_us: i64,
    /// The outside party: of an outgoing call the one called.
    party: Vec<Pseudonym>,
    direction: Direction,
    outcome: Outcome,
    dialled: Text,
    unit: Option<Text>,
    stage: Option<LostStage>,
}

type Key = (i64, Text);

/// Counts of one unit, or of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repeats {
    /// External calls whose caller is known.
    pub calls: i64,
    /// Those that came within 24 h after another one of the same caller.
    pub repeat_calls: i64,
    /// Of `repeat_calls`, those whose call before was lost.
    pub after_lost: i64,
    /// Lost external calls whose caller is known.
    pub lost: i64,
    /// Of `lost`, those whose caller was next spoken to in a redial of their own within 15 min.
    pub recovered: i64,
    /// How long it took until that redial, together, µs.
    pub recovery_sum_us: i64,
    /// Lost external calls of callers who show no number: nobody can call them back.
    pub lost_without_number: i64,
}

impl Repeats {
    /// Errands: calls without those that repeat one.
    #[must_use]
    pub const fn episodes(&self) -> i64 {
        self.calls - self.repeat_calls
    }

    /// Another unit's counts added.
    pub const fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.repeat_calls += other.repeat_calls;
        self.after_lost += other.after_lost;
        self.lost += other.lost;
        self.recovered += other.recovered;
        self.recovery_sum_us += other.recovery_sum_us;
        self.lost_without_number += other.lost_without_number;
    }
}

/// A lost caller whom nobody has spoken to since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCaller {
    /// The pseudonym of the newest key.
    pub caller: Text,
    /// Lost calls since somebody last spoke to them.
    pub lost_calls: u32,
    /// Arrival of the first of these, µs UTC.
    pub first_lost_us: i64,
    /// Arrival of the last of these, µs UTC.
    pub last_lost_us: i64,
    /// What the last one dialled.
    pub dialled: Text,
    /// The unit that it counts for.
    pub unit: Option<Text>,
    /// Where it was lost.
    pub lost_stage: Option<LostStage>,
    /// How long it had waited, µs.
    pub waited_us: i64,
}

#[derive(Debug, Clone, Copy)]
struct Before {
    arrived_us: i64,
    is_lost: bool,
}

/// The callers as calls are told, in any order.
#[derive(Debug, Default)]
pub struct Episodes {
    waiting: BTreeMap<Key, Visit>,
    before: HashMap<Pseudonym, Before>,
    swept_us: i64,
    open: BTreeMap<Key, Visit>,
    open_of: HashMap<Pseudonym, Vec<Key>>,
    newest_us: Option<i64>,
    counts: BTreeMap<Option<Text>, Repeats>,
}

impl Episodes {
    /// Takes the last version of a call. One that was merged into another is left out.
    pub fn add(&mut self, call: &Call) {
        if call.merged_into.is_some() {
            return;
        }
        self.newest_us = self.newest_us.max(Some(call.arrived_us));
        let party = match (call.direction, &call.caller, &call.dialled) {
            (Direction::External, Party::Outside(party), _) => party,
            (Direction::Outgoing, _, Party::Outside(party)) if call.outcome == Outcome::Answered => party,
            (Direction::External, ..) if call.outcome.is_lost() => {
                self.counts.entry(call.unit.clone()).or_default().lost_without_number += 1;
                return;
            }
            _ => return,
        };
        let visit = Visit {
            arrived_us: call.arrived_us,
            ended_us: call.ended_us.unwrap_or(call.arrived_us),
            party: party.clone(),
            direction: call.direction,
            outcome: call.outcome,
            dialled: call.dialled.to_string().into(),
            unit: call.unit.clone(),
            stage: call.lost_stage,
        };
        self.waiting.insert((call.arrived_us, call.call_id.clone()), visit);
    }

    /// No call that arrived before this moment will be added any more.
    pub fn advance(&mut self, before_us: i64) {
        while let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 < before_us) {
            let (key, visit) = first.remove_entry();
            self.take(key, visit);
        }
    }

    /// Every call was added.
    pub fn finish(&mut self) {
        self.advance(i64::MAX);
        if let Some(newest_us) = self.newest_us {
            self.expire(newest_us.saturating_sub(OPEN_US));
        }
    }

    /// Counts by unit; the site is their sum.
    #[must_use]
    pub const fn by_unit(&self) -> &BTreeMap<Option<Text>, Repeats> {
        &self.counts
    }

    /// Counts of all.
    #[must_use]
    pub fn whole(&self) -> Repeats {
        let mut whole = Repeats::default();
        self.counts.values().for_each(|counts| whole.add(counts));
        whole
    }

    /// Lost callers who were neither called back nor answered since, within a week of the newest call; the one who was lost
    /// last comes first.
    #[must_use]
    pub fn open_callers(&self) -> Vec<OpenCaller> {
        self.open.iter().rev().filter_map(|(key, loss)| self.open_caller(key, loss)).collect()
    }

    /// None if the caller was lost later, too: that call stands for both.
    fn open_caller(&self, key: &Key, last: &Visit) -> Option<OpenCaller> {
        let mut keys: Vec<&Key> = last.party.iter().filter_map(|p| self.open_of.get(p)).flatten().collect();
        keys.sort_unstable();
        keys.dedup();
        let (first, newest) = (keys.first()?, keys.last()?);
        (*newest == key).then(|| OpenCaller {
            caller: last.party.first().map(Pseudonym::to_string).unwrap_or_default().into(),
            lost_calls: u32::try_from(keys.len()).unwrap_or(u32::MAX),
            first_lost_us: first.0,
            last_lost_us: last.arrived_us,
            dialled: last.dialled.clone(),
            unit: last.unit.clone(),
            lost_stage: last.stage,
            waited_us: last.ended_us - last.arrived_us,
        })
    }

    fn take(&mut self, key: Key, visit: Visit) {
        self.expire(visit.arrived_us.saturating_sub(OPEN_US));
        if visit.outcome == Outcome::Answered {
            self.close(&visit);
        }
        if visit.direction != Direction::External {
            return;
        }
        let is_lost = visit.outcome.is_lost();
        let before =
            visit.party.iter().filter_map(|p| self.before.get(p)).max_by_key(|b| b.arrived_us).copied();
        let before = before.filter(|before| visit.arrived_us - before.arrived_us < SAME_ERRAND_US);
        let counts = self.counts.entry(visit.unit.clone()).or_default();
        counts.calls += 1;
        counts.repeat_calls += i64::from(before.is_some());
        counts.after_lost += i64::from(before.is_some_and(|before| before.is_lost));
        counts.lost += i64::from(is_lost);
        let now = Before { arrived_us: visit.arrived_us, is_lost };
        self.before.extend(visit.party.iter().map(|pseudonym| (*pseudonym, now)));
        self.sweep(visit.arrived_us);
        if is_lost {
            for pseudonym in &visit.party {
                self.open_of.entry(*pseudonym).or_default().push(key.clone());
            }
            self.open.insert(key, visit);
        }
    }

    /// Somebody spoke to this party: what it had lost before is settled.
    fn close(&mut self, answered: &Visit) {
        let mut keys: Vec<Key> =
            answered.party.iter().filter_map(|p| self.open_of.get(p)).flatten().cloned().collect();
        keys.retain(|(arrived_us, _)| *arrived_us < answered.arrived_us);
        for key in keys {
            let Some(lost) = self.remove(&key) else { continue };
            let after_us = answered.arrived_us - lost.ended_us;
            if answered.direction == Direction::External && after_us < RECOVERY_US {
                let counts = self.counts.entry(lost.unit).or_default();
                counts.recovered += 1;
                counts.recovery_sum_us += after_us.max(0);
            }
        }
    }

    fn remove(&mut self, key: &Key) -> Option<Visit> {
        let lost = self.open.remove(key)?;
        for pseudonym in &lost.party {
            if let Some(keys) = self.open_of.get_mut(pseudonym) {
                keys.retain(|known| known != key);
                if keys.is_empty() {
                    self.open_of.remove(pseudonym);
                }
            }
        }
        Some(lost)
    }

    fn expire(&mut self, before_us: i64) {
        while let Some(key) =
            self.open.first_key_value().map(|(key, _)| key.clone()).filter(|k| k.0 < before_us)
        {
            self.remove(&key);
        }
    }

    /// Once a day those who cannot be repeated any more are forgotten.
    fn sweep(&mut self, now_us: i64) {
        if now_us - self.swept_us >= SAME_ERRAND_US {
            self.before.retain(|_, before| now_us - before.arrived_us < SAME_ERRAND_US);
            self.swept_us = now_us;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL_EVERY_US: i64 = 600_000_000;
    const PER_DAY: usize = 144;

    /// A new caller every ten minutes for two months, each lost.
    #[test]
    fn what_cannot_be_needed_any_more_is_not_kept() {
        let mut episodes = Episodes::default();
        for n in 0..60 * PER_DAY as i64 {
            let mut call = Call::unknown("town");
            call.call_id = n.to_string().into();
            (call.direction, call.outcome) = (Direction::External, Outcome::Abandoned);
            call.arrived_us = n * CALL_EVERY_US;
            call.ended_us = Some(call.arrived_us + 1);
            call.caller = Party::Outside(vec![Pseudonym { epoch: 1, value: n as u128 }]);
            episodes.add(&call);
            episodes.advance(call.arrived_us);
        }
        assert!(episodes.waiting.len() < 3);
        assert!(episodes.before.len() <= 2 * PER_DAY + 1, "{}", episodes.before.len());
        assert!(episodes.open.len() <= 7 * PER_DAY + 1, "{}", episodes.open.len());
        assert_eq!(episodes.open.len(), episodes.open_of.len());
        episodes.finish();
        assert_eq!(episodes.open_callers().len(), 7 * PER_DAY + 1);
        assert_eq!(episodes.whole().calls, 60 * PER_DAY as i64);
    }
}
