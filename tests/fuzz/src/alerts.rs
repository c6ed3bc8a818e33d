//! Alerts that are posted to the sink.

#[path = "../../../services/sink/src/alerts/message.rs"]
#[expect(dead_code, reason = "what the sink tells of what it refuses is of no use here")]
mod message;

use message::{ALERTS_MAX, Message, read};

/// A message of Alertmanager or Grafana, or anything else.
pub fn alerts(data: &[u8]) {
    let Ok(Message { alerts, bad, .. }) = read(data) else { return };
    let message: serde_json::Value = serde_json::from_slice(data).unwrap();
    assert_eq!(alerts.len() + bad.len(), message["alerts"].as_array().unwrap().len(), "each is told once");
    assert!(alerts.len() + bad.len() <= ALERTS_MAX);
    for alert in &alerts {
        assert!(!alert.alert.is_empty() && !alert.fingerprint.is_empty(), "{alert:?}");
        // ClickHouse's DateTime64 of milliseconds ends in 2299.
        let times = [Some(alert.starts), alert.ends];
        assert!(times.iter().flatten().all(|time| (1..10_000_000_000_000).contains(time)), "{alert:?}");
        assert!(alert.labels.is_sorted() && alert.links.is_sorted(), "{alert:?}");
    }
    assert!(bad.iter().all(|bad| bad.detail.starts_with("alerts[")), "{bad:?}");
    // What is left of the white space at its end is still the same message.
    let whole = data.trim_ascii_end();
    assert!(read(&whole[..whole.len() - 1]).is_err(), "a message that is cut off is none");
}
