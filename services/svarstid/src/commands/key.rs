//! `svarstid key new`: a key for pseudonyms.

use anyhow::anyhow;
use config::PseudonymKey;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// 32 random bytes and the lines to paste into the configuration
    New {
        /// One more than the newest key has [default: read from the configuration, 1 without one]
        #[arg(long)]
        epoch: Option<u32>,
    },
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let Command::New { epoch } = &arguments.command;
    let mut secret = [0u8; 32];
    getrandom::fill(&mut secret).map_err(|e| anyhow!("the system gives no random bytes: {e}"))?;
    // A configuration that is not there yet, or not possible yet, is no reason to refuse a key: that may be what it lacks.
    let known = config::load(config_file).map(|config| config.numbers.pseudonym_keys).unwrap_or_default();
    let epoch = epoch.unwrap_or_else(|| next_epoch(&known));
    std::io::stdout().write_all(lines(epoch, &secret).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn next_epoch(keys: &[PseudonymKey]) -> u32 {
    keys.iter().map(|key| key.epoch).max().map_or(1, |newest| newest.saturating_add(1))
}

fn lines(epoch: u32, secret: &[u8; 32]) -> String {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "# Keep it secret: whoever has it can find the number behind a pseudonym by trying. Keep the old keys below it for\n\
         # as long as callers shall be recognised across the change. `file = \"PATH\"` instead of `hex` keeps it apart.\n\
         [[numbers.pseudonym_keys]]\nepoch = {epoch}\nhex = \"{hex}\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_a_key_of_the_configuration() {
        let site =
            "[site]\nid = \"a\"\nname = \"A\"\ntime_zone = \"UTC\"\n[numbers]\ncountry_code = \"46\"\n";
        let pbx = "[pbx]\nmake = \"asterisk\"\nnode = \"a\"\ntrunks = [\"trunk\"]\n";
        let config = config::parse(&format!("{site}{}{pbx}", lines(7, &[0xab; 32]))).unwrap();
        let secret = [0xab; 32];
        let expect = org::KeyRing::new(vec![org::PseudonymKey { epoch: 7, secret }]).unwrap();
        assert!(*config.numbers().unwrap().keys() == expect);
        assert_eq!(next_epoch(&config.numbers.pseudonym_keys), 8);
        assert_eq!(next_epoch(&[]), 1);
    }
}
