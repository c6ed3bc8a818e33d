//! Against a manager that speaks the protocol and plays a recording.

use super::*;
use crate::progress::Progress;
use crate::spool::{Spool, Topic};
use call::Event;
use pbx::asterisk::ami::Framer;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wire::Codec;

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22")
}

fn config() -> Config {
    config::parse(&std::fs::read_to_string(recordings().join("svarstid.toml")).unwrap()).unwrap()
}

/// The events of the recording's first messages, as bytes; without the recorder's own answers.
fn played(messages: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(recordings().join("ami.raw.txt.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    let mut framer = Framer::default();
    framer.push(&bytes);
    let all = std::iter::from_fn(|| framer.next_message()).map(Result::unwrap);
    let events = all.filter(|message| message.get("Event").is_some() && message.get("ActionID").is_none());
    events.take(messages).flat_map(|message| [message.raw.as_slice(), b"\r\n\r\n"].concat()).collect()
}

/// What one session does after it let the events flow.
#[derive(Clone)]
enum Act {
    /// Plays these bytes in small pieces, then cuts the connection.
    PlayAndCut(Vec<u8>),
    /// Plays these bytes, then stays silent and answers nothing, not even pings.
    PlayAndFreeze(Vec<u8>),
    /// Plays these bytes, answers so many pings, then cuts the connection.
    PlayAndAnswer(Vec<u8>, usize),
    /// Tells that it started at this time of a day, and cuts the connection.
    StartedAt(&'static str),
}

impl Act {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::PlayAndCut(bytes) | Self::PlayAndFreeze(bytes) | Self::PlayAndAnswer(bytes, _) => bytes,
            Self::StartedAt(_) => &[],
        }
    }

    /// What it adds to the answer to `CoreStatus`.
    fn status(&self) -> String {
        match self {
            Self::StartedAt(time) => {
                format!("CoreStartupDate: 2026-11-23\r\nCoreStartupTime: {time}\r\n")
            }
            Self::PlayAndCut(_) | Self::PlayAndFreeze(_) | Self::PlayAndAnswer(..) => String::new(),
        }
    }
}

async fn answer(stream: &mut TcpStream, secret: &str, act: &Act) -> std::io::Result<()> {
    stream.write_all(b"Asterisk Call Manager/11.0.0\r\n").await?;
    let mut framer = Framer::default();
    let mut chunk = [0u8; 4096];
    loop {
        let n = stream.read(&mut chunk).await?;
        if n == 0 {
            return Ok(());
        }
        framer.push(&chunk[..n]);
        while let Some(Ok(action)) = framer.next_message() {
            let id = action.get("ActionID").unwrap_or("").to_owned();
            let success = format!("Response: Success\r\nActionID: {id}\r\n\r\n");
            let reply = match action.get("Action").unwrap() {
                "Challenge" => format!("Response: Success\r\nActionID: {id}\r\nChallenge: 4711\r\n\r\n"),
                "Login" if action.get("Key").unwrap() == actions::response("4711", secret) => success,
                "Login" => {
                    format!("Response: Error\r\nActionID: {id}\r\nMessage: Authentication failed\r\n\r\n")
                }
                "CoreStatus" => {
                    format!("Response: Success\r\nActionID: {id}\r\n{}\r\n", act.status())
                }
                "CoreShowChannels" => {
                    format!("{success}Event: CoreShowChannelsComplete\r\nActionID: {id}\r\n\r\n")
                }
                "QueueStatus" => {
                    stream
                        .write_all(
                            format!("{success}Event: QueueStatusComplete\r\nActionID: {id}\r\n\r\n")
                                .as_bytes(),
                        )
                        .await?;
                    return play(stream, act).await;
                }
                _ => success,
            };
            stream.write_all(reply.as_bytes()).await?;
        }
    }
}

async fn play(stream: &mut TcpStream, act: &Act) -> std::io::Result<()> {
    let mut piece = 1;
    let mut rest = act.bytes();
    while !rest.is_empty() {
        let (now, later) = rest.split_at(piece.min(rest.len()));
        stream.write_all(now).await?;
        rest = later;
        piece = piece * 7 % 1021 + 1;
    }
    if matches!(act, Act::PlayAndFreeze(_)) {
        // Until the collector gives up by itself.
        let mut unanswered = Vec::new();
        stream.read_to_end(&mut unanswered).await?;
    }
    if let Act::PlayAndAnswer(_, pings) = act {
        answer_pings(stream, *pings).await?;
    }
    Ok(())
}

async fn answer_pings(stream: &mut TcpStream, mut pings: usize) -> std::io::Result<()> {
    let mut framer = Framer::default();
    let mut chunk = [0u8; 4096];
    while pings > 0 {
        let n = stream.read(&mut chunk).await?;
        framer.push(&chunk[..n]);
        while let Some(Ok(action)) = framer.next_message() {
            assert_eq!(action.get("Action"), Some("Ping"));
            let id = action.get("ActionID").unwrap();
            stream.write_all(format!("Response: Success\r\nActionID: {id}\r\n\r\n").as_bytes()).await?;
            pings -= 1;
        }
    }
    Ok(())
}

struct Outcome {
    events: Vec<Event>,
    rejected: usize,
    spool_bytes: Vec<u8>,
    result: anyhow::Result<()>,
}

/// Runs the collector against one session after another until all are played.
async fn collect(acts: Vec<Act>, servers_secret: &'static str) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, shutdown) = watch::channel(false);
    let server = tokio::spawn(async move {
        let last = acts.len();
        for (index, act) in acts.iter().enumerate() {
            let (mut stream, _) = listener.accept().await.unwrap();
            let played = answer(&mut stream, servers_secret, act);
            if tokio::time::timeout(Duration::from_secs(60), played).await.is_err() {
                break;
            }
            // The last session ends when its bytes have been read.
            if index + 1 == last {
                let _ = stream.shutdown().await;
                let mut rest = Vec::new();
                let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
            }
        }
        let _ = stop.send(true);
    });
    run_against(address, shutdown, server).await
}

async fn run_against(
    address: String,
    shutdown: watch::Receiver<bool>,
    server: tokio::task::JoinHandle<()>,
) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let spool: SharedSpool = Arc::new(Mutex::new(Spool::open(folder.path(), 1 << 30, 1).unwrap()));
    let codec = Arc::new(Codec::built_in().unwrap());
    let metrics = telemetry::Metrics::new().unwrap().collector().unwrap();
    let progress = Arc::new(Progress::default());
    let mut intake =
        Intake::new(&config(), Arc::clone(&codec), Arc::clone(&spool), metrics.clone(), progress).unwrap();
    let manager = Manager {
        address,
        username: "svarstid".into(),
        secret: "right".into(),
        keep_alive: Duration::from_secs(1),
        filters: vec!["Event: Hangup".into()],
        sync_every: Duration::from_millis(50),
        beat_every: Duration::from_millis(20),
    };
    let heard = folder.path().join("last-heard");
    let result = run(&manager, &mut intake, &spool, &metrics, &heard, shutdown).await;
    server.abort();
    spool.lock().unwrap().sync().unwrap();
    let mut reader = spool.lock().unwrap().reader();
    let (mut events, mut rejected) = (Vec::new(), 0);
    while let Some(frame) = reader.next_frame().unwrap() {
        match frame.topic {
            Topic::Events => events.push(codec.decode_event(&frame.payload).unwrap()),
            Topic::Rejected => rejected += 1,
        }
    }
    let files = std::fs::read_dir(folder.path()).unwrap().flatten();
    let spool_bytes = files.flat_map(|file| std::fs::read(file.path()).unwrap_or_default()).collect();
    Outcome { events, rejected, spool_bytes, result }
}

/// What came from the PBX, without what the collector knows by itself.
fn from_pbx(events: &[Event]) -> Vec<&Body> {
    let own = |body: &Body| {
        matches!(
            body,
            Body::Heartbeat
                | Body::Gap { .. }
                | Body::SnapshotStarted
                | Body::SnapshotEnded
                | Body::LegSeen { .. }
                | Body::QueueCallerSeen { .. }
        )
    };
    events.iter().map(|event| &event.body).filter(|body| !own(body)).collect()
}

fn translated(bytes: &[u8]) -> Vec<Body> {
    let config = config();
    let translator =
        pbx::asterisk::ami::Translator::new(config.dialect().unwrap(), config.numbers().unwrap());
    let mut framer = Framer::default();
    framer.push(bytes);
    std::iter::from_fn(|| framer.next_message())
        .filter_map(|message| match translator.translate(&message.unwrap()) {
            pbx::asterisk::ami::Translation::Event(draft) => Some(draft.body),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_session_gives_what_its_bytes_mean_with_growing_positions() {
    let bytes = played(6000);
    let got = collect(vec![Act::PlayAndCut(bytes.clone())], "right").await;
    got.result.unwrap();
    let expect = translated(&bytes);
    assert!(expect.len() > 500);
    assert_eq!(from_pbx(&got.events), expect.iter().collect::<Vec<_>>());
    assert!(got.events.windows(2).all(|pair| pair[0].origin.position < pair[1].origin.position));
    assert_eq!(got.rejected, 0);
    let bodies: Vec<&Body> = got.events.iter().map(|event| &event.body).collect();
    assert!(bodies.contains(&&Body::SnapshotStarted) && bodies.contains(&&Body::SnapshotEnded));
}

#[tokio::test]
async fn a_lost_connection_is_a_gap_and_a_new_snapshot() {
    let (first, second) = (played(500), played(900)[played(500).len()..].to_vec());
    let got = collect(vec![Act::PlayAndCut(first), Act::PlayAndCut(second)], "right").await;
    got.result.unwrap();
    let gaps: Vec<(i64, i64)> = got
        .events
        .iter()
        .filter_map(|event| match event.body {
            Body::Gap { from_us, to_us, reason: GapReason::ConnectionLost, .. } => Some((from_us, to_us)),
            _ => None,
        })
        .collect();
    assert!(!gaps.is_empty() && gaps.iter().all(|(from, to)| from <= to), "{gaps:?}");
    let gap = got.events.iter().position(|event| matches!(event.body, Body::Gap { .. })).unwrap();
    let after = &got.events[gap + 1..];
    assert!(after.iter().any(|event| event.body == Body::SnapshotStarted), "a gap is followed by a snapshot");
    assert_eq!(from_pbx(&got.events).len(), translated(&played(900)).len());
}

#[tokio::test]
async fn a_pbx_that_has_started_since_is_told_between_the_gap_and_the_look() {
    let lives = ["22:21:08", "22:21:08", "22:40:00"];
    let got = collect(lives.map(Act::StartedAt).to_vec(), "right").await;
    got.result.unwrap();
    let told: Vec<&str> = got.events.iter().map(|event| event.body.word()).collect();
    let told: Vec<&str> = told.into_iter().filter(|word| *word != "heartbeat").collect();
    let look = ["snapshot_started", "snapshot_ended"];
    let expect = [&look[..], &["gap"], &look, &["gap", "pbx_started"], &look].concat();
    assert_eq!(told, expect);
}

#[tokio::test]
async fn a_peer_that_falls_silent_is_left() {
    let got = collect(vec![Act::PlayAndFreeze(played(200)), Act::PlayAndCut(played(50))], "right").await;
    got.result.unwrap();
    // The manager comes to its second session only when the collector has left the first.
    assert!(got.events.iter().any(|event| matches!(event.body, Body::Gap { .. })));
}

/// Heartbeats between the last event of the PBX and the end of the first session.
fn beats_at_the_end(events: &[Event]) -> usize {
    let end = events.iter().position(|event| matches!(event.body, Body::Gap { .. })).unwrap_or(events.len());
    let last = events[..end].iter().rposition(|event| from_pbx(std::slice::from_ref(event)).len() == 1);
    events[last.unwrap()..end].iter().filter(|event| event.body == Body::Heartbeat).count()
}

#[tokio::test]
async fn a_heartbeat_says_that_the_pbx_was_heard() {
    // The last message is an event.
    let last =
        (1..300).rev().find(|n| translated(&played(*n)).len() > translated(&played(n - 1)).len()).unwrap();
    let freezes = vec![Act::PlayAndFreeze(played(last)), Act::PlayAndCut(played(50))];
    let got = collect(freezes, "right").await;
    // For two seconds it was not, and a heartbeat would have been due a hundred times.
    assert_eq!(beats_at_the_end(&got.events), 0, "{:?}", got.events);
    let got = collect(vec![Act::PlayAndAnswer(played(last), 5)], "right").await;
    assert!(beats_at_the_end(&got.events) > 1, "a quiet PBX that answers is heard");
}

#[tokio::test]
async fn garbage_is_rejected_without_its_numbers_and_the_rest_flows() {
    let number = "0701740636";
    let mut bytes = played(300);
    bytes.extend_from_slice(format!("\x00\x01 call from {number} garbled\r\n\r\n").as_bytes());
    bytes.extend_from_slice(&played(400)[played(300).len()..]);
    let got = collect(vec![Act::PlayAndCut(bytes)], "right").await;
    got.result.unwrap();
    assert_eq!(got.rejected, 1);
    assert_eq!(from_pbx(&got.events).len(), translated(&played(400)).len());
    let text = String::from_utf8_lossy(&got.spool_bytes).into_owned();
    assert!(!text.contains(number) && !text.contains(&number[1..]));
}

#[tokio::test]
async fn events_without_a_time_are_one_clear_error() {
    let untimed: Vec<u8> = String::from_utf8(played(300))
        .unwrap()
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with("Timestamp: "))
        .collect::<String>()
        .into_bytes();
    let got = collect(vec![Act::PlayAndCut(untimed)], "right").await;
    let error = got.result.unwrap_err().to_string();
    assert!(error.contains("set `timestampevents = yes` in manager.conf"), "{error}");
}

#[tokio::test]
async fn an_event_that_another_program_sent_by_an_action_is_an_event() {
    let with_id = b"\r\nActionID: 17\r\nEvent: ";
    let mut bytes = Vec::new();
    for message in played(300).split_inclusive(|byte| *byte == b'\n') {
        match message.strip_prefix(b"Event: ") {
            Some(rest) => bytes.extend([&with_id[2..], rest].concat()),
            None => bytes.extend(message),
        }
    }
    let got = collect(vec![Act::PlayAndCut(bytes)], "right").await;
    got.result.unwrap();
    assert_eq!(from_pbx(&got.events), translated(&played(300)).iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_wrong_secret_is_one_clear_error() {
    let got = collect(vec![Act::PlayAndCut(Vec::new())], "other").await;
    let error = got.result.unwrap_err().to_string();
    assert!(
        error.contains(
            "refuses user \"svarstid\": Authentication failed; compare [pbx.ami] with manager.conf"
        ),
        "{error}"
    );
    assert!(!error.contains("right"), "the secret stays secret: {error}");
}

#[tokio::test]
async fn a_peer_that_is_no_asterisk_is_one_clear_error() {
    for said in [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b"HTTP/1.1 400 Bad Request\r\n\r\n", b""] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (_stop, shutdown) = watch::channel(false);
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(said).await.unwrap();
        });
        let error = run_against(address, shutdown, server).await.result.unwrap_err().to_string();
        assert!(error.contains("is not an Asterisk manager"), "{error}");
    }
}
