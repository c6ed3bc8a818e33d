//! A recording instead of a PBX: the same bytes, at any speed, at any time.

use crate::intake::{Intake, Kept, Place};
use crate::sources::Outlet;
use anyhow::{Context, bail};
use flate2::read::MultiGzDecoder;
use pbx::asterisk::ami::{FrameError, Framer, Message, Unread};
use pipeline::{Clock, SystemClock};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const CHUNK_BYTES: usize = 1 << 18;
/// The identity of a recording is taken from so many of its first bytes.
const IDENTITY_BYTES: u64 = 64 * 1024;
/// Messages between two looks at the clock.
const LOOK_MESSAGES: u64 = 2000;

/// How fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// As fast as it can be read.
    Max,
    /// So many times faster than it was.
    Times(f64),
}

/// Which times the events get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// Their own.
    None,
    /// The recording ends now (at `max`), or begins now (at a speed).
    Now,
    /// The recording begins at this time, µs UTC.
    At(i64),
}

/// What to replay, and how.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The recording; may be gzipped.
    pub file: PathBuf,
    /// How fast.
    pub speed: Speed,
    /// When.
    pub shift: Shift,
}

/// When a recording was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first event, µs UTC.
    pub first_us: i64,
    /// Its last event, µs UTC.
    pub last_us: i64,
}

/// Looks through a recording for its first and last event.
pub fn span(file: &Path) -> anyhow::Result<Span> {
    Ok(survey(file, Look::Whole)?.span)
}

/// How much of a recording is looked at before it is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// All of it: its span is needed.
    Whole,
    /// Up to its first event: it is a recording.
    Begin,
}

/// What the first look at a recording tells.
struct Survey {
    span: Span,
    /// 0 when not all of it was looked at.
    bytes: u64,
    identity: [u8; 32],
}

impl Replay {
    /// Reads the whole recording into the spool. Returns when it is there, or when told to stop.
    pub(crate) fn run(&self, intake: &mut Intake, outlet: &Outlet, stop: &AtomicBool) -> anyhow::Result<()> {
        let look = match (self.shift, self.speed) {
            (Shift::None, Speed::Max) => Look::Begin,
            _ => Look::Whole,
        };
        let survey = survey(&self.file, look)
            .with_context(|| format!("{} cannot be replayed", self.file.display()))?;
        outlet.progress.bytes_total.store(survey.bytes, Ordering::Relaxed);
        intake.shift_us = self.shift_us(&survey.span);
        let stream = stream_name(&survey.identity, intake.shift_us);
        let mut player = Player {
            intake,
            outlet,
            stop,
            stream,
            speed: self.speed,
            begun: Instant::now(),
            first_us: survey.span.first_us,
            since_look: 0,
            synced: Instant::now(),
        };
        player.play(open(&self.file)?)?;
        player.sync()
    }

    fn shift_us(&self, span: &Span) -> i64 {
        match (self.shift, self.speed) {
            (Shift::None, _) => 0,
            (Shift::At(at_us), _) => at_us - span.first_us,
            (Shift::Now, Speed::Max) => SystemClock.now_us() - span.last_us,
            (Shift::Now, Speed::Times(_)) => SystemClock.now_us() - span.first_us,
        }
    }
}

fn survey(file: &Path, look: Look) -> anyhow::Result<Survey> {
    let mut head = Vec::new();
    open(file)?.take(IDENTITY_BYTES).read_to_end(&mut head)?;
    let identity = Sha256::digest(&head).into();
    let mut span = Span { first_us: i64::MAX, last_us: i64::MIN };
    let (mut messages, mut bytes) = (0u64, 0);
    read_messages(open(file)?, &|_| true, &mut |next| {
        if let Ok(message) = next {
            messages += u64::from(message.get("Event").is_some() || message.get("Response").is_some());
            if let Some(at_us) = time_of(message) {
                span.first_us = span.first_us.min(at_us);
                span.last_us = span.last_us.max(at_us);
            }
            bytes = message.end;
        }
        Ok(look == Look::Whole || messages == 0 || span.first_us > span.last_us)
    })?;
    if messages == 0 {
        bail!(
            "it holds no Asterisk manager message; a recording begins with `Asterisk Call Manager` or `Event: `"
        );
    }
    if span.first_us > span.last_us {
        bail!("its events have no Timestamp; set `timestampevents = yes` in manager.conf and record again");
    }
    Ok(Survey { span, bytes: if look == Look::Whole { bytes } else { 0 }, identity })
}

/// The same recording at the same times is the same stream: replaying it twice counts once.
fn stream_name(identity: &[u8; 32], shift_us: i64) -> u64 {
    let digest = Sha256::new().chain_update(identity).chain_update(shift_us.to_be_bytes()).finalize();
    digest.iter().take(8).fold(0, |name, byte| name << 8 | u64::from(*byte))
}

fn time_of(message: &Message) -> Option<i64> {
    let (seconds, micros) = message.known("Timestamp")?.split_once('.')?;
    Some(seconds.parse::<i64>().ok()?.checked_mul(1_000_000)? + micros.parse::<i64>().ok()?)
}

/// The file's bytes, unpacked if it is gzipped.
pub(crate) fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    let file = || File::open(path).with_context(|| format!("{} cannot be opened", path.display()));
    let mut magic = [0u8; 2];
    let gzipped = file()?.read_exact(&mut magic).is_ok() && magic == [0x1f, 0x8b];
    let file = BufReader::with_capacity(1 << 16, file()?);
    Ok(if gzipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// Calls `take` with each message, empty if it is not wanted, or error until it says false or the stream ends.
fn read_messages(
    mut stream: Box<dyn Read>,
    is_wanted: &dyn Fn(&Unread<'_>) -> bool,
    take: &mut dyn FnMut(Result<&Message, &FrameError>) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let (mut framer, mut message) = (Framer::default(), Message::default());
    let mut chunk = vec![0u8; CHUNK_BYTES];
    loop {
        let n = stream.read(&mut chunk).context("the recording cannot be read to its end")?;
        if n == 0 {
            break;
        }
        framer.push(&chunk[..n]);
        while let Some(next) = framer.next_wanted(&mut message, is_wanted) {
            if !take(next.as_ref().map(|()| &message))? {
                return Ok(());
            }
        }
    }
    if let Some(cut_off) = framer.finish() {
        take(Err(&cut_off))?;
    }
    Ok(())
}

struct Player<'a> {
    intake: &'a mut Intake,
    outlet: &'a Outlet,
    stop: &'a AtomicBool,
    stream: u64,
    speed: Speed,
    begun: Instant,
    first_us: i64,
    since_look: u64,
    synced: Instant,
}

impl Player<'_> {
    fn play(&mut self, stream: Box<dyn Read>) -> anyhow::Result<()> {
        let translator = self.intake.translator();
        // The pace is that of all messages.
        let is_paced = self.speed != Speed::Max;
        let is_wanted = |message: &Unread<'_>| is_paced || translator.wants(message);
        read_messages(stream, &is_wanted, &mut |next| {
            let place = match next {
                Ok(message) => message.end,
                Err(FrameError::Malformed { end, .. } | FrameError::TooLong { end, .. }) => *end,
            };
            if let Ok(message) = next {
                self.wait_for_its_time(message)?;
            }
            self.keep(next, Place::Recorded(self.stream, place))?;
            self.outlet.progress.bytes.store(place, Ordering::Relaxed);
            self.since_look += 1;
            if self.since_look >= LOOK_MESSAGES {
                self.since_look = 0;
                if self.synced.elapsed() >= self.outlet.sync_every {
                    self.sync()?;
                }
            }
            Ok(!self.stop.load(Ordering::SeqCst))
        })
    }

    /// A full spool is waited for: the recording does not go away.
    fn keep(&mut self, next: Result<&Message, &FrameError>, place: Place) -> anyhow::Result<()> {
        loop {
            let kept = match next {
                Ok(message) => self.intake.message(message, place)?,
                Err(error) => self.intake.bad_bytes(error, place)?,
            };
            if kept == Kept::Yes || self.stop.load(Ordering::SeqCst) {
                return Ok(());
            }
            self.sync()?;
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn wait_for_its_time(&mut self, message: &Message) -> anyhow::Result<()> {
        let Speed::Times(times) = self.speed else { return Ok(()) };
        let Some(at_us) = time_of(message) else { return Ok(()) };
        let due = Duration::from_secs_f64(((at_us - self.first_us).max(0) as f64) / 1e6 / times);
        if due > self.begun.elapsed() + Duration::from_millis(20) {
            self.sync()?;
        }
        while !self.stop.load(Ordering::SeqCst) {
            let left = due.saturating_sub(self.begun.elapsed());
            if left.is_zero() {
                break;
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
        Ok(())
    }

    fn sync(&mut self) -> anyhow::Result<()> {
        self.synced = Instant::now();
        self.outlet.spool.lock().unwrap_or_else(PoisonError::into_inner).sync()
    }
}

#[cfg(test)]
mod tests;
