//! The few faults that matter most, on real parts. The whole of it is `make chaos SEED=1`.

use chaos::Options;
use std::sync::Arc;

const SEED: u64 = 20_261_127;

#[test]
fn the_figures_hold_whatever_dies_freezes_or_is_cut_off() {
    let options = Options { seed: SEED, short: true, ..Options::default() };
    let outcome = chaos::run(&options, &Arc::default(), &|line| println!("{line}")).unwrap();
    assert_eq!((outcome.good, outcome.bad, outcome.skipped), (5, 0, 0));
}
