//! A small site, and what happens when one thing in it is changed.

mod alerts;
mod documented;
mod errors;
mod import;
mod meaning;
mod readers;
mod retention;
mod sink_alerts;
mod sites;
mod webhook;

const SMALL: &str = r#"
[site]
id = "town"
name = "Town"
time_zone = "Europe/Stockholm"

[numbers]
country_code = "46"
own = ["0846500400-0846500499"]
extensions = ["2101-2105", "9001-9003"]
short = ["9"]

[[numbers.pseudonym_keys]]
epoch = 1
hex = "0101010101010101010101010101010101010101010101010101010101010101"

[[routes]]
numbers = ["0846500400", "9"]
queue = "switchboard"

[[routes]]
numbers = ["0846500401-0846500403"]
extensions = ["2101-2103"]

[[queues]]
name = "switchboard"
kind = "operator"
unit = "switchboard"
members = ["9001-9003"]
contexts = ["switchboard"]

[[queues]]
name = "care"
kind = "group"
contexts = ["care"]

[[units]]
name = "switchboard"
extensions = ["9001-9003"]

[[units]]
name = "care"
extensions = ["2101-2103"]

[pbx]
make = "asterisk"
node = "pbx-1"
trunks = ["trunk"]

[pbx.ami]
address = "127.0.0.1:5038"
username = "svarstid"

[pbx.cel]
columns = ["eventtype", "uniqueid"]

[pbx.diversions.kinds]
kollega = "colleague"

[[targets]]
name = "town"
answer_within_s = 20
share = 0.8
"#;

/// The small site with one text replaced by another.
fn changed(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    SMALL.replacen(from, to, 1)
}
