//! What goes wrong, and when: by chance or by a script.

use crate::rng::Rng;
use std::collections::BTreeMap;

/// A request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// A producer asks for its epoch.
    Init,
    /// A transaction names its partitions.
    Add,
    /// Records are written.
    Produce,
    /// A transaction names its group.
    AddOffsets,
    /// Offsets are written in a transaction.
    Offsets,
    /// A transaction is committed.
    End,
    /// A transaction is aborted.
    Abort,
    /// A member joins its group.
    Join,
    /// A piece of a topic is read to restore a state.
    Restore,
    /// Committed offsets are asked for.
    Committed,
    /// A range is marked as being written.
    Pending,
    /// A range is marked as done.
    Done,
    /// A block is inserted.
    Insert,
    /// A block is looked for.
    Holds,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// It does not arrive; the connection is lost.
    Lost,
    /// It takes effect; the answer and the connection are lost.
    AnswerLost,
    /// The connection is lost, and the request arrives later.
    Late,
    /// It arrives, and is answered, only after a while.
    Slow,
    /// The other end answers that it cannot now.
    Away,
    /// The process is killed before it sends it.
    KillBefore,
    /// The process is killed before it hears the answer.
    KillAfter,
    /// The process gets no turn for a while, before it sends it.
    Freeze,
}

impl Trouble {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Lost,
        Self::AnswerLost,
        Self::Late,
        Self::Slow,
        Self::Away,
        Self::KillBefore,
        Self::KillAfter,
        Self::Freeze,
    ];

    /// What is counted.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lost => "requests lost",
            Self::AnswerLost => "answers lost",
            Self::Late => "requests late",
            Self::Slow => "requests slow",
            Self::Away => "coordinators away",
            Self::KillBefore => "kills before a request",
            Self::KillAfter => "kills before an answer",
            Self::Freeze => "processes frozen",
        }
    }
}

/// A trouble at the n-th request (from 1) of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Scripted {
    /// Which kind of request.
    pub point: Point,
    /// Which of them.
    pub nth: u64,
    /// What happens to it.
    pub trouble: Trouble,
}

/// When what goes wrong.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// So often in ten thousand requests.
    rates: BTreeMap<Trouble, u64>,
    script: Vec<Scripted>,
    counts: BTreeMap<Point, u64>,
    calm: bool,
}

impl Plan {
    /// Each seed has its own kinds of trouble: some bugs show only where most things go well.
    #[must_use]
    pub fn by_chance(rng: &mut Rng) -> Self {
        let mut rates = BTreeMap::new();
        for trouble in Trouble::ALL {
            if rng.happens(6_000) {
                rates.insert(trouble, rng.between(10, 150));
            }
        }
        Self { rates, ..Self::default() }
    }

    /// Nothing but this.
    #[must_use]
    pub fn scripted(script: &[Scripted]) -> Self {
        Self { script: script.to_vec(), ..Self::default() }
    }

    /// Nothing goes wrong any more.
    pub fn calm(&mut self) {
        self.calm = true;
    }

    /// What happens to the next request of a kind.
    pub fn next(&mut self, point: Point, rng: &mut Rng) -> Option<Trouble> {
        let count = self.counts.entry(point).or_default();
        *count += 1;
        let scripted = self.script.iter().find(|next| next.point == point && next.nth == *count);
        if let Some(next) = scripted {
            return Some(next.trouble);
        }
        if self.calm {
            return None;
        }
        self.rates.iter().find(|(_, rate)| rng.happens(**rate)).map(|(trouble, _)| *trouble)
    }
}
