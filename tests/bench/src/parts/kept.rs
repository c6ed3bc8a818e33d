//! Keeps the lines that another program prints.

use crate::line::{Line, Lines};
use anyhow::{Context, ensure};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs a command, prints what it prints, and keeps its lines.
///
/// # Errors
/// It cannot be run, or fails.
#[expect(clippy::print_stdout, reason = "what the program prints is handed on")]
pub fn run(command: &[String], lines: &mut Lines) -> anyhow::Result<()> {
    let (program, arguments) = command.split_first().context("which command?")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{program} cannot be run"))?;
    let out = child.stdout.take().context("its output is closed")?;
    for line in BufReader::new(out).lines() {
        let line = line?;
        println!("{line}");
        if let Some(line) = Line::read(&line) {
            lines.keep(line)?;
        }
    }
    let status = child.wait()?;
    ensure!(status.success(), "{program} ended with {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_lines_are_kept_and_its_failure_is_told() {
        let file = std::env::temp_dir().join(format!("bench-kept-{}", std::process::id())).join("bench.json");
        let mut lines = Lines::open(&file).unwrap();
        let sh = |script: &str| ["sh", "-c", script].map(str::to_owned);
        run(&sh("echo bench a 5 MB/s; echo hello; echo bench b 7 s"), &mut lines).unwrap();
        let names: Vec<String> =
            crate::line::read(&file).unwrap().into_iter().map(|line| line.name).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(run(&sh("echo bench c 1 s; exit 3"), &mut lines).is_err());
        assert!(run(&[], &mut lines).is_err());
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }
}
