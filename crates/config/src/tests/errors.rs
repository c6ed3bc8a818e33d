//! Each impossible setting is one clear error: where, what, and what to do.

use super::{SMALL, changed};
use crate::overrides::Overrides;
use crate::{ConfigError, load, parse};
use std::path::PathBuf;

fn message(text: &str) -> String {
    match parse(text) {
        Ok(_) => "possible".to_owned(),
        Err(error) => error.to_string().replacen("configuration, text", "", 1),
    }
}

/// Changes `from` to `to` in the small site and expects the error.
fn check(from: &str, to: &str, expect: &str) {
    let got = message(&changed(from, to));
    assert_eq!(got.trim_start_matches([',', ':', ' ']), expect, "{from} → {to}");
}

#[test]
fn the_small_site_is_possible() {
    assert_eq!(message(SMALL), "possible");
}

#[test]
fn keys() {
    check("[site]", "[site]\nfoo = 1", "site.foo: `foo` is no key; the keys here are id, name, time_zone");
    check(
        "[[targets]]",
        "[[target]]",
        "target: `target` is no key; the keys here are site, numbers, routes, queues, \
        units, opening_hours, pbx, import, targets, alerts, retention, readers, ring_cadence_s, kafka, clickhouse, collector, processor, sink, stack",
    );
    check("node = \"pbx-1\"", "", "pbx: `node` is missing; docs/configuration.md tells what it means");
    check(
        "answer_within_s = 20",
        "",
        "targets (entry 1): `answer_within_s` is missing; docs/configuration.md tells what it means",
    );
    check(
        "answer_within_s = 20",
        "answer_within_s = \"x\"",
        "targets (entry 1), answer_within_s: string \"x\" stands where u32 is wanted",
    );
    check(
        "kind = \"group\"",
        "kind = \"grupp\"",
        "queues (entry 2), kind: `grupp` is not possible; write one of operator, group",
    );
    check(
        "[pbx.cel]",
        "[stack]\nkafka_port = 70000\n[pbx.cel]",
        "stack.kafka_port: signed int `70000` stands where u16 is wanted",
    );
    check(
        "username = \"svarstid\"",
        "username = \"svarstid\"\nsecret = 12345",
        "pbx.ami.secret: this must be a string",
    );
}

#[test]
fn a_syntax_error_does_not_quote_the_line() {
    check("hex = \"01", "hex = 01", "TOML parse error at line 15, column 8; expected newline, `#`");
    check("[site]", "[site", "TOML parse error at line 2, column 6; invalid table header; expected `.`, `]`");
}

#[test]
fn site() {
    check(
        "\"town\"",
        "\"to wn\"",
        "site.id: letters, digits, `-` and `_` only: it is a key in Kafka and ClickHouse",
    );
    check(
        "\"Europe/Stockholm\"",
        "\"Europe/Falun\"",
        "site.time_zone: not an IANA time zone; for example \"Europe/Stockholm\"",
    );
    check("[site]", "ring_cadence_s = 0\n[site]", "ring_cadence_s: whole seconds from 1 to 60 (Sweden: 6)");
}

#[test]
fn numbers() {
    check(
        "\"46\"",
        "\"+46\"",
        "numbers.country_code: one to three digits without `+` or zeros before, such as \"46\"",
    );
    check(
        "own =",
        "trunk_prefix = \"x\"\nown =",
        "numbers.trunk_prefix: digits only, or \"\" where national numbers have none",
    );
    check(
        "own =",
        "international_prefix = \"\"\nown =",
        "numbers.international_prefix: digits only, such as \"00\"",
    );
    check(
        "own =",
        "international_prefix = \"0\"\nown =",
        "numbers.international_prefix: the same as trunk_prefix: the two could not be told apart",
    );
    check(
        "own =",
        "service_prefixes = [\"1\"]\nown =",
        "numbers.service_prefixes: `1` is not one character that is no digit",
    );
    check(
        "0846500499",
        "084650049",
        "numbers.own: `0846500400-084650049`: both ends must have the same number of digits, the lower one first",
    );
    check(
        "\"2101-2105\"",
        "\"2105-2101\"",
        "numbers.extensions: `2105-2101`: both ends must have the same number of digits, the lower one first",
    );
    check(
        "\"9\"]",
        "\"nine\"]",
        "numbers.short: `nine` is neither a number nor a range `low-high` of digits",
    );
    check(
        "0846500400-0846500499",
        "0840000000-0849999999",
        "numbers.own: `0840000000-0849999999` holds more than 1,000,000 numbers",
    );
}

#[test]
fn pseudonym_keys() {
    let place = "numbers.pseudonym_keys, epoch 1";
    check(
        "hex = \"01",
        "hex = \"0",
        &format!("{place}: a key is 64 hexadecimal digits (32 bytes); make one with `svarstid key new`"),
    );
    check(
        "hex = \"01",
        "hex = \"xy",
        &format!("{place}: a key is 64 hexadecimal digits (32 bytes); make one with `svarstid key new`"),
    );
    check("hex = ", "file = \"k\"\nhex = ", &format!("{place}: name either `hex` or `file`"));
    check("hex = ", "# hex = ", &format!("{place}: name either `hex` or `file`"));
    let twice = "[[numbers.pseudonym_keys]]\nepoch = 1\nfile = \"k\"\n[[routes]]";
    check("[[routes]]", twice, "numbers.pseudonym_keys: epoch 1 has two keys");
    let keys = SMALL.find("[[numbers.pseudonym_keys]]").unwrap()..SMALL.find("[[routes]]").unwrap();
    check(
        &SMALL[keys],
        "pseudonym_keys = []\n",
        "numbers.pseudonym_keys: there is no key; make one with `svarstid key new`",
    );
}

#[test]
fn queues() {
    check(
        "members = [\"9001-9003\"]",
        "",
        "queues `switchboard`: an operator queue needs `members`: they tell the operators from the others",
    );
    check(
        "members = [\"9001-9003\"]",
        "members = [\"9001-9004\"]",
        "queues `switchboard`: 9004 is not in numbers.extensions",
    );
    check("name = \"care\"", "name = \"switchboard\"", "queues: `switchboard` stands there twice");
    check("name = \"care\"", "name = \" \"", "queues: one has an empty name");
    check(
        "unit = \"switchboard\"",
        "unit = \"sw\"",
        "queues `switchboard`: unit `sw` is not among [[units]]",
    );
    check(
        "[\"care\"]",
        "[\"switchboard\"]",
        "queues `care`: context `switchboard` leads to queue `switchboard` already",
    );
}

#[test]
fn routes() {
    let place = "routes [\"0846500401-0846500403\"]";
    check(
        "queue = \"switchboard\"",
        "queue = \"growth\"",
        "routes [\"0846500400\", \"9\"]: queue `growth` is not among [[queues]]",
    );
    check(
        "queue = \"switchboard\"",
        "",
        "routes [\"0846500400\", \"9\"]: name either `queue` or `extensions`",
    );
    check(
        "extensions = [\"2101-2103\"]",
        "extensions = [\"2101-2103\"]\nqueue = \"care\"",
        &format!("{place}: name either `queue` or `extensions`"),
    );
    check(
        "extensions = [\"2101-2103\"]",
        "extensions = [\"2101-2102\"]",
        &format!("{place}: 3 numbers cannot lead one to one to 2 extensions"),
    );
    check(
        "extensions = [\"2101-2103\"]",
        "extensions = [\"2106-2108\"]",
        &format!("{place}: 2106 is not in numbers.extensions"),
    );
    check("\"0846500400\", \"9\"", "", "routes []: `numbers` is empty");
    check(
        "\"0846500400\", \"9\"",
        "\"0846500500\"",
        "routes [\"0846500500\"]: 0846500500 is in none of numbers.own, numbers.short, numbers.extensions",
    );
    check("\"0846500400\", \"9\"", "\"0846500402\"", &format!("{place}: 0846500402 leads somewhere already"));
    check(
        "\"0846500400\", \"9\"",
        "\"+46846500400\"",
        "routes [\"+46846500400\"]: `+46846500400` is neither a number nor a range `low-high` of digits",
    );
}

#[test]
fn units() {
    check(
        "name = \"care\"\nextensions = [\"2101-2103\"]",
        "name = \"care\"\nextensions = [\"2101\", \"9002\"]",
        "units `care`: 9002 belongs to unit `switchboard` already",
    );
    check(
        "name = \"care\"\nextensions = [\"2101-2103\"]",
        "name = \"care\"\nextensions = [\"2101-2103\", \"2103\"]",
        "units `care`: 2103 belongs to unit `care` already",
    );
    check(
        "name = \"care\"\nextensions = [\"2101-2103\"]",
        "name = \"care\"\nextensions = [\"3101\"]",
        "units `care`: 3101 is not in numbers.extensions",
    );
    check(
        "name = \"care\"\nextensions",
        "name = \"switchboard\"\nextensions",
        "units: `switchboard` stands there twice",
    );
}

#[test]
fn targets() {
    let scope = |more: &str, expect: &str| {
        check("share = 0.8", &format!("share = 0.8\n{more}"), &format!("targets `town`: {expect}"));
    };
    scope("queue = \"x\"", "queue `x` is not among [[queues]]");
    scope("unit = \"x\"", "unit `x` is not among [[units]]");
    scope(
        "queue = \"switchboard\"\nunit = \"care\"",
        "a target is about one `queue` or one `unit`, not both",
    );
    scope(
        "queue = \"switchboard\"\nclock = \"menu\"",
        "a target of one queue runs from joining it: write clock = \"queue\", or leave `clock` out",
    );
    check("share = 0.8", "share = 80.0", "targets `town`: a share is between 0 and 1");
    check("share = 0.8", "share = nan", "targets `town`: a share is between 0 and 1");
    check("share = 0.8", "share = 0.8\nlost_share_max = -0.1", "targets `town`: a share is between 0 and 1");
    for seconds in ["0", "121"] {
        let to = format!("answer_within_s = {seconds}");
        check(
            "answer_within_s = 20",
            &to,
            "targets `town`: answer_within_s is a whole number of seconds from 1 to 120",
        );
    }
}

#[test]
fn pbx() {
    check("\"asterisk\"", "\"other\"", "pbx.ami: only an asterisk has a manager interface");
    check(
        "\"asterisk\"",
        "\"3cx\"",
        "pbx.make: write \"asterisk\", or \"other\" for a PBX that posts its events or exports lists",
    );
    check("\"pbx-1\"", "\"\"", "pbx.node: it is empty");
    check(
        "[\"trunk\"]",
        "[]",
        "pbx.trunks: name at least one endpoint that leads outside, or no call is an external one",
    );
    check(
        "\"127.0.0.1:5038\"",
        "\"127.0.0.1\"",
        "pbx.ami.address: `127.0.0.1` is not host:port, such as \"127.0.0.1:9092\"",
    );
    check(":5038", ":0", "pbx.ami.address: port 0 is no port; choose one from 1 to 65535");
    check(
        "username = \"svarstid\"",
        "username = \"a\\r\\nAction: Logoff\"",
        "pbx.ami.username: it holds a control character",
    );
    check(
        "username = \"svarstid\"",
        "username = \"a\"\nsecret = \"b\"\nsecret_file = \"c\"",
        "pbx.ami: name `secret_file` or `secret`, not both",
    );
    check(
        "username = \"svarstid\"",
        "username = \"a\"\nkeep_alive_s = 0",
        "pbx.ami.keep_alive_s: must be at least 1",
    );
    check("\"uniqueid\"]", "\"eventtype\"]", "pbx.cel.columns: `eventtype` stands there twice");
    check(
        "\"colleague\"",
        "\"friend\"",
        "pbx.diversions.kinds: `kollega` must mean colleague, voicemail, operator or other",
    );
}

#[test]
fn services() {
    let check = |section: &str, setting: &str, expect: &str| {
        check("[pbx.cel]", &format!("[{section}]\n{setting}\n[pbx.cel]"), expect)
    };
    check("kafka", "brokers = \"a:1,b\"", "kafka.brokers: `b` is not host:port, such as \"127.0.0.1:9092\"");
    check("kafka", "brokers = \"\"", "kafka.brokers: `` is not host:port, such as \"127.0.0.1:9092\"");
    check("kafka", "partitions = 0", "kafka.partitions: must be at least 1");
    check(
        "kafka",
        "topic_prefix = \"a b\"",
        "kafka.topic_prefix: at most 200 letters, digits, `.`, `_` and `-`",
    );
    check(
        "kafka",
        "schema_registry = \"a:8081\"",
        "kafka.schema_registry: `a:8081` is no address that begins with http:// or https://",
    );
    check(
        "clickhouse",
        "url = \"http://\"",
        "clickhouse.url: `http://` is no address that begins with http:// or https://",
    );
    check("clickhouse", "database = \"a;b\"", "clickhouse.database: letters, digits and `_` only");
    check(
        "clickhouse",
        "cluster = \"it's\"",
        "clickhouse.cluster: a name of ClickHouse's remote_servers (letters, digits, `_` and `-`), or a macro such as \"{cluster}\"; leave it out for one node",
    );
    check(
        "collector",
        "listen = \"9100\"",
        "collector.listen: `9100` is not host:port, such as \"127.0.0.1:9092\"",
    );
    check("collector.spool", "max_mib = 0", "collector.spool.max_mib: must be at least 1");
    check("processor", "group = \"\"", "processor.group: it is empty");
    check(
        "sink",
        "batch_rows = 2000000",
        "sink.batch_rows: at most 1,000,000: a larger insert is not atomic in ClickHouse",
    );
    check("stack", "kafka_port = 0", "stack.kafka_port: port 0 is no port; choose one from 1 to 65535");
    check(
        "stack",
        "kafka_port = 19000",
        "stack.clickhouse_tcp_port: port 19000 is taken by another part of the stack",
    );
}

#[test]
fn files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("svarstid.toml");
    let shown = |error: ConfigError| error.to_string().replace(folder.path().to_str().unwrap(), "DIR");
    let error = shown(load(&path).unwrap_err());
    assert_eq!(
        error,
        "configuration, DIR/svarstid.toml: it cannot be read (No such file or directory (os error 2)); name another with --config FILE"
    );

    std::fs::write(&path, changed("\"asterisk\"", "\"3cx\"")).unwrap();
    let error = shown(load(&path).unwrap_err());
    assert_eq!(
        error,
        "configuration, DIR/svarstid.toml, pbx.make: write \"asterisk\", or \"other\" for a PBX that posts its events or exports lists"
    );

    // The key file is the collector's: a service that does not need it starts without.
    let keys = SMALL.find("hex = ").unwrap()..SMALL.find("[[routes]]").unwrap();
    std::fs::write(&path, changed(&SMALL[keys], "file = \"keys/1\"\n")).unwrap();
    let error = shown(load(&path).unwrap().numbers().unwrap_err());
    assert_eq!(
        error,
        "configuration, numbers.pseudonym_keys, epoch 1: DIR/keys/1 cannot be read: No such file or directory (os error 2)"
    );
    let error = shown(load(&path).unwrap().pbx.ami.unwrap().read_secret().unwrap_err());
    assert_eq!(error, "configuration, pbx.ami: name a `secret_file`, or set SVARSTID_PBX__AMI__SECRET");
}

#[test]
fn environment() {
    let check = |name: &str, value: &str, expect: &str| {
        let overrides = Overrides::of([(name.to_owned(), value.to_owned())].into_iter());
        let error = crate::load::read(SMALL, "FILE", PathBuf::new(), overrides).unwrap_err();
        assert_eq!(error.to_string(), format!("configuration, {expect}"));
    };
    check(
        "FOO",
        "1",
        "environment variable SVARSTID_FOO: `foo` is no key; the keys here are site, numbers, routes, queues, \
        units, opening_hours, pbx, import, targets, alerts, retention, readers, ring_cadence_s, kafka, clickhouse, collector, processor, sink, stack",
    );
    check(
        "STACK__KAFKA_PORT",
        "a",
        "environment variable SVARSTID_STACK__KAFKA_PORT: string \"a\" stands where u16 is wanted",
    );
    check(
        "KAFKA__BROKERS",
        "b",
        "environment variable SVARSTID_KAFKA__BROKERS: `b` is not host:port, such as \"127.0.0.1:9092\"",
    );
}

#[test]
fn opening_hours() {
    const ENTRY: &str = "[[opening_hours]]\nqueues = [\"care\"]\ndays = \"mon-thu,sat\"\nfrom = \"08:00\"\n\
        to = \"24:00\"\nclosed_on = \"public_holidays\"\nclosed_dates = [\"2026-12-23\"]\n[pbx]\n";
    let hours = |from: &str, to: &str, expect: &str| {
        assert_eq!(ENTRY.matches(from).count(), 1, "{from}");
        check("[pbx]\n", &ENTRY.replace(from, to), expect);
    };
    hours("08:00", "08:30", "possible");
    hours("\"care\"", "\"cure\"", "opening_hours (entry 1), queues: queue `cure` is not among [[queues]]");
    hours(
        "mon-thu",
        "thu-mon",
        "opening_hours (entry 1), days: `thu-mon` is no weekday or range of them; \
         write for example \"mon-fri\" or \"mon,wed,sat-sun\"",
    );
    hours("08:00", "8", "opening_hours (entry 1), from: `8` is no time of day; write for example \"08:00\"");
    hours(
        "24:00",
        "07:00",
        "opening_hours (entry 1), to: `to` is not later than `from`; \
         hours past midnight are two entries, one to \"24:00\"",
    );
    hours(
        "public_holidays",
        "sundays",
        "opening_hours (entry 1), closed_on: `sundays` is not possible; \
         write one of nothing, public_holidays, public_holidays_and_eves",
    );
    hours(
        "2026-12-23",
        "23/12",
        "opening_hours (entry 1), closed_dates: `23/12` is no date; write for example \"2026-12-23\"",
    );
}

#[test]
fn followed_files() {
    let file = |lines: &str| format!("[[collector.files]]\nkind = \"cel\"\n{lines}\n[pbx.cel]");
    let check_file = |lines: &str, expect: &str| check("[pbx.cel]", &file(lines), expect);
    check_file("path = \"/var/log/Master.csv\"\nfrom = \"beginning\"", "possible");
    check_file(
        "path = \"..\"",
        "collector.files (entry 1), path: it names no file; for example \"/var/log/asterisk/queue_log\"",
    );
    check_file(
        "path = \"a\"\npoll_ms = 0",
        "collector.files (entry 1), poll_ms: milliseconds from 10 to 60000",
    );
    check_file(
        "path = \"a\"\nfrom = \"now\"",
        "collector.files (entry 1), from: `now` is not possible; write one of end, beginning",
    );
    check_file(
        "path = \"a\"\n[[collector.files]]\nkind = \"cdr\"\npath = \"a\"",
        "collector.files (entry 2), path: `a` stands there twice",
    );
}
