//! The last pane of each key beside the reference.

use crate::fill::Expected;
use crate::pane::Pane;
use kafka::Settings;
use std::collections::HashMap;

/// What differs.
pub fn compare(
    settings: &Settings,
    topic: &str,
    partitions: i32,
    expected: &Expected,
) -> anyhow::Result<Vec<String>> {
    let mut last: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    let partitions: Vec<i32> = (0..partitions).collect();
    kafka::restore::read_all(settings, topic, &partitions, |_, key, value| {
        last.insert(key.to_vec(), value.unwrap_or_default().to_vec());
    })?;
    let mut wrong = Vec::new();
    for (key, pane) in &expected.panes {
        match last.remove(key.as_bytes()) {
            None => wrong.push(format!("{key}: missing")),
            Some(value) if Pane::read(&value).as_ref() != Some(pane) => {
                wrong.push(format!("{key}: {:?} instead of {pane:?}", Pane::read(&value)));
            }
            Some(_) => {}
        }
    }
    wrong.extend(last.keys().map(|key| format!("{}: nobody expects it", String::from_utf8_lossy(key))));
    Ok(wrong)
}
