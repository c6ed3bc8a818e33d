//! Commits on their own thread, so that their caller can go on: Kafka takes a tenth of a second for each, whatever is in it.

use crate::gate::{Gate, Shut};
use crate::member::Reading;
use pipeline::{Batch, CommitOutcome, Ended, Fault, FaultKind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longer than all steps of a commit may take together. The library has been seen to lose a question to a broker that died, and to wait for
/// its answer for ever, whatever time it was given (`send_offsets_to_transaction`, confluentinc/librdkafka#5456 and #5511).
const ANSWERS_WITHIN: Duration = Duration::from_secs(75);

/// What writes a batch and tells how that ended.
pub(crate) type Write = dyn FnMut(&Batch, Option<&Reading>) -> CommitOutcome + Send;

/// A thread that commits one batch at a time. Dropped, it is waited for: what comes after it finds nothing under way. One that does not
/// answer in time is left behind: a new producer of the same name fences it, as after the end of a process.
pub(crate) struct Committer {
    tasks: Option<SyncSender<Task>>,
    ends: Receiver<Ended>,
    thread: Option<JoinHandle<()>>,
    /// Since when something is under way.
    busy_since: Option<Instant>,
    answers_within: Duration,
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
        let (tasks, thread) = (Some(tasks), Some(thread));
        Ok(Self { tasks, ends, thread, busy_since: None, answers_within: ANSWERS_WITHIN })
    }

    /// See [`pipeline::Ledger::begin`]; `gate` is shut until it ends.
    pub fn begin(&mut self, batch: Batch, reading: Option<Arc<Reading>>, gate: &Gate) -> Result<(), Fault> {
        if self.busy_since.is_some() {
            return Err(Fault::new(FaultKind::Internal, DOING, "the one before has not ended"));
        }
        let began = Instant::now();
        let task = Task { batch, reading, began, shut: gate.shut() };
        let sent = self.tasks.as_ref().map(|tasks| tasks.try_send(task));
        self.busy_since = matches!(sent, Some(Ok(()))).then_some(began);
        if self.busy_since.is_some() { Ok(()) } else { Err(gone()) }
    }

    /// See [`pipeline::Ledger::ended`].
    pub fn ended(&mut self) -> Option<Ended> {
        self.hear(Duration::ZERO)
    }

    /// See [`pipeline::Ledger::end`].
    pub fn end(&mut self) -> Ended {
        let none = || nobody_knows(Fault::new(FaultKind::Internal, DOING, "none is under way"));
        self.hear(self.answers_within).unwrap_or_else(none)
    }

    /// What became of the one under way, if it is told within this time; what is too late is told to be lost.
    fn hear(&mut self, wait: Duration) -> Option<Ended> {
        let left = self.answers_within.saturating_sub(self.busy_since?.elapsed());
        let ended = match self.ends.recv_timeout(wait.min(left)) {
            Ok(ended) => ended,
            Err(RecvTimeoutError::Timeout) if wait < left => return None,
            Err(RecvTimeoutError::Timeout) => {
                // It is not waited for when this is dropped.
                self.thread = None;
                nobody_knows(self.no_answer())
            }
            Err(RecvTimeoutError::Disconnected) => nobody_knows(gone()),
        };
        self.busy_since = None;
        Some(ended)
    }

    fn no_answer(&self) -> Fault {
        let detail = format!(
            "the client library has not answered within {:?}: the state is read back from Kafka, and a new producer takes the place of the old one",
            self.answers_within
        );
        Fault::new(FaultKind::OutcomeUnknown, DOING, detail)
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.tasks = None;
        let _ = self.hear(self.answers_within);
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
    fn what_gets_no_answer_is_a_fault_and_is_left_behind() {
        for is_asked in [true, false] {
            let (gate, (say, mut committer)) = (Gate::default(), told());
            committer.answers_within = Duration::from_millis(5);
            committer.begin(Batch::default(), None, &gate).unwrap();
            if is_asked {
                assert_eq!(kind(committer.end()), Some(FaultKind::OutcomeUnknown));
                assert!(committer.ended().is_none(), "told once");
            }
            drop(committer);
            assert!(!gate.wait(Duration::ZERO), "its thread has not ended");
            say.send(CommitOutcome::Committed).unwrap();
            assert!(gate.wait(Duration::from_secs(60)));
        }
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
