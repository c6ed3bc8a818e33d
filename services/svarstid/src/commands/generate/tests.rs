use super::*;
use clap::Parser;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

fn parameters(words: &[&str]) -> Parameters {
    let line = ["generate", "--into", "kafka"].iter().chain(words);
    Line::try_parse_from(line).unwrap().arguments.parameters()
}

#[test]
fn who_serves_follows_from_the_load_or_from_the_person_who_asks() {
    assert_eq!(parameters(&[]).members, None);
    assert_eq!(parameters(&["--members", "18"]).members, Some(18));
}
