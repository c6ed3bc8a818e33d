//! The simulator catches something: code that is broken on purpose is found within a few seeds, by what it breaks.

use sim::{Options, Point, Sabotage, Scripted, Trouble, run};

/// So many seeds are tried.
const SEEDS: u64 = 200;

/// The first seed that finds it, where these faults happen and no others; none: by chance.
fn first(sabotage: Sabotage, script: Option<&[Scripted]>, broken: &[&str]) -> anyhow::Result<Option<u64>> {
    for seed in 0..SEEDS {
        let script = script.map(<[Scripted]>::to_vec);
        let outcome = run(&Options { sabotage: Some(sabotage), script, ..Options::new(seed) })?;
        if outcome.findings.iter().any(|(id, _)| broken.contains(id)) {
            return Ok(Some(seed));
        }
    }
    Ok(None)
}

#[track_caller]
fn check(sabotage: Sabotage, broken: &[&str]) {
    check_with(sabotage, None, broken);
}

#[track_caller]
fn check_with(sabotage: Sabotage, script: Option<&[Scripted]>, broken: &[&str]) {
    let first = first(sabotage, script, broken);
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
    // Too rare by chance: a commit must arrive late, and in the middle of a later transaction.
    let late: Vec<_> =
        (1..500).map(|n| Scripted { point: Point::End, nth: n * 3, trouble: Trouble::Late }).collect();
    check_with(Sabotage::TrustsATimedOutCommit, Some(&late), &["manifests_adjoin", "same_answer"]);
}

#[test]
fn a_batch_that_is_sent_before_the_outcome_of_the_one_before_is_found() {
    check(Sabotage::GoesOnBeforeTheOutcome, &["manifests_adjoin", "one_outcome", "same_answer"]);
}

#[test]
fn partitions_that_are_let_go_while_a_commit_is_under_way_are_found() {
    check(Sabotage::LetsGoWhileCommitting, &["manifests_adjoin", "one_outcome", "same_answer"]);
}
