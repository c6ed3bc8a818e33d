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
