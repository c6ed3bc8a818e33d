//! Asterisk's channel event log (CEL) as comma-separated lines: what each channel did, and when.
//!
//! The log does not name what a dialplan did with a channel: that a phone was rung for somebody is known when it
//! answers or is given up, that a caller stands in a queue from the application at a later event, or from the place in the
//! dialplan. Such events are told then, with the time at which they happened. What is never in the log: whether a
//! mailbox kept a message, places in queues, phones that are off (but for the dialplan's own events).

mod channel;
mod hold;
mod row;
mod story;

use super::Dialect;
use crate::csv_line::Columns;
use crate::{Draft, Line, Lines, Numbers, Record};
use channel::Channels;
use row::Layout;
use story::Story;

/// Reads a log from any point on.
#[derive(Debug)]
pub struct Reader<N> {
    lines: Lines,
    columns: Columns,
    layout: Layout,
    story: Story<N>,
}

impl<N: Numbers> Reader<N> {
    /// With a site's words and number rules; the first byte that will be pushed has this offset.
    pub fn at(offset: u64, dialect: Dialect, numbers: N) -> Self {
        let layout = Layout::new(&dialect.cel.columns);
        let story = Story { dialect, numbers, channels: Channels::default(), drafts: Vec::new() };
        Self { lines: Lines::at(offset), columns: Columns::default(), layout, story }
    }

    /// More bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes);
    }

    /// The next line's record; none until more bytes come.
    pub fn next_record(&mut self) -> Option<Record> {
        let line = self.lines.next_line()?;
        Some(take(&mut self.columns, &self.layout, &mut self.story, &line))
    }

    /// The stream ended: a last line that was not ended.
    pub fn finish(&mut self) -> Option<Record> {
        let line = self.lines.finish()?;
        Some(take(&mut self.columns, &self.layout, &mut self.story, &line))
    }

    /// A reader that begins here tells what this one still will: it comes to know the same of every channel that is alive.
    pub fn restart_at(&self) -> u64 {
        let next = self.lines.next_offset();
        self.story.channels.restart_at().map_or(next, |at| at.min(next))
    }
}

fn take<N: Numbers>(columns: &mut Columns, layout: &Layout, story: &mut Story<N>, line: &Line<'_>) -> Record {
    Record { offset: line.offset, end: line.end, meaning: meaning(columns, layout, story, line) }
}

fn meaning<N: Numbers>(
    columns: &mut Columns,
    layout: &Layout,
    story: &mut Story<N>,
    line: &Line<'_>,
) -> Result<Vec<Draft>, String> {
    columns.read(line.bytes.ok_or("a line longer than any record")?)?;
    story.take(&layout.row(columns)?, line.offset)
}
