//! The recording in two files, cut while calls are alive.

use e2e::{Machine, recording};
use std::path::PathBuf;

/// Calls in the recording.
pub const CALLS: &str = "171";

/// Both files, in the machine's folder.
pub fn of_recording(machine: &Machine) -> [PathBuf; 2] {
    let text = recording();
    let middle = text.len() * 2 / 5;
    let cut = middle + text[middle..].find("\r\n\r\n").unwrap() + 4;
    let write = |name: &str, part: &str| {
        let path = machine.folder().join(name);
        std::fs::write(&path, part).unwrap();
        path
    };
    [write("first.txt", &text[..cut]), write("second.txt", &text[cut..])]
}

/// Sends one of them to `call-events`.
pub fn replay(machine: &Machine, half: &std::path::Path) {
    machine.run(&["collect", "--replay", half.to_str().unwrap()]);
}
