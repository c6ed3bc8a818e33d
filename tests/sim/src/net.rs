//! A client's requests: how they fail, and what the client library tries by itself.

use crate::broker::Refusal;
use crate::faults::{Point, Trouble};
use crate::stage::Turn;
use crate::world::{SECOND, World};
use pipeline::{Fault, FaultKind};

/// Why a request came to nothing, as far as the client knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// Nobody answered within the time allowed.
    TimedOut,
    /// It was answered so.
    Refused(Refusal),
}

impl Failed {
    /// In the words of the pipeline, as `crates/kafka` tells it.
    #[must_use]
    pub fn fault(self, doing: &str) -> Fault {
        let kind = match self {
            Self::TimedOut => FaultKind::Unreachable,
            Self::Refused(Refusal::Fenced | Refusal::FencedInstance) => FaultKind::Fenced,
            Self::Refused(_) => FaultKind::Unavailable,
        };
        Fault::new(kind, doing, format!("{self:?}"))
    }
}

/// One client's connection.
pub struct Line {
    /// Whose it is.
    pub turn: Turn,
    /// How often something was lost: what the real adapter's watch hears.
    pub errors: u64,
    /// The library asks again by itself.
    pub insists: bool,
}

/// What is to happen to a request.
struct Way {
    trouble: Option<Trouble>,
    is_cut: bool,
    there: u64,
    back: u64,
    /// How long a trouble lasts.
    long: u64,
}

impl Line {
    /// A connection of a client that asks again by itself.
    #[must_use]
    pub fn new(turn: Turn) -> Self {
        Self { turn, errors: 0, insists: true }
    }

    /// Asks for something, for at most `limit`.
    pub fn request<R: Send + 'static>(
        &mut self,
        point: Point,
        limit: u64,
        act: impl Fn(&mut World) -> Result<R, Refusal> + Clone + Send + 'static,
    ) -> Result<R, Failed> {
        let deadline = self.turn.at_once(|world| world.now) + limit;
        loop {
            let way = self.way(point);
            let answer = self.once(&way, deadline, act.clone());
            let refused = match answer {
                Some(Ok(answer)) => return Ok(answer),
                Some(Err(refusal @ (Refusal::Concurrent | Refusal::Unavailable))) => Some(refusal),
                Some(Err(refusal)) => return Err(self.refused(refusal)),
                None => {
                    self.errors += 1;
                    None
                }
            };
            let now = self.turn.after(way.back + 20_000, |world| world.now);
            if now >= deadline || !self.insists {
                return Err(refused.map_or(Failed::TimedOut, Failed::Refused));
            }
        }
    }

    /// Counts it.
    pub fn refused(&self, refusal: Refusal) -> Failed {
        let word = match refusal {
            Refusal::Fenced => "producers fenced",
            Refusal::FencedInstance => "instances fenced",
            Refusal::UnknownMember | Refusal::OldGeneration => "members of old generations refused",
            Refusal::NoTransaction | Refusal::Concurrent | Refusal::Unavailable => "refused otherwise",
        };
        self.turn.at_once(|world| world.story.count(word));
        Failed::Refused(refusal)
    }

    /// One attempt; none: the connection was lost.
    fn once<R: Send + 'static>(
        &self,
        way: &Way,
        deadline: u64,
        act: impl Fn(&mut World) -> Result<R, Refusal> + Send + 'static,
    ) -> Option<Result<R, Refusal>> {
        let turn = &self.turn;
        let lost = |after: u64| turn.after(after, |_| None);
        if way.is_cut {
            return lost(SECOND);
        }
        match way.trouble {
            Some(Trouble::KillBefore) => turn.die(),
            Some(Trouble::Freeze) => turn.freeze(way.long),
            Some(Trouble::Lost) => return lost(way.there),
            Some(Trouble::Away) => return Some(turn.after(way.there, |_| Err(Refusal::Unavailable))),
            Some(Trouble::Late) => {
                let later = move |world: &mut World| drop(act(world));
                turn.at_once(|world| world.later(way.long, later));
                return lost(way.there);
            }
            Some(Trouble::Slow) => {
                let now = turn.at_once(|world| world.now);
                if now + way.long >= deadline {
                    // the client gives up, the request does not
                    let later = move |world: &mut World| drop(act(world));
                    turn.at_once(|world| world.later(way.long, later));
                    return lost(deadline.saturating_sub(now));
                }
                return Some(turn.after(way.long, act));
            }
            Some(Trouble::AnswerLost | Trouble::KillAfter) | None => {}
        }
        let answer = turn.after(way.there, act);
        match way.trouble {
            Some(Trouble::KillAfter) => turn.die(),
            Some(Trouble::AnswerLost) => lost(way.back),
            _ => {
                turn.after(way.back, |_| ());
                Some(answer)
            }
        }
    }

    fn way(&self, point: Point) -> Way {
        let way = self.turn.at_once(|world| {
            let trouble = world.plan.next(point, &mut world.rng);
            if let Some(trouble) = trouble {
                world.story.count(trouble.word());
            }
            let rng = &mut world.rng;
            let (there, back) = (rng.between(200, 4_000), rng.between(200, 4_000));
            let long = match trouble {
                Some(Trouble::Slow) => rng.between(SECOND, 14 * SECOND),
                Some(Trouble::Late) => rng.between(50_000, 9 * SECOND),
                _ => rng.between(SECOND, 20 * SECOND),
            };
            Way { trouble, is_cut: world.cast.is_cut(self.turn.who(), world.now), there, back, long }
        });
        if let Some(trouble) = way.trouble {
            self.turn.tell(|| format!("{point:?}: {trouble:?}"));
        }
        way
    }
}
