//! Commits on their own thread, as `crates/kafka/src/committer.rs` makes them: one more actor of the process.

use crate::broker::group::Membership;
use crate::sabotage::Sabotage;
use crate::stage::Turn;
use crate::transactions::Transactions;
use pipeline::{Batch, CommitOutcome, Ended, Fault, FaultKind};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the loop and the thread that commits for it have between them.
#[derive(Clone, Default)]
pub struct Desk(Arc<Mutex<Papers>>);

#[derive(Default)]
struct Papers {
    to_do: VecDeque<(Batch, Option<Membership>)>,
    done: VecDeque<Ended>,
    /// So many were begun and have not ended.
    under_way: usize,
    /// The loop's life is over.
    closed: bool,
    /// The thread is gone.
    gone: bool,
}

impl Desk {
    fn papers(&self) -> MutexGuard<'_, Papers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, as this thread, until no commit is under way.
    pub fn wait(&self, turn: &Turn) {
        while self.is_busy() {
            turn.wait_for_call();
        }
    }

    /// Whether a commit is under way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let papers = self.papers();
        papers.under_way > 0 && !papers.gone
    }
}

/// A thread that commits one batch at a time.
pub struct Committer {
    turn: Turn,
    thread: usize,
    desk: Desk,
    sabotage: Option<Sabotage>,
}

impl Committer {
    /// Starts the thread.
    #[must_use]
    pub fn start(turn: &Turn, transactions: Transactions, sabotage: Option<Sabotage>) -> Self {
        let (desk, asker) = (Desk::default(), turn.thread());
        let its = desk.clone();
        let thread = turn.spawn("committing", move |turn| {
            let _gone = Gone { desk: its.clone(), turn: turn.clone(), asker };
            work(turn, transactions, &its, asker);
        });
        Self { turn: turn.clone(), thread, desk, sabotage }
    }

    /// For the member, who lets no partition go while a commit is under way.
    #[must_use]
    pub fn desk(&self) -> Desk {
        self.desk.clone()
    }

    /// See [`pipeline::Ledger::begin`].
    ///
    /// # Errors
    /// Another one is under way.
    pub fn begin(&mut self, batch: Batch, reading: Option<Membership>) -> Result<(), Fault> {
        if self.desk.is_busy() && self.sabotage != Some(Sabotage::GoesOnBeforeTheOutcome) {
            return Err(Fault::new(FaultKind::Internal, "committing", "the one before has not ended"));
        }
        let mut papers = self.desk.papers();
        papers.under_way += 1;
        papers.to_do.push_back((batch, reading));
        drop(papers);
        self.turn.call(self.thread);
        Ok(())
    }

    /// See [`pipeline::Ledger::ended`].
    pub fn ended(&mut self) -> Option<Ended> {
        let mut papers = self.desk.papers();
        if self.sabotage == Some(Sabotage::GoesOnBeforeTheOutcome) && papers.under_way > 0 {
            return Some(Ended { outcome: CommitOutcome::Committed, took: Duration::ZERO });
        }
        papers.done.pop_front()
    }

    /// See [`pipeline::Ledger::end`].
    pub fn end(&mut self) -> Ended {
        if self.sabotage != Some(Sabotage::GoesOnBeforeTheOutcome) {
            self.desk.wait(&self.turn);
        }
        self.ended().unwrap_or_else(|| {
            let fault = Fault::new(FaultKind::Internal, "committing", "none is under way");
            Ended { outcome: CommitOutcome::Unknown(fault), took: Duration::ZERO }
        })
    }
}

impl Drop for Committer {
    /// The thread ends what it is at, and this waits for it, unless the process was killed: then both end where they are.
    fn drop(&mut self) {
        self.desk.papers().closed = true;
        self.turn.call(self.thread);
        while !std::thread::panicking() && !self.desk.papers().gone {
            self.turn.wait_for_call();
        }
    }
}

/// Says so, however the thread ends.
struct Gone {
    desk: Desk,
    turn: Turn,
    asker: usize,
}

impl Drop for Gone {
    fn drop(&mut self) {
        self.desk.papers().gone = true;
        self.turn.call(self.asker);
    }
}

fn work(turn: &Turn, mut transactions: Transactions, desk: &Desk, asker: usize) {
    transactions.move_to(turn);
    loop {
        let (next, closed) = {
            let mut papers = desk.papers();
            (papers.to_do.pop_front(), papers.closed)
        };
        match next {
            Some((batch, reading)) => {
                let began_us = turn.at_once(|world| world.now);
                let outcome = transactions.commit(&batch, reading.as_ref());
                let took = Duration::from_micros(turn.at_once(|world| world.now) - began_us);
                let mut papers = desk.papers();
                papers.under_way -= 1;
                papers.done.push_back(Ended { outcome, took });
                drop(papers);
                turn.call(asker);
            }
            None if closed => return,
            None => turn.wait_for_call(),
        }
    }
}
