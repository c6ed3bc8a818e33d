//! A list of calls of a seed, as another system exports it: of the day before, in any order.

use fastrand::Rng;
use std::fmt::Write;
use std::path::Path;

/// 07:30 at the town's clock on the Sunday, half an hour before it opens.
const BEGIN_S: u64 = 1_763_274_600;
const HOURS: u64 = 10;
/// Numbers, where each leads, and who may answer there.
const DIALLED: &[(&str, &str, &str)] = &[
    ("0846500400", "vaxel", "9001"),
    ("0846500400", "vaxel", "9002"),
    ("0846500421", "grupp-socialforvaltningen", "2101"),
    ("0846500402", "", "2102"),
    ("0846500405", "", "3101"),
    ("0846500409", "vaxel", "9003"),
];

/// Writes so many calls.
pub fn write(seed: u64, calls: u64, file: &Path) {
    let mut random = Rng::with_seed(seed);
    let mut text = "Row,Call,Start,Answered,End,From,To,Queue,Agent,Result\n".to_owned();
    for number in 0..calls {
        let arrived_ms = (BEGIN_S + random.u64(..HOURS * 3600)) * 1000 + random.u64(..1000);
        let waited_ms = random.u64(1_000..90_000);
        let (at, waited) = (moment(arrived_ms), moment(arrived_ms + waited_ms));
        let (dialled, queue, agent) = DIALLED[random.usize(..DIALLED.len())];
        let ended = moment(arrived_ms + waited_ms + random.u64(2_000..300_000));
        let (answered, ended, agent, result) = match random.u32(..10) {
            0..6 => (&*waited, &*ended, agent, "answered"),
            6..9 => ("", &*waited, "", "abandoned"),
            _ => ("", &*waited, "", "overflow"),
        };
        let caller = format!("07017406{:02}", random.u32(5..99));
        writeln!(
            text,
            "{number}-1,list{number},{at},{answered},{ended},{caller},{dialled},{queue},{agent},{result}"
        )
        .unwrap();
    }
    std::fs::write(file, text).unwrap();
}

fn moment(ms: u64) -> String {
    jiff::Timestamp::from_millisecond(ms.cast_signed()).unwrap().to_string()
}
