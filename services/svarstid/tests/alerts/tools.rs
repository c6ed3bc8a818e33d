//! Prometheus' own tools. `scripts/prometheus.sh` fetches them; where it cannot, the tests with them are left out and say so.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

fn folder() -> Option<&'static PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let fetched = Command::new(tidy::root().join("scripts/prometheus.sh")).output().unwrap();
            let set =
                |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
            let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
            let folder = cache.join("svarstid/prometheus");
            if folder.join("complete").exists() {
                return Some(folder.join("bin"));
            }
            eprintln!("{}", String::from_utf8_lossy(&fetched.stderr).trim());
            None
        })
        .as_ref()
}

/// The tool of this name; none where it cannot be had.
pub fn tool(name: &str) -> Option<Command> {
    Some(Command::new(folder()?.join(name)))
}

/// Runs it with this input.
pub fn run(mut tool: Command, input: &str) -> Output {
    let mut child = tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A tool that has seen enough need not read to the end.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Everything that it said.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
