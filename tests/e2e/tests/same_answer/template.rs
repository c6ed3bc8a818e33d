//! The recording's calls as templates: whatever is one call's own (times, ids, the caller's number) is left open.

use call::Body;
use config::Config;
use pbx::asterisk::ami::{Framer, Message, Translation, Translator};
use std::collections::BTreeMap;

/// Fields that say something to us. A message without the others means the same, which is checked.
const KEYS: &[&str] = &[
    "Event",
    "Uniqueid",
    "Linkedid",
    "Channel",
    "ChannelState",
    "Exten",
    "CallerIDNum",
    "Cause",
    "DestUniqueid",
    "DestLinkedid",
    "DestChannel",
    "DialStatus",
    "LocalOneUniqueid",
    "LocalTwoUniqueid",
    "LocalOneLinkedid",
    "Queue",
    "Position",
    "Count",
    "Interface",
    "StateInterface",
    "RingTime",
    "Status",
    "Paused",
    "InCall",
    "BridgeUniqueid",
    "Variable",
    "Value",
    "Application",
    "Result",
    "Extension",
    "TransfererUniqueid",
    "TransfereeUniqueid",
    "TransfereeLinkedid",
    "OrigTransfererUniqueid",
    "SecondTransfererUniqueid",
    "TransferTargetUniqueid",
    "TargetUniqueid",
    "UserEvent",
    "Sokt",
    "Dialstatus",
    "Typ",
    "Orsak",
    "Mal",
    "Anknytning",
];

/// Numbers that PTS keeps free for fiction and that are not the site's own.
const OUTSIDE: &[&str] = &["07017406", "03139006", "04062804", "09803192"];

/// The messages of one call, or of several that belong together.
#[derive(Debug, Default)]
pub struct Template {
    pub lines: Vec<Line>,
    /// How many ids it has.
    pub ids: usize,
}

/// One message.
#[derive(Debug, Clone)]
pub struct Line {
    /// After the first one of the template.
    pub after_us: i64,
    /// Its text, but for time and the empty line at its end.
    pub parts: Vec<Part>,
    /// The channel that begins or ends with it.
    pub begins: Option<usize>,
    pub ends: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text(String),
    /// A channel's or bridge's, by its number in the template.
    Id(usize),
    Caller,
}

/// A message that means something, taken apart.
struct Read {
    at_us: i64,
    ids: Vec<String>,
    fields: Vec<(String, String)>,
}

/// Of every call in the recording, and of what its queues' members told.
pub fn templates(config: &Config) -> (Vec<Template>, Vec<Template>) {
    let messages = read(config);
    let mut joined = Joined::default();
    for message in &messages {
        message.ids.iter().for_each(|id| joined.join(&message.ids[0], id));
    }
    let (mut calls, mut members): (BTreeMap<String, Vec<&Read>>, Vec<Template>) = Default::default();
    for message in &messages {
        match message.ids.first() {
            Some(id) => calls.entry(joined.root(id)).or_default().push(message),
            None => members.push(template(&[message])),
        }
    }
    let calls: Vec<Template> = calls.into_values().map(|messages| template(&messages)).collect();
    assert!(calls.len() > 150 && members.len() > 100, "{} {}", calls.len(), members.len());
    (calls, members)
}

fn read(config: &Config) -> Vec<Read> {
    let text = e2e::recording();
    let translator = Translator::new(config.dialect().unwrap(), config.numbers().unwrap());
    let mut framer = Framer::default();
    framer.push(text.as_bytes());
    let mut read = Vec::new();
    while let Some(message) = framer.next_message() {
        let message = message.unwrap();
        let Translation::Event(mut draft) = translator.translate(&message) else { continue };
        let raw = &text[usize::try_from(message.offset).unwrap()..usize::try_from(message.end).unwrap()];
        let is_wanted = |(key, _): &(&str, &str)| KEYS.contains(key);
        let fields: Vec<(&str, &str)> = raw.lines().filter_map(|line| line.split_once(": ")).collect();
        let kept: Vec<_> = fields.iter().copied().filter(is_wanted).collect();
        let at_us = draft.at_us.take().unwrap();
        assert_eq!(translator.translate(&message_of(&kept)), Translation::Event(draft.clone()), "{raw}");
        let ids = if matches!(draft.body, Body::MemberState { .. }) { Vec::new() } else { channels(&kept) };
        let fields = kept.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        read.push(Read { at_us, ids, fields });
    }
    assert!(read.len() > 3000);
    read
}

fn message_of(fields: &[(&str, &str)]) -> Message {
    let mut framer = Framer::default();
    fields.iter().for_each(|(key, value)| framer.push(format!("{key}: {value}\r\n").as_bytes()));
    framer.push(b"\r\n");
    framer.next_message().unwrap().unwrap()
}

fn is_id(key: &str) -> bool {
    key.ends_with("Uniqueid") || key.ends_with("Linkedid")
}

/// Bridges join nothing that channels do not join.
fn channels(fields: &[(&str, &str)]) -> Vec<String> {
    let of = |(key, _): &&(&str, &str)| is_id(key) && *key != "BridgeUniqueid";
    fields.iter().filter(of).map(|(_, value)| (*value).to_owned()).filter(|id| !id.is_empty()).collect()
}

/// Which ids belong together.
#[derive(Default)]
struct Joined(BTreeMap<String, String>);

impl Joined {
    fn root(&self, id: &str) -> String {
        match self.0.get(id) {
            Some(parent) if parent != id => self.root(parent),
            _ => id.to_owned(),
        }
    }

    fn join(&mut self, one: &str, other: &str) {
        let (one, other) = (self.root(one), self.root(other));
        self.0.insert(other, one);
    }
}

fn template(messages: &[&Read]) -> Template {
    let mut ids: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for message in messages {
        let mut line =
            Line { after_us: message.at_us - messages[0].at_us, parts: Vec::new(), begins: None, ends: None };
        for (key, value) in &message.fields {
            let part = if is_id(key) && !value.is_empty() {
                let known = ids.iter().position(|id| id == value);
                Part::Id(known.unwrap_or_else(|| {
                    ids.push(value);
                    ids.len() - 1
                }))
            } else if key == "CallerIDNum" && OUTSIDE.iter().any(|prefix| value.starts_with(prefix)) {
                Part::Caller
            } else {
                Part::Text(value.clone())
            };
            let channel = if let (Part::Id(id), "Uniqueid") = (&part, &**key) { Some(*id) } else { None };
            match &*message.fields[0].1 {
                "Newchannel" => line.begins = line.begins.or(channel),
                "Hangup" => line.ends = line.ends.or(channel),
                _ => {}
            }
            line.parts.extend([Part::Text(format!("{key}: ")), part, Part::Text("\r\n".to_owned())]);
        }
        line.parts = together(line.parts);
        lines.push(line);
    }
    Template { lines, ids: ids.len() }
}

/// Texts that follow each other as one.
fn together(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (_, part) => joined.push(part),
        }
    }
    joined
}
