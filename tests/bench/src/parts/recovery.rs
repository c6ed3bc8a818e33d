//! How long the processor takes from its start until it has caught up, with many open calls in its state.

use crate::Size;
use crate::fill::Fill;
use crate::line::{Line, Lines};
use crate::open::Open;
use crate::seen::Reader;
use crate::story;
use crate::town::Town;
use pipeline::{Clock, SystemClock};
use std::time::{Duration, Instant};

const SITES: usize = 100;
const PARTITIONS: i32 = 4;
/// What came while it was away.
const MISSED: usize = 5_000;
const WITHIN: Duration = Duration::from_secs(600);

/// Kills it, lets some events come, starts it again.
///
/// # Errors
/// It does not come to its end.
pub fn measure(size: Size, lines: &mut Lines) -> anyhow::Result<()> {
    let open_calls = size.of(100_000, 1_000);
    let town = Town::start(SITES, PARTITIONS)?;
    let mut reader = Reader::of(&town, &town.topics(1).manifests())?;
    let mut opening = Open::new(SystemClock.now_us());
    let mut send = |calls: usize| -> anyhow::Result<u64> {
        let mut fill = Fill::new(&town, SITES)?;
        for number in 0..calls {
            let site = story::site_name(number % SITES);
            opening.call(&site).iter().try_for_each(|event| fill.send(event))?;
        }
        fill.finish()
    };
    let sent = send(open_calls)?;
    let mut processor = town.spawn("process", 1);
    reader.transactions(sent, WITHIN)?;
    let mut rounds = Vec::new();
    for _ in 0..size.rounds() {
        processor.kill();
        let missed = send(MISSED / Open::EVENTS)?;
        let began = Instant::now();
        processor = town.spawn("process", 1);
        reader.transactions(missed, WITHIN)?;
        rounds.push(began.elapsed().as_secs_f64());
    }
    processor.stop();
    lines.tell(Line::median("recovery_s", rounds, "s"))
}
