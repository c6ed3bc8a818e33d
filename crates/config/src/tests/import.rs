//! `[import]`

use super::SMALL;
use crate::parse;
use pbx::csv_import::{Column, Encoding, Field, Unit, Way};

const IMPORT: &str = r#"
[import]
delimiter = ";"
encoding = "windows-1252"
time_format = "%Y-%m-%d %H:%M"

[import.columns]
call_id = "Id"
arrived = " Start "
result = 7
direction = "Riktning"
wait_hms = "Kötid"

[import.results]
"Besvarat" = "answer"
"" = "cancel"

[import.directions]
"In" = "incoming"
"#;

fn check(from: &str, to: &str, expect: &str) {
    assert!(IMPORT.contains(from), "{from}");
    let text = format!("{SMALL}{}", IMPORT.replacen(from, to, 1));
    let got = parse(&text).map_or_else(|error| error.to_string(), |_| "possible".to_owned());
    assert_eq!(got.replacen("configuration, text, ", "", 1), expect, "{from} → {to}");
}

#[test]
fn what_it_becomes() {
    assert!(parse(SMALL).unwrap().call_list().unwrap().is_none());
    let mapping = parse(&format!("{SMALL}{IMPORT}")).unwrap().call_list().unwrap().unwrap();
    assert_eq!((mapping.delimiter, mapping.encoding), (b';', Encoding::Windows1252));
    assert_eq!(mapping.zone.iana_name(), Some("Europe/Stockholm"));
    assert_eq!(&*mapping.trunk, "trunk");
    assert_eq!(mapping.columns[&Field::Arrived], Column::Name("Start".into()));
    assert_eq!(mapping.columns[&Field::Result], Column::Number(6));
    assert_eq!(mapping.units[&Field::Wait], Unit::Clock);
    assert_eq!(mapping.results[""].word(), "cancel");
    assert_eq!(mapping.directions["In"], Way::Incoming);
}

#[test]
fn what_is_impossible() {
    check("\";\"", "\"::\"", "import.delimiter: write one of \",\", \";\", \"\\t\" and \"|\"");
    check(
        "\"windows-1252\"",
        "\"utf-16\"",
        "import.encoding: `utf-16` is not possible; write one of utf8, windows-1252, latin-1",
    );
    let format = "does not tell a day and a time; for example \"%Y-%m-%d %H:%M:%S\" or \"%d/%m/%y %H:%M\"";
    check("%Y-%m-%d %H:%M", "%Y-%m-%d", &format!("import.time_format: `%Y-%m-%d` {format}"));
    check("%Y-%m-%d %H:%M", "%Y-%m-%d %I:%M", &format!("import.time_format: `%Y-%m-%d %I:%M` {format}"));
    check(
        "delimiter",
        "time_zone = \"Falun\"\ndelimiter",
        "import.time_zone: not an IANA time zone; for example \"Europe/Stockholm\"",
    );
    check("result = 7", "result = 0", "import.columns.result: columns are numbered from 1");
    check("result = 7", "result = \" \"", "import.columns.result: it is empty");
    check(
        "result = 7",
        "result = 7.5",
        "import.columns.result: a column is its name in the header, or its number from 1",
    );
    check("result = 7", "", "import.columns: `result` is missing; docs/configuration.md tells what it means");
    check("wait_hms", "wait_s = 3\nwait_hms", "import.columns: name `wait` in one unit only");
    check(
        "wait_hms",
        "answered = 3\nwait_hms",
        "import.columns: `answered` and `wait` tell the same: name the more exact one",
    );
    check(
        "delimiter",
        "header = false\ndelimiter",
        "import.columns.call_id: column `Id` has a name, and header = false: write its number",
    );
    check(
        "\"answer\"",
        "\"answered\"",
        "import.results: `Besvarat` must mean one of answer, cancel, no_answer, busy, unavailable, congestion, mailbox, other",
    );
    check("\"incoming\"", "\"in\"", "import.directions: `In` must mean one of incoming, outgoing, internal");
    check(
        "\"In\" = \"incoming\"",
        "",
        "import.directions: there is a column `direction`: name its words, such as \"Inkommande\" = \"incoming\"",
    );
    check(
        "\"Besvarat\" = \"answer\"\n\"\" = \"cancel\"",
        "",
        "import.results: name the list's words, such as \"Besvarat\" = \"answer\"",
    );
}
