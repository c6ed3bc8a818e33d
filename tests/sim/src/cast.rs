//! Who plays which part now, and what becomes of a process that ended: the process manager.

use crate::parts::{Company, Part};
use crate::stage::End;
use crate::world::{SECOND, Seat, World};
use pipeline::Place;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A process that should run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The processor of this instance.
    Processor(u64),
    /// The sink's loop for a topic, of this instance.
    Sink(u64, Place),
}

/// What the stage is told to do.
#[derive(Debug, Clone, Copy)]
pub enum Order {
    /// Start a process.
    Start(Role),
    /// Kill an actor.
    Kill(usize),
    /// Give an actor no turn until then.
    Freeze(usize, u64),
    /// Whoever is frozen goes on.
    Thaw,
}

/// All processes.
#[derive(Default)]
pub struct Cast {
    /// For the stage.
    pub orders: Vec<Order>,
    /// What they are configured with.
    pub company: Option<Arc<Company>>,
    /// Every role.
    pub roles: Vec<Role>,
    current: BTreeMap<Role, usize>,
    alive: BTreeSet<usize>,
    stops: BTreeMap<usize, Arc<AtomicBool>>,
    seats: BTreeMap<usize, Seat>,
    cuts: BTreeMap<usize, u64>,
    closing: bool,
}

impl Cast {
    /// An actor takes a role; one that has it goes on beside it.
    pub fn enter(&mut self, role: Role, who: usize) -> (String, Option<Part>) {
        self.current.insert(role, who);
        self.alive.insert(who);
        let stop = Arc::new(AtomicBool::new(self.closing));
        self.stops.insert(who, stop.clone());
        let name = match role {
            Role::Processor(number) => format!("processor-{number} ({who})"),
            Role::Sink(number, place) => format!("sink-{number} of {place:?} ({who})"),
        };
        (name, self.company.clone().map(|company| Part { role, stop, company }))
    }

    /// Who plays a role.
    #[must_use]
    pub fn current(&self, role: Role) -> Option<usize> {
        self.current.get(&role).copied().filter(|who| self.alive.contains(who))
    }

    /// Who runs and should not: a later process has its name.
    #[must_use]
    pub fn replaced(&self) -> Vec<usize> {
        let current: BTreeSet<usize> = self.current.values().copied().collect();
        self.alive.difference(&current).copied().collect()
    }

    /// The actor is a member of a group.
    pub fn sit(&mut self, who: usize, seat: Seat) {
        self.seats.insert(who, seat);
    }

    /// It is none any more.
    pub fn rise(&mut self, who: usize) -> Option<Seat> {
        self.seats.remove(&who)
    }

    /// Its membership.
    #[must_use]
    pub fn seat(&self, who: usize) -> Option<Seat> {
        self.seats.get(&who).cloned()
    }

    /// Tells an actor to finish.
    pub fn stop(&self, who: usize) {
        if let Some(stop) = self.stops.get(&who) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Tells all to finish, and starts none any more.
    pub fn close(&mut self) {
        self.closing = true;
        self.stops.values().for_each(|stop| stop.store(true, Ordering::Relaxed));
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// Who is alive.
    #[must_use]
    pub fn alive(&self) -> Vec<usize> {
        self.alive.iter().copied().collect()
    }

    /// Nothing reaches the actor before then.
    pub fn cut(&mut self, who: usize, until: u64) {
        self.cuts.insert(who, until);
    }

    /// All are reached again.
    pub fn mend(&mut self) {
        self.cuts.clear();
    }

    /// Whether nothing reaches the actor now.
    #[must_use]
    pub fn is_cut(&self, who: usize, now: u64) -> bool {
        self.cuts.get(&who).is_some_and(|until| *until > now)
    }
}

impl World {
    /// An actor has ended; the process manager starts it again.
    pub fn left(&mut self, who: usize, role: Role, name: &str, end: End) {
        self.cast.alive.remove(&who);
        if let Some(seat) = self.cast.rise(who) {
            self.silence(seat);
        }
        match end {
            End::Killed => {}
            End::Itself(Ok(())) => self.tell(|| format!("{name} ends as it was told")),
            End::Itself(Err(why)) => {
                self.story.count("processes stopped by a fault");
                self.tell(|| format!("{name} stops: {why}"));
            }
            End::Panicked(words) => self.findings.push(("no_panic", format!("{name}: {words}"))),
        }
        if self.cast.current.get(&role) == Some(&who) && !self.cast.closing {
            let pause = self.rng.between(10_000, 3 * SECOND);
            self.later(pause, move |world| {
                if world.cast.current(role).is_none() && !world.cast.closing {
                    world.cast.orders.push(Order::Start(role));
                }
            });
        }
    }
}
