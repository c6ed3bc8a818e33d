//! Readers of ClickHouse who are impossible.

use super::SMALL;
use crate::{Config, parse};

fn parsed(readers: &str) -> Result<Config, String> {
    parse(&format!("{SMALL}\n{readers}")).map_err(|error| error.to_string())
}

#[track_caller]
fn check(readers: &str, expect: &str) {
    let got = parsed(readers).map(|_| "possible").unwrap_or_else(|error| error.leak());
    assert!(got.ends_with(expect), "{got}");
}

#[test]
fn a_reader_has_a_name_of_its_own_and_one_password() {
    let reader = |name: &str, rest: &str| format!("[[readers]]\nname = \"{name}\"\n{rest}\n");
    check(&reader("anna", "password = \"p\""), "possible");
    check(&reader("anna", ""), "readers `anna`: name either `password` or `password_file`");
    check(
        &reader("anna", "password = \"p\"\npassword_file = \"f\""),
        "readers `anna`: name either `password` or `password_file`",
    );
    check(
        &reader("anna<", "password = \"p\""),
        "readers `anna<`: a user's name is a letter, then letters, digits and `_`",
    );
    for name in ["svarstid", "default", "reader"] {
        check(
            &reader(name, "password = \"p\""),
            "the name is taken: by another reader, the sink's user, or the server's own",
        );
    }
    check(
        &(reader("anna", "password = \"p\"") + &reader("anna", "password = \"q\"")),
        "the name is taken: by another reader, the sink's user, or the server's own",
    );
    check(
        &reader("anna", "password = \"p\"\nunits = [\"nowhere\"]"),
        "readers `anna`: unit `nowhere` is not among [[units]]",
    );
}

#[test]
fn a_password_is_read_from_its_file_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "word of the file\n").unwrap();
    let readers = format!("[[readers]]\nname = \"anna\"\npassword_file = \"{}\"\n", file.display());
    let config = parsed(&readers).unwrap();
    assert_eq!(config.readers[0].read_password().unwrap(), "word of the file");
    let config = parsed("[[readers]]\nname = \"anna\"\npassword = \"word of the setting\"\n").unwrap();
    assert!(!format!("{config:?}").contains("word of"), "{config:?}");
    std::fs::write(&file, "\n").unwrap();
    let config = parsed(&readers).unwrap();
    assert!(
        config.readers[0].read_password().unwrap_err().to_string().contains("one line that is not empty")
    );
}
