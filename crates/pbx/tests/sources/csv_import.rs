//! Exported call lists.

use super::{Plan, told};
use call::event::DialStatus;
use pbx::csv_import::{Column, Encoding, Ending, Field, Mapping, Reader, Told, Unit, Way, is_list};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A list with every column, named as the fields are.
pub fn mapping() -> Mapping {
    let columns =
        Field::ALL.iter().filter(|field| ![Field::Date, Field::Answered, Field::Ended].contains(field));
    let ending = |status, mailbox| Ending { status, mailbox };
    Mapping {
        delimiter: b';',
        encoding: Encoding::Utf8,
        has_header: true,
        skip_lines: 0,
        time_format: None,
        zone: jiff::tz::TimeZone::get("Europe/Stockholm").unwrap(),
        trunk: "trunk".into(),
        columns: columns.map(|field| (*field, Column::Name(field.word().into()))).collect(),
        units: [(Field::Talk, Unit::Clock), (Field::Duration, Unit::Milliseconds)].into(),
        results: [
            ("Besvarat".into(), ending(DialStatus::Answer, false)),
            ("Tappat".into(), ending(DialStatus::Cancel, false)),
            ("Röstbrevlåda".into(), ending(DialStatus::Other, true)),
        ]
        .into(),
        directions: [("In".into(), Way::Incoming), ("Ut".into(), Way::Outgoing), ("".into(), Way::Internal)]
            .into(),
        member_names: [("Anna".into(), "9001".into())].into(),
    }
}

const HEADER: &str =
    "call_id;linked_id;arrived;duration;wait;talk;caller;dialled;direction;queue;answered_by;result\n";

fn rows(mapping: Mapping, bytes: &[u8]) -> Vec<Told> {
    let mut reader = Reader::at(0, mapping, Plan);
    reader.push(bytes);
    let mut rows: Vec<Told> = std::iter::from_fn(|| reader.next_row()).collect();
    rows.extend(reader.last_row());
    rows
}

/// What a row behind the header means.
fn means(mapping: Mapping, row: &str) -> String {
    let rows = rows(mapping, format!("{HEADER}{row}").as_bytes());
    assert_eq!(rows[0].meaning, Ok(None), "the header is no call");
    assert_eq!(rows.len(), 2);
    match &rows[1].meaning {
        Ok(_) => told(rows.into_iter().skip(1).map(Into::into))[0].split_once(' ').unwrap().1.to_owned(),
        Err(why) => why.to_string(),
    }
}

fn check(row: &str, expect: &str) {
    let mut got = means(mapping(), row);
    for (long, short) in
        [("CallRecorded(CallRecord { ", ""), (" })", ""), ("000000)", ")"), ("caller_device", "device")]
    {
        got = got.replace(long, short);
    }
    assert_eq!(got, expect, "{row}");
}

#[test]
fn what_a_row_tells() {
    check(
        "a-1;;2026-11-24 08:15:02;;20;0:01:00;0980319282;500;In;vaxel;9001;Besvarat",
        "1795504502 a-1 device: Some(trunk), caller: Outside([]), dialled: 500, queue: Some(vaxel), target: Some(9001), answered_us: Some(1795504522), ended_us: Some(1795504582), status: Answer, mailbox: false",
    );
    // An offset stands over the zone; the answer follows from the end; a name that is an extension's.
    check(
        "2;g;2026-11-24T08:15:02Z;80000;;0:01:00;;500;In;;Anna;Besvarat",
        "1795508102 2 device: Some(trunk), caller: Unknown, dialled: 500, queue: None, target: Some(9001), answered_us: Some(1795508122), ended_us: Some(1795508182), status: Answer, mailbox: false",
    );
    // Nobody knows who Bertil is.
    check(
        "3;;2026-11-24 08:15:02;;;;0980319282;500;In;;Bertil;Besvarat",
        "1795504502 3 device: Some(trunk), caller: Outside([]), dialled: 500, queue: None, target: None, answered_us: None, ended_us: None, status: Answer, mailbox: false",
    );
    check(
        "4;;2026-11-24 08:15:02;;12,5;;=\"0980319282\";500;In;vaxel;;Tappat",
        "1795504502 4 device: Some(trunk), caller: Outside([]), dialled: 500, queue: Some(vaxel), target: None, answered_us: None, ended_us: Some(1795504514500000), status: Cancel, mailbox: false",
    );
    check(
        "5;;2026-11-24 08:15:02;;;;2101;0980319282;Ut;;;Besvarat",
        "1795504502 5 device: Some(2101), caller: 2101, dialled: Outside([]), queue: None, target: Some(trunk), answered_us: None, ended_us: None, status: Answer, mailbox: false",
    );
    check(
        "6;;2026-11-24 08:15:02;;;;2101;2102;;;;Röstbrevlåda",
        "1795504502 6 device: Some(2101), caller: 2101, dialled: 2102, queue: None, target: None, answered_us: None, ended_us: None, status: Other, mailbox: true",
    );
}

#[test]
fn what_cannot_be_used_is_told_by_line_and_column() {
    check(";;2026-11-24 08:15:02;;;;;;In;;;Tappat", "line 2, column `call_id`: it is empty");
    check(
        "a b;;2026-11-24 08:15:02;;;;;;In;;;Tappat",
        "line 2, column `call_id`: an id is at most 128 letters, digits and . - _ :",
    );
    check(
        "1-46980319282;;2026-11-24 08:15:02;;;;0980319282;;In;;;Tappat",
        "line 2, column `call_id`: it holds a number that is called or calls",
    );
    check("a;;;;;;;;In;;;Tappat", "line 2, column `arrived`: it is empty");
    check(
        "a;;24/11 08:15;;;;;;In;;;Tappat",
        "line 2, column `arrived`: not a time like 2026-11-24 08:15:02 (import.time_format)",
    );
    check("a;;1901-01-01 00:00:00;;;;;;In;;;Tappat", "line 2, column `arrived`: a time before 1970");
    check(
        "a;;2026-11-24 08:15:02;;1:20;;;;In;;;Tappat",
        "line 2, column `wait`: not seconds, such as 80 or 80.5",
    );
    check(
        "a;;2026-11-24 08:15:02;;;80;;;In;;;Tappat",
        "line 2, column `talk`: not hours, minutes and seconds, such as 0:01:20",
    );
    check(
        "a;;2026-11-24 08:15:02;;;;;;In;;;Avvisat",
        "line 2, column `result`: `redacted` is not in [import.results]",
    );
    check(
        "a;;2026-11-24 08:15:02;;;;;;Inåt;;;Tappat",
        "line 2, column `direction`: `redacted` is not in [import.directions]",
    );
    check(
        "a;;2026-11-24 08:15:02;10000;;0:01:20;;;In;;;Besvarat",
        "line 2: the answer would be before the arrival",
    );
    check("a;;2026-11-24 08:15:02;10000;20;;;;In;;;Besvarat", "line 2: the answer would be after the end");
    check("\"a", "line 2: a quote that is not closed");
    check("a\u{feff}\"", "line 2, column `call_id`: an id is at most 128 letters, digits and . - _ :");
}

#[test]
fn hours_that_come_twice_and_never() {
    let at = |time: &str| {
        means(mapping(), &format!("a;;{time};;;;;;In;;;Tappat")).split(' ').next().unwrap().to_owned()
    };
    // 00:30 UTC is 02:30 in summer time; so is 01:30 UTC in winter time.
    assert_eq!(at("2026-10-25 02:30:00"), "1792888200");
    assert_eq!(
        means(mapping(), "a;;2026-03-29 02:30:00;;;;;;In;;;Tappat"),
        "line 2, column `arrived`: a time that never was: clocks were put forward over it (import.time_zone)"
    );
    // An end in the hour's second round.
    let mut with_end = mapping();
    with_end.columns.insert(Field::Ended, Column::Number(3));
    with_end.columns.remove(&Field::Duration);
    let told = means(with_end, "a;;2026-10-25 02:55:00;2026-10-25 02:05:00;;;;;In;;;Tappat");
    assert!(told.starts_with("1792889700 ") && told.contains("ended_us: Some(1792890300000000)"), "{told}");
    let mut reader = Reader::at(0, mapping(), Plan);
    reader.push(format!("{HEADER}a;;2026-10-25 02:30:00;;;;;;In;;;Tappat\n").as_bytes());
    while reader.next_row().is_some() {}
    assert_eq!(reader.ambiguous(), 1);
}

#[test]
fn a_day_and_times_of_day() {
    let mut mapping = mapping();
    mapping.time_format = Some("%Y-%m-%d %H.%M".into());
    mapping.columns.insert(Field::Date, Column::Number(1));
    mapping.columns.remove(&Field::LinkedId);
    mapping.columns.insert(Field::Ended, Column::Number(3));
    mapping.columns.remove(&Field::Duration);
    let told = means(mapping, "a;2026-11-24;23.59;00.01;;;;;In;;;Tappat");
    assert!(told.starts_with("1795561140 ") && told.contains("ended_us: Some(1795561260000000)"), "{told}");
}

#[test]
fn what_stands_before_the_rows() {
    let reasons = |mapping: Mapping, text: &[u8]| -> Vec<String> {
        let say = |told: Told| match told.meaning {
            Ok(Some(_)) => "call".to_owned(),
            Ok(None) => "-".to_owned(),
            Err(why) => why.to_string(),
        };
        rows(mapping, text).into_iter().map(say).collect()
    };
    let row = "a;;2026-11-24 08:15:02;;;;;;In;;;Tappat\n";
    let marked = format!("\u{feff}sep=;\n{HEADER}\n{row}");
    assert_eq!(reasons(mapping(), marked.as_bytes()), ["-", "-", "call"]);
    let mut titled = mapping();
    titled.skip_lines = 1;
    assert_eq!(reasons(titled, format!("Calls in November\n{HEADER}{row}").as_bytes()), ["-", "-", "call"]);
    let lacking = HEADER.replace("result", "Utfall");
    assert_eq!(
        reasons(mapping(), format!("{lacking}{row}").as_bytes()),
        [
            "line 1: the header has no column `result` (import.columns.result)",
            "line 2: there is no header that can be used"
        ]
    );
    let twice = format!("{};result\n", HEADER.trim());
    assert_eq!(reasons(mapping(), twice.as_bytes()), ["line 1: the header has column `result` twice"]);
    // Without a column that a row can do without.
    let without = HEADER.replace("queue", "Kö");
    let mut reader = Reader::at(0, mapping(), Plan);
    reader.push(without.as_bytes());
    assert_eq!(reader.next_row().unwrap().meaning, Ok(None));
    let places = reader.places().unwrap();
    assert_eq!((&*places.absent, &*places.unused), (&[Field::Queue][..], &["Kö".to_owned()][..]));
}

#[test]
fn western_bytes_and_numbered_columns() {
    let mut mapping = mapping();
    mapping.encoding = Encoding::Windows1252;
    mapping.has_header = false;
    let number = |(at, field): (usize, &Field)| (*field, Column::Number(at));
    mapping.columns = [Field::CallId, Field::Arrived, Field::Result].iter().enumerate().map(number).collect();
    let text = b"a;2026-11-24 08:15:02;R\xf6stbrevl\xe5da\nb;2026-11-24 08:15:02;Rostbrevlada\n";
    let rows = rows(mapping.clone(), text);
    assert!(rows[0].meaning.as_ref().unwrap().is_some());
    let why = rows[1].meaning.as_ref().unwrap_err();
    assert_eq!((why.line, why.column.as_deref()), (Some(2), Some("3")));
    assert!(is_list(text, &mapping, &Plan) && !is_list(b"Event: A\r\n\r\n", &mapping, &Plan));
}

#[test]
fn a_list_is_known_by_its_header() {
    let check =
        |text: &str, expect: bool| assert_eq!(is_list(text.as_bytes(), &mapping(), &Plan), expect, "{text}");
    check(HEADER, true);
    check(HEADER.trim(), true);
    check(&format!("\u{feff}{HEADER}rows that are none"), true);
    check(&HEADER.replace(';', ","), false);
    check("", false);
    check("\0\0\0", false);
}

#[test]
fn a_reader_can_begin_at_any_row() {
    let row = |id: &str| format!("{id};;2026-11-24 08:15:02;;;;;;In;;;Tappat\n");
    let text = [HEADER.to_owned(), row("a"), row("b")].concat();
    let mut first = Reader::at(0, mapping(), Plan);
    first.push(text.as_bytes());
    let records: Vec<_> = std::iter::from_fn(|| first.next_record()).collect();
    let places = first.places().unwrap().clone();
    let from = records[2].offset;
    let mut later = Reader::at(from, mapping(), Plan).with_places(places);
    later.push(&text.as_bytes()[from as usize..]);
    assert_eq!(later.next_record().as_ref(), records.get(2));
    let mut lost = Reader::at(from, mapping(), Plan);
    lost.push(&text.as_bytes()[from as usize..]);
    assert_eq!(lost.next_record().unwrap().meaning, Err("there is no header that can be used".into()));
}

proptest! {
    /// Whatever stands in the cells: a row is one event or one reason.
    #[test]
    fn any_cells(cells in prop::collection::vec(prop::sample::select(&["", "a", "2101", "0980319282", "2026-10-25 02:30:00", "1:20", "80", "In", "Besvarat", "Tappat", "\"", "99999999999999999999", "-1", "å"]), 0..16)) {
        let row = cells.join(";");
        let rows = rows(mapping(), format!("{HEADER}{row}\n").as_bytes());
        prop_assert!(rows.len() <= 2);
        let _: BTreeMap<u64, u64> = rows.iter().map(|row| (row.offset, row.end)).collect();
    }
}
