//! What is a message, where it ends, and that every way to look sees the same.

use super::*;
use proptest::prelude::*;

fn words(framer: &mut Framer) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some(next) = framer.next_message() {
        seen.push(match next {
            Ok(m) => format!("{}..{} {}", m.offset, m.end, m.get("Event").unwrap_or("-")),
            Err(FrameError::Malformed { offset, end, .. }) => format!("{offset}..{end} malformed"),
            Err(FrameError::TooLong { offset, .. }) => format!("{offset} too long"),
        });
    }
    seen
}

fn check(input: &[u8], expect: &[&str]) {
    let mut framer = Framer::at(0);
    framer.push(input);
    assert_eq!(words(&mut framer), expect);
}

#[test]
fn cuts_at_empty_lines_and_recovers() {
    check(b"Asterisk Call Manager/11.0.0\r\nEvent: A\r\n\r\nEvent: B\r\n\r\nEv", &["30..42 A", "42..54 B"]);
    check(b"Event: A\n\nEvent: B\n\n", &["0..10 A", "10..20 B"]);
    check(b"what is this\r\n\r\nEvent: B\r\n\r\n", &["0..16 malformed", "16..28 B"]);
    check(b"Event: A\r\nX\0: 1\r\n\r\nEvent: B\r\n\r\n", &["0..19 malformed", "19..31 B"]);
    check(b"\r\n\r\n\r\n\r\n", &[]);
}

#[test]
fn an_empty_line_is_one_by_the_end_of_the_line_before() {
    check(b"Event: A\n\r\n\nEvent: B\r\n\n", &["0..12 A", "12..23 B"]);
    check(b"Event: A\n\r\nX: 1\r\n\r\n", &["0..19 A"]);
    check(b"\nEvent: A\r\n\r\n\r\nEvent: B\n\n", &["0..13 A", "13..25 B"]);
    check(b"Asterisk Call Manager/11\r\n\r\nEvent: A\n\n", &["24..28 -", "28..38 A"]);
}

#[test]
fn what_is_wrong_first_is_told() {
    let detail = |input: &[u8]| {
        let mut framer = Framer::default();
        framer.push(input);
        match framer.next_message() {
            Some(Err(FrameError::Malformed { detail, .. })) => detail,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(detail(b"A: \0\n: 1\n\n"), "a NUL byte: not text");
    assert_eq!(detail(b"A: 1\n: 1\nB: \0\nc\n\n"), "a line whose key is not a word");
    assert_eq!(detail(b"A: 1\nno key\n\n"), "a line without a key");
}

#[test]
fn a_stream_without_empty_lines_is_given_up_once_and_goes_on() {
    let mut framer = Framer::at(0);
    for _ in 0..200 {
        framer.push(&[b'x'; 1024]);
    }
    assert_eq!(words(&mut framer), ["0 too long"]);
    framer.push(&[b'y'; 100_000]);
    framer.push(b"\r\n\r\nEvent: B\r\n\r\n");
    assert_eq!(words(&mut framer), ["304804..304816 B"]);
}

#[test]
fn what_is_left_at_the_end_is_cut_off() {
    let mut framer = Framer::at(0);
    framer.push(b"Event: A\r\n\r\nEvent: B\r\nCha");
    assert_eq!(words(&mut framer), ["0..12 A"]);
    assert!(matches!(framer.finish(), Some(FrameError::Malformed { offset: 12, .. })));
    assert_eq!(framer.finish(), None);
}

#[test]
fn values_may_be_empty_hold_colons_or_not_be_utf8() {
    let mut framer = Framer::at(0);
    framer.push(b"Event: A\r\nB:\r\nC: \r\nD: a: b\r\nE: \xe5\r\nB: 2\r\n\r\n");
    let message = framer.next_message().unwrap().unwrap();
    let got: Vec<_> = ["B", "C", "D", "E", "F"].iter().map(|key| message.get(key)).collect();
    assert_eq!(got, [Some(""), Some(""), Some("a: b"), None, None]);
}

/// The same step by step: first the empty line, then the lines before it.
fn slowly(bytes: &[u8]) -> Vec<Result<Message, String>> {
    let (mut told, mut from) = (Vec::new(), 0);
    let end_at = |at: &usize| bytes[*at..].starts_with(b"\n\n") || bytes[*at..].starts_with(b"\r\n\r\n");
    while let Some(body) = (from..bytes.len()).find(end_at) {
        let end = if bytes[body] == b'\n' { 1 } else { 2 };
        let next = body + 2 * end;
        if !is_blank(&bytes[from..body]) {
            let from = from + banner_length(&bytes[from..body]);
            let raw = bytes[from..body].to_vec();
            let fields = fields_slowly(&bytes[from..body + end]).map_err(str::to_owned);
            told.push(fields.map(|fields| Message { offset: from as u64, end: next as u64, raw, fields }));
        }
        from = next;
    }
    told
}

fn fields_slowly(lines: &[u8]) -> Result<Vec<Field>, &'static str> {
    let (mut fields, mut at) = (Vec::new(), 0);
    for line in lines.split(|byte| *byte == b'\n') {
        let plain = line.strip_suffix(b"\r").unwrap_or(line);
        let key = plain.iter().position(|byte| *byte == b':' || !byte.is_ascii_graphic());
        match key {
            _ if plain.is_empty() => {}
            Some(key) if key > 0 && plain[key] == b':' => {
                if plain.contains(&0) {
                    return Err("a NUL byte: not text");
                }
                let value = key + 1 + usize::from(plain.get(key + 1) == Some(&b' '));
                fields.push([at, at + key, at + value, at + plain.len()].map(|n| n as u32).into());
            }
            _ => return Err(no_key(plain)),
        }
        at += line.len() + 1;
    }
    Ok(fields)
}

const WORDS: [&[u8]; 12] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"Event: A",
    b":",
    b": ",
    b" ",
    b"\0",
    b"A longer key: b",
    b"key",
    BANNER,
    b"\xe5",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn one_look_finds_what_several_find(words in proptest::collection::vec(prop_oneof![0..12usize, 0..4usize], 0..40)) {
        let bytes = words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().concat();
        let mut framer = Framer::default();
        framer.push(&bytes);
        let told = std::iter::from_fn(|| framer.next_message()).map(|told| told.map_err(|error| match error {
            FrameError::Malformed { detail, .. } => detail,
            FrameError::TooLong { .. } => "too long".to_owned(),
        }));
        prop_assert_eq!(told.collect::<Vec<_>>(), slowly(&bytes));
    }
}

proptest! {
    #[test]
    fn pieces_make_no_difference(bytes in proptest::collection::vec(prop_oneof![
        Just(b"\r\n".to_vec()), Just(b"\n".to_vec()), Just(b"Event: A".to_vec()), Just(b": ".to_vec()), any::<[u8; 3]>().prop_map(|b| b.to_vec()),
    ], 0..60), cuts in proptest::collection::vec(1usize..9, 1..40)) {
        let all = bytes.concat();
        let mut whole = Framer::at(7);
        whole.push(&all);
        let expect = words(&mut whole);
        let mut pieces = Framer::at(7);
        let mut seen = Vec::new();
        let mut rest = &all[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            pieces.push(now);
            seen.extend(words(&mut pieces));
            rest = later;
        }
        prop_assert_eq!(seen, expect);
        prop_assert_eq!(pieces.finish(), whole.finish());
    }
}

/// The same without a look at whole messages first.
fn by_lines(bytes: &[u8]) -> Vec<Result<Message, FrameError>> {
    let (mut framer, mut message, mut told) = (Framer::at(3), Message::default(), Vec::new());
    framer.push(bytes);
    loop {
        match framer.take_by_lines(&mut message) {
            Break(None) => break,
            Break(Some(result)) => told.push(result.map(|()| message.clone())),
            Continue(()) => {}
        }
    }
    told.extend(framer.finish().map(Err));
    told
}

/// As everybody reads, and how many of the messages were plain.
fn as_always(bytes: &[u8]) -> (Vec<Result<Message, FrameError>>, usize) {
    let (mut framer, mut message, mut plain) = (Framer::at(3), Message::default(), 0);
    framer.push(bytes);
    let mut told = Vec::new();
    loop {
        if framer.take_plain(&mut message, &|_| true) {
            plain += 1;
            told.push(Ok(message.clone()));
            continue;
        }
        match framer.take_by_lines(&mut message) {
            Break(None) => break,
            Break(Some(result)) => told.push(result.map(|()| message.clone())),
            Continue(()) => {}
        }
    }
    told.extend(framer.finish().map(Err));
    (told, plain)
}

/// Messages as an Asterisk sends them: lines of all lengths around those of blocks.
fn message() -> impl Strategy<Value = String> {
    let line = ("[A-Za-z-]{1,70}", prop_oneof![Just(": "), Just(":")], "[ -~\u{e5}]{0,140}")
        .prop_map(|(key, colon, value)| format!("{key}{colon}{value}"));
    (proptest::collection::vec(line, 1..12), prop_oneof![4 => Just("\r\n"), 1 => Just("\n")])
        .prop_map(|(lines, end)| lines.join(end) + end + end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn whole_messages_are_what_their_lines_are(
        messages in proptest::collection::vec(message(), 1..5),
        odd in proptest::collection::vec((any::<prop::sample::Index>(), prop::sample::select(WORDS.to_vec()), any::<bool>()), 0..4),
    ) {
        let mut bytes = messages.concat().into_bytes();
        let (told, plain) = as_always(&bytes);
        prop_assert_eq!(plain, messages.len(), "none of them is odd");
        prop_assert_eq!(told, by_lines(&bytes));
        for (place, word, instead) in odd {
            let at = place.index(bytes.len());
            let end = if instead { bytes.len().min(at + word.len()) } else { at };
            bytes.splice(at..end, word.iter().copied());
        }
        prop_assert_eq!(as_always(&bytes).0, by_lines(&bytes));
    }
}

#[test]
fn a_message_at_the_limit_is_what_its_lines_are() {
    for length in MESSAGE_BYTES_MAX - 10..MESSAGE_BYTES_MAX + 10 {
        let bytes = [b"A: ".as_slice(), &vec![b'x'; length - 3], b"\r\n\r\nB: 1\n\n"].concat();
        assert_eq!(as_always(&bytes).0, by_lines(&bytes), "{length}");
    }
}

#[test]
fn of_what_is_not_wanted_only_the_place_is_told() {
    let mut framer = Framer::default();
    framer.push(b"Event: A\r\nX: 1\r\n\r\nEvent: B\r\nX: 2\r\n\r\nEvent: A\r\nno key\r\n\r\nX: 3\r\n\r\n");
    let mut message = Message::default();
    let told: Vec<_> = std::iter::from_fn(|| {
        let next = framer.next_wanted(&mut message, &|unread| unread.event != b"A")?;
        Some(next.map(|()| (message.end, message.get("X").map(str::to_owned))).map_err(|_| ()))
    })
    .collect();
    let x = |value: &str| Some(value.to_owned());
    assert_eq!(told, [Ok((18, None)), Ok((36, x("2"))), Err(()), Ok((64, x("3")))], "bad ones are told");
}
