//! Commits on their own thread, so that their caller can go on: Kafka takes a tenth of a second for each, whatever is in it.

use crate::gate::{Gate, Shut};
use crate::member::Reading;
use pipeline::{Batch, CommitOutcome, Ended, Fault, FaultKind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

/// What writes a batch and tells how that ended.
pub(crate) type Write = dyn FnMut(&Batch, Option<&Reading>) -> CommitOutcome + Send;

/// A thread that commits one batch at a time. Dropped, it is waited for: what comes after it finds nothing under way.
pub(crate) struct Committer {
    tasks: Option<SyncSender<Task>>,
    ends: Receiver<Ended>,
    thread: Option<JoinHandle<()>>,
    is_busy: bool,
}

struct Task {
    batch: Batch,
    reading: Option<Arc<Reading>>,
    began: Instant,
    /// Opens when the outcome was sent, or the thread is gone.
    shut: Shut,
}

const DOING: &str = "committing on a thread of its own";

impl Committer {
    /// Starts the thread, which takes what it writes with and drops it when it ends.
    ///
    /// # Errors
    /// `Unavailable`: the system gives no thread.
    pub fn start(write: Box<Write>) -> Result<Self, Fault> {
        let (tasks, to_do) = sync_channel(1);
        let (done, ends) = sync_channel(1);
        let work = move || work(write, &to_do, &done);
        let thread = std::thread::Builder::new().name("commits".into()).spawn(work);
        let thread = thread.map_err(|error| Fault::new(FaultKind::Unavailable, DOING, error))?;
        Ok(Self { tasks: Some(tasks), ends, thread: Some(thread), is_busy: false })
    }

    /// See [`pipeline::Ledger::begin`]; `gate` is shut until it ends.
    pub fn begin(&mut self, batch: Batch, reading: Option<Arc<Reading>>, gate: &Gate) -> Result<(), Fault> {
        if self.is_busy {
            return Err(Fault::new(FaultKind::Internal, DOING, "the one before has not ended"));
        }
        let task = Task { batch, reading, began: Instant::now(), shut: gate.shut() };
        let sent = self.tasks.as_ref().map(|tasks| tasks.try_send(task));
        self.is_busy = matches!(sent, Some(Ok(())));
        if self.is_busy { Ok(()) } else { Err(gone()) }
    }

    /// See [`pipeline::Ledger::ended`].
    pub fn ended(&mut self) -> Option<Ended> {
        if !self.is_busy {
            return None;
        }
        let ended = match self.ends.try_recv() {
            Ok(ended) => ended,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => nobody_knows(gone()),
        };
        self.is_busy = false;
        Some(ended)
    }

    /// See [`pipeline::Ledger::end`].
    pub fn end(&mut self) -> Ended {
        if !std::mem::replace(&mut self.is_busy, false) {
            return nobody_knows(Fault::new(FaultKind::Internal, DOING, "none is under way"));
        }
        self.ends.recv().unwrap_or_else(|_| nobody_knows(gone()))
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the thread that commits has panicked; the state is read back from Kafka");
        }
    }
}

fn work(mut write: Box<Write>, to_do: &Receiver<Task>, done: &SyncSender<Ended>) {
    while let Ok(Task { batch, reading, began, shut }) = to_do.recv() {
        let outcome = write(&batch, reading.as_deref());
        // nobody hears it when the life is over
        let _ = done.try_send(Ended { outcome, took: began.elapsed() });
        drop(shut);
    }
}

fn gone() -> Fault {
    Fault::new(FaultKind::Internal, DOING, "its thread has panicked")
}

fn nobody_knows(fault: Fault) -> Ended {
    Ended { outcome: CommitOutcome::Unknown(fault), took: std::time::Duration::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    /// A writer that waits for a word before each end, and a thread for it.
    fn told() -> (std::sync::mpsc::Sender<CommitOutcome>, Committer) {
        let (say, hear) = channel();
        let write = move |_: &Batch, _: Option<&Reading>| hear.recv().unwrap();
        (say, Committer::start(Box::new(write)).unwrap())
    }

    fn kind(ended: Ended) -> Option<FaultKind> {
        match ended.outcome {
            CommitOutcome::Committed => None,
            CommitOutcome::Aborted(fault) | CommitOutcome::Unknown(fault) => Some(fault.kind),
        }
    }

    #[test]
    fn its_caller_goes_on_while_it_commits_and_the_gate_is_shut() {
        let (gate, (say, mut committer)) = (Gate::default(), told());
        committer.begin(Batch::default(), None, &gate).unwrap();
        assert!(committer.ended().is_none());
        assert!(!gate.wait(Duration::ZERO), "partitions could go");
        let second = committer.begin(Batch::default(), None, &gate);
        assert_eq!(second.unwrap_err().kind, FaultKind::Internal, "never two at once");
        assert!(!gate.wait(Duration::ZERO), "the one under way still is");
        say.send(CommitOutcome::Committed).unwrap();
        assert_eq!(kind(committer.end()), None);
        assert!(gate.wait(Duration::from_secs(60)));
        assert!(committer.ended().is_none(), "told once");
        committer.begin(Batch::default(), None, &gate).unwrap();
        say.send(CommitOutcome::Aborted(Fault::new(FaultKind::Unavailable, "test", "test"))).unwrap();
        assert_eq!(kind(committer.end()), Some(FaultKind::Unavailable));
    }

    #[test]
    fn a_panic_of_its_thread_is_a_fault_and_no_hang() {
        let gate = Gate::default();
        let mut committer = Committer::start(Box::new(|_, _| panic!("on purpose"))).unwrap();
        committer.begin(Batch::default(), None, &gate).unwrap();
        assert_eq!(kind(committer.end()), Some(FaultKind::Internal));
        assert!(gate.wait(Duration::from_secs(60)), "a rebalance would wait for it");
        assert_eq!(committer.begin(Batch::default(), None, &gate).unwrap_err().kind, FaultKind::Internal);
        assert!(gate.wait(Duration::ZERO));
    }

    #[test]
    fn to_wait_for_nothing_is_a_fault_and_no_hang() {
        let (_say, mut committer) = told();
        assert_eq!(kind(committer.end()), Some(FaultKind::Internal));
    }

    #[test]
    fn dropped_it_is_waited_for() {
        let (gate, (say, mut committer)) = (Gate::default(), told());
        committer.begin(Batch::default(), None, &gate).unwrap();
        say.send(CommitOutcome::Committed).unwrap();
        drop(committer);
        assert!(say.send(CommitOutcome::Committed).is_err(), "what it wrote with is gone, too");
        assert!(gate.wait(Duration::ZERO));
    }
}
