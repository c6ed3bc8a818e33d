//! The simulator catches something: code that is broken on purpose is found within a few seeds, by what it breaks.

use sim::{Options, Sabotage, run};

/// So many seeds are tried.
const SEEDS: u64 = 200;

/// The first seed that finds it.
fn first(sabotage: Sabotage, broken: &[&str]) -> anyhow::Result<Option<u64>> {
    for seed in 0..SEEDS {
        let outcome = run(&Options { sabotage: Some(sabotage), ..Options::new(seed) })?;
        if outcome.findings.iter().any(|(id, _)| broken.contains(id)) {
            return Ok(Some(seed));
        }
    }
    Ok(None)
}

#[track_caller]
fn check(sabotage: Sabotage, broken: &[&str]) {
    let first = first(sabotage, broken);
    assert!(matches!(first, Ok(Some(_))), "{sabotage:?} is not found by {SEEDS} seeds: {first:?}");
}

#[test]
fn a_fence_that_is_skipped_is_found() {
    check(Sabotage::SkipsTheFence, &["manifests_adjoin", "one_outcome", "same_answer"]);
}

#[test]
fn an_epoch_that_is_kept_is_found() {
    check(Sabotage::KeepsTheEpoch, &["manifests_adjoin", "one_outcome", "same_answer"]);
}

#[test]
fn a_state_that_is_read_too_early_is_found() {
    check(Sabotage::RestoresTooEarly, &["manifests_adjoin", "one_outcome", "same_answer"]);
}

#[test]
fn a_pending_range_that_is_forgotten_is_found() {
    check(Sabotage::ForgetsThePendingRange, &["rows_once"]);
}

#[test]
fn a_doubtful_mark_that_is_believed_is_found() {
    check(Sabotage::BelievesADoubtfulMark, &["rows_once", "all_is_done_in_the_end"]);
}

#[test]
fn a_commit_before_the_write_is_found() {
    check(Sabotage::CommitsBeforeItWrites, &["rows_once"]);
}

#[test]
fn a_forgotten_changelog_entry_is_found() {
    check(
        Sabotage::ForgetsAChangelogEntry,
        &["same_answer", "seen_by_a_processor", "all_is_done_in_the_end"],
    );
}

#[test]
fn a_manifest_that_is_not_written_is_found() {
    check(Sabotage::WritesNoManifest, &["manifests_adjoin"]);
}

#[test]
fn a_record_that_is_lost_where_another_comes_twice_is_found() {
    check(Sabotage::DoublesOneForAnother, &["manifests_adjoin"]);
}

#[test]
fn a_revision_that_is_counted_twice_is_found() {
    check(Sabotage::CountsARevisionTwice, &["same_answer", "figures_are_of_calls"]);
}

#[test]
fn a_timed_out_commit_that_is_trusted_is_found() {
    check(Sabotage::TrustsATimedOutCommit, &["manifests_adjoin", "same_answer"]);
}
