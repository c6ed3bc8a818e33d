//! A member of a group on the simulated broker: the input of processors and sinks, as `crates/kafka` gives it.

use crate::broker::group::{Committed, Membership, View};
use crate::broker::log::Body;
use crate::broker::{Refusal, Topic};
use crate::committer::Desk;
use crate::faults::Point;
use crate::net::{Failed, Line};
use crate::sabotage::Sabotage;
use crate::stage::Turn;
use crate::world::{SECOND, Seat, World};
use pipeline::{Delivery, Fault, FaultKind, Polled, Ranges, Source, Standing};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long one question may take, as in `crates/kafka`.
const REQUEST_TIMEOUT: u64 = 10 * SECOND;
/// A look at what was fetched already.
const LOOK: u64 = 20;
/// A process may sleep longer than it wanted; that nothing happens needs few turns then.
const OVERSLEEPS: u64 = 6;

/// A member of the group that reads a topic.
pub struct Member {
    line: Line,
    topic: Topic,
    instance: String,
    membership: Option<Membership>,
    positions: BTreeMap<i32, usize>,
    held: bool,
    /// Where commits of what it reads are under way.
    desk: Option<Desk>,
}

impl Member {
    /// Will join at its first look.
    #[must_use]
    pub fn new(turn: Turn, topic: Topic, instance: &str) -> Self {
        let (membership, positions, held, desk) = (None, BTreeMap::new(), false, None);
        Self { line: Line::new(turn), topic, instance: instance.into(), membership, positions, held, desk }
    }

    /// Lets no partition go while a commit is under way there.
    #[must_use]
    pub fn committing(mut self, desk: Desk) -> Self {
        self.desk = Some(desk);
        self
    }

    /// What a transaction must carry.
    #[must_use]
    pub fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    fn doing(&self) -> String {
        format!("reading topic {}", self.topic.name())
    }

    fn join(&mut self) {
        let (topic, instance) = (self.topic, self.instance.clone());
        let joined = self.line.request(Point::Join, REQUEST_TIMEOUT, move |world| {
            world.news.insert(topic);
            Ok(world.broker.group(topic).join(&instance))
        });
        let Ok(id) = joined else { return };
        let (seat, who) = (Seat { topic, instance: self.instance.clone(), id }, self.line.turn.who());
        self.line.turn.at_once(|world| world.cast.sit(who, seat));
        self.membership = Some(Membership { instance: self.instance.clone(), id, generation: 0 });
    }

    /// What the group says and then what the partitions hold; none: nothing.
    fn look(&mut self) -> Result<Option<Polled>, Refusal> {
        let Some(membership) = &mut self.membership else { return Ok(None) };
        let (topic, who) = (self.topic, self.line.turn.who());
        let (positions, held) = (&mut self.positions, self.held);
        let (polled, lets_go) = self.line.turn.after(LOOK, |world| {
            if world.cast.is_cut(who, world.now) {
                return Ok((None, false));
            }
            let polled = match world.broker.group(topic).look(membership)? {
                View::Rebalancing => {
                    positions.clear();
                    return Ok((Some(Polled::Assigned(Vec::new())), true));
                }
                View::Waiting => None,
                View::Assigned(generation, partitions) if generation != membership.generation => {
                    membership.generation = generation;
                    positions.clear();
                    Some(Polled::Assigned(partitions))
                }
                View::Assigned(..) if held => None,
                View::Assigned(..) => fetch(world, topic, positions),
            };
            Ok((polled, false))
        })?;
        if lets_go {
            self.let_go()?;
        }
        Ok(polled)
    }

    /// Gives the partitions back, when no commit is under way any more.
    fn let_go(&mut self) -> Result<(), Refusal> {
        self.keep_back();
        let (topic, Some(membership)) = (self.topic, &self.membership) else { return Ok(()) };
        self.line.turn.at_once(|world| {
            world.news.insert(topic);
            world.broker.group(topic).rejoin(membership)
        })
    }

    /// The process waits as long as a commit is under way, as the real member does when it is told of a rebalance.
    fn keep_back(&self) {
        let Some(desk) = self.desk.as_ref().filter(|desk| desk.is_busy()) else { return };
        if self.line.turn.at_once(|world| world.sabotage != Some(Sabotage::LetsGoWhileCommitting)) {
            self.line.turn.at_once(|world| world.story.count("partitions kept back for a commit"));
            desk.wait(&self.line.turn);
        }
    }

    fn mark(&mut self, point: Point, partition: i32, offset: i64, beside: String) -> Result<(), Fault> {
        let doing = format!("committing offset {offset} of {}/{partition}", self.topic.name());
        let Some(membership) = self.membership.clone() else {
            return Err(Failed::Refused(Refusal::UnknownMember).fault(&doing));
        };
        let topic = self.topic;
        let commit = move |world: &mut World| {
            world.broker.group(topic).commit(&membership, partition, (offset, beside.clone()))
        };
        self.line.request(point, REQUEST_TIMEOUT, commit).map_err(|failed| failed.fault(&doing))?;
        match self.line.errors {
            0 => Ok(()),
            _ if self.line.turn.at_once(|world| world.sabotage == Some(Sabotage::BelievesADoubtfulMark)) => {
                Ok(())
            }
            lost => {
                Err(Fault::new(FaultKind::OutcomeUnknown, doing, format!("{lost} connections were lost")))
            }
        }
    }

    fn stable(&mut self, partitions: &[i32]) -> Result<Vec<(i32, Option<Committed>)>, Fault> {
        let (topic, asked) = (self.topic, partitions.to_vec());
        let ask = move |world: &mut World| {
            let group = world.broker.group(topic);
            asked.iter().map(|partition| Ok((*partition, group.stable(*partition)?))).collect()
        };
        let doing = format!("reading the committed offsets of {}", self.topic.name());
        self.line.request(Point::Committed, REQUEST_TIMEOUT, ask).map_err(|failed| failed.fault(&doing))
    }
}

/// The next record of one of the partitions.
fn fetch(world: &mut World, topic: Topic, positions: &mut BTreeMap<i32, usize>) -> Option<Polled> {
    let started: Vec<i32> = positions.keys().copied().collect();
    let turn = usize::try_from(world.rng.between(0, started.len() as u64)).unwrap_or(0);
    for partition in started.iter().cycle().skip(turn).take(started.len()) {
        let position = positions.get_mut(partition)?;
        let log = world.broker.log(topic, *partition);
        let Some((offset, entry)) = log.next_committed(*position) else { continue };
        let Body::Data(_, value) = &entry.body else { continue };
        *position = offset + 1;
        let written_us = i64::try_from(entry.at).unwrap_or(i64::MAX);
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        return Some(Polled::Delivery(Delivery {
            partition: *partition,
            offset,
            written_us,
            value: value.clone(),
        }));
    }
    None
}

impl Source for Member {
    fn poll(&mut self, wait: Duration) -> Result<Polled, Fault> {
        if self.membership.is_none() {
            self.join();
        }
        for attempt in 0..2 {
            match self.look() {
                Ok(Some(polled)) => return Ok(polled),
                Ok(None) if attempt == 0 => {
                    let wait = u64::try_from(wait.as_micros()).unwrap_or(0).max(LOOK);
                    let longer = self.line.turn.at_once(|world| world.rng.between(1, OVERSLEEPS));
                    self.line.turn.idle(wait * longer, self.topic);
                }
                Ok(None) => {}
                Err(refusal @ Refusal::UnknownMember) => {
                    self.line.refused(refusal);
                    self.keep_back();
                    self.membership = None;
                    self.positions.clear();
                    self.line.turn.at_once(|world| world.cast.rise(self.line.turn.who()));
                    return Ok(Polled::Assigned(Vec::new()));
                }
                Err(refusal) => return Err(self.line.refused(refusal).fault(&self.doing())),
            }
        }
        Ok(Polled::Nothing)
    }

    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault> {
        let places = self.stable(partitions)?;
        Ok(places.into_iter().map(|(partition, place)| (partition, place.map(|(next, _)| next))).collect())
    }

    fn start(&mut self, from: &BTreeMap<i32, Option<i64>>) -> Result<(), Fault> {
        let index = |from: &Option<i64>| usize::try_from(from.unwrap_or(0)).unwrap_or(0);
        self.positions = from.iter().map(|(partition, from)| (*partition, index(from))).collect();
        Ok(())
    }

    fn lag(&mut self, _: &BTreeMap<i32, i64>) -> BTreeMap<i32, i64> {
        BTreeMap::new()
    }
}

impl Ranges for Member {
    fn topic_id(&self) -> Result<String, Fault> {
        Ok(format!("id-of-{}", self.topic.name()))
    }

    fn places(&mut self, partitions: &[i32]) -> Result<Vec<Standing>, Fault> {
        let place = |(partition, place): (i32, Option<Committed>)| Standing {
            partition,
            next: place.as_ref().map(|(next, _)| *next),
            pending_last: place.and_then(|(_, last)| last.parse().ok()),
        };
        Ok(self.stable(partitions)?.into_iter().map(place).collect())
    }

    fn mark_pending(&mut self, partition: i32, first: i64, last: i64) -> Result<(), Fault> {
        self.mark(Point::Pending, partition, first, last.to_string())
    }

    fn mark_done(&mut self, partition: i32, next: i64) -> Result<(), Fault> {
        self.mark(Point::Done, partition, next, String::new())
    }

    fn hold(&mut self, held: bool) -> Result<(), Fault> {
        self.held = held;
        Ok(())
    }
}

impl Drop for Member {
    /// A member of a lasting name does not leave: nothing is heard of it any more.
    fn drop(&mut self) {
        let who = self.line.turn.who();
        self.line.turn.at_once(|world| {
            if let Some(seat) = world.cast.rise(who) {
                world.silence(seat);
            }
        });
    }
}
