//! Traffic of a seed: the recording's calls at other times, by other callers, faster and slower, and what may go wrong with them.

use crate::stories::stories;
use crate::template::{Line, Part, Template};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// 15:00 at the town's clock on a Monday, two hours before it closes; in the past: times to come would be taken for a wrong clock.
const BEGIN_US: i64 = 1_763_388_000_000_000;
const BETWEEN_CALLS_MEAN_US: f64 = 6_000_000.0;
/// How far a call's messages may be behind their time: the PBX's clock steps back.
const LATE_US: std::ops::Range<i64> = 360_000_000..1_200_000_000;

/// What is played, and how often each.
pub struct Plays {
    calls: Vec<Template>,
    members: Vec<Template>,
    stories: Vec<Template>,
    /// Sums of weights up to each call: short ones come more often, so that there are many calls for so many events.
    weights: Vec<f64>,
}

impl Plays {
    pub fn new((calls, mut members): (Vec<Template>, Vec<Template>)) -> Self {
        // A dialled code is hardly a call, and would be the shortest one.
        let (calls, codes): (Vec<_>, Vec<_>) = calls.into_iter().partition(|call| call.lines.len() >= 5);
        members.extend(codes);
        let weight = |sum: &mut f64, call: &Template| {
            *sum += (call.lines.len() as f64).powi(-2);
            Some(*sum)
        };
        let weights = calls.iter().scan(0.0, weight).collect();
        Self { calls, members, stories: stories(), weights }
    }

    fn call(&self, random: &mut Rng) -> &Template {
        let at = random.f64() * self.weights.last().unwrap();
        &self.calls[self.weights.partition_point(|sum| *sum < at).min(self.calls.len() - 1)]
    }
}

/// One town's PBX: writes what it says, in the order in which it says it.
struct Town<'a> {
    plays: &'a Plays,
    random: Rng,
    out: BufWriter<File>,
    /// By the time of writing.
    waiting: BTreeMap<(i64, u64), String>,
    written: u64,
    ids: u64,
}

/// So many calls into a file that `analyze` and the collector read. Gives how many messages that took.
pub fn write(plays: &Plays, seed: u64, calls: u64, file: &Path) -> u64 {
    let out = BufWriter::new(File::create(file).unwrap());
    let mut town =
        Town { plays, random: Rng::with_seed(seed), out, waiting: BTreeMap::new(), written: 0, ids: 0 };
    town.out.write_all(b"Asterisk Call Manager/11.0.0\r\n").unwrap();
    let mut now_us = BEGIN_US;
    for number in 0..calls {
        now_us += (-town.random.f64().max(1e-9).ln() * BETWEEN_CALLS_MEAN_US) as i64;
        town.write_before(now_us);
        town.calls(now_us);
        if number % 700 == 699 {
            town.put(now_us, now_us, "Event: Shutdown\r\n".to_owned());
        }
    }
    town.write_before(i64::MAX);
    town.out.flush().unwrap();
    town.written
}

impl Town<'_> {
    /// One more arrives; perhaps a member of a queue says something, too.
    fn calls(&mut self, at_us: i64) {
        let plays = self.plays;
        if self.chance(20) {
            let member = &plays.members[self.random.usize(..plays.members.len())];
            self.play(&member.lines, member.ids, at_us, 0, 100);
        }
        let story = self.chance(10).then(|| &plays.stories[self.random.usize(..plays.stories.len())]);
        let template = story.unwrap_or_else(|| plays.call(&mut self.random));
        let percent = self.random.i64(30..250);
        let late_us = if self.chance(200) { self.random.i64(LATE_US) } else { 0 };
        let lines = self.spoilt(template);
        self.play(&lines, template.ids, at_us, late_us, percent);
    }

    fn chance(&mut self, one_in: u32) -> bool {
        self.random.u32(..one_in) == 0
    }

    /// What may go wrong with it.
    fn spoilt(&mut self, template: &Template) -> Vec<Line> {
        let mut lines = template.lines.clone();
        let somewhere = self.random.usize(1..=lines.len());
        match self.random.u32(..1200) {
            // The caller gives up somewhere, and everything ends.
            0..150 => {
                lines.truncate(somewhere);
                lines.extend(hang_up(&lines));
            }
            150..210 => {
                for line in &mut lines {
                    line.replace("DialStatus: NOANSWER", "DialStatus: CONGESTION");
                    line.replace("Value: NOANSWER", "Value: CONGESTION");
                    line.replace("Cause: 16", "Cause: 38");
                }
            }
            // Nobody ever hears how it ends.
            210 => lines.truncate(somewhere),
            211..214 => drop(lines.remove(somewhere - 1)),
            214..226 => lines = lines.into_iter().flat_map(|line| [line.clone(), line]).collect(),
            _ => {}
        }
        lines
    }

    fn play(&mut self, lines: &[Line], ids: usize, at_us: i64, late_us: i64, percent: i64) {
        let caller = self.caller();
        let names: Vec<String> = (0..ids)
            .map(|_| {
                self.ids += 1;
                format!("pbx-B-{}.{}", at_us / 1_000_000, self.ids)
            })
            .collect();
        let mut before_us = i64::MIN;
        for line in lines {
            before_us = (at_us + line.after_us * percent / 100).max(before_us + 1);
            let mut text = String::new();
            for part in &line.parts {
                text.push_str(match part {
                    Part::Text(text) => text,
                    Part::Id(id) => &names[*id],
                    Part::Caller => &caller,
                });
            }
            self.put(before_us + late_us, before_us, text);
        }
    }

    /// A number for fiction, or none that is shown.
    fn caller(&mut self) -> String {
        let n = self.random.u32(1..99);
        match self.random.u32(..20) {
            0 => "<unknown>".to_owned(),
            1..6 => format!("07017406{n:02}"),
            6..11 => format!("03139006{n:02}"),
            11..16 => format!("04062804{n:02}"),
            _ => format!("09803192{n:02}"),
        }
    }

    fn put(&mut self, written_us: i64, at_us: i64, text: String) {
        let (seconds, micros) = (at_us / 1_000_000, at_us % 1_000_000);
        let text = format!("{text}Timestamp: {seconds}.{micros:06}\r\n\r\n");
        let number = self.written;
        self.written += 1;
        self.waiting.insert((written_us, number), text);
    }

    fn write_before(&mut self, before_us: i64) {
        while let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 < before_us) {
            self.out.write_all(first.remove().as_bytes()).unwrap();
        }
    }
}

/// Every channel that is there ends, the caller's first.
fn hang_up(lines: &[Line]) -> Vec<Line> {
    let mut there: Vec<usize> = lines.iter().filter_map(|line| line.begins).collect();
    there.retain(|id| !lines.iter().any(|line| line.ends == Some(*id)));
    let last_us = lines.last().map_or(0, |line| line.after_us);
    let end = |(number, id): (i64, usize)| {
        let text = |text: &str| Part::Text(text.to_owned());
        let parts = vec![
            text("Event: Hangup\r\nUniqueid: "),
            Part::Id(id),
            text("\r\nLinkedid: "),
            Part::Id(there[0]),
            text("\r\nCause: 16\r\n"),
        ];
        Line { after_us: last_us + 2_000_000 + number * 900, parts, begins: None, ends: Some(id) }
    };
    (0..).zip(there.clone()).map(end).collect()
}

impl Line {
    fn replace(&mut self, from: &str, to: &str) {
        for part in &mut self.parts {
            if let Part::Text(text) = part {
                *text = text.replace(from, to);
            }
        }
    }
}
