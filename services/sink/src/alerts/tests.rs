//! Messages as Alertmanager and Grafana post them, and what is none.

use super::message::*;
use serde_json::{Value, json};

fn alertmanager() -> Value {
    json!({
        "version": "4", "groupKey": "{}:{alertname=\"SvarstidLongestWait\"}", "truncatedAlerts": 0, "status": "firing",
        "receiver": "svarstid", "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": [{
            "status": "firing",
            "labels": { "alertname": "SvarstidLongestWait", "site": "exempelby", "queue": "switchboard", "unit": "Switchboard",
                "severity": "page", "job": "svarstid" },
            "annotations": { "summary": "A caller waits", "description": "For 130 s.", "dashboard": "http://grafana/d/x" },
            "startsAt": "2026-11-24T08:15:00.123456789+01:00", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus/graph", "fingerprint": "a1b2c3",
        }],
    })
}

fn read_value(message: &Value) -> Result<Message, Bad> {
    read(message.to_string().as_bytes())
}

fn pair(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

#[test]
fn alertmanager_s_alert_is_raised_and_has_no_end() {
    let message = read_value(&alertmanager()).unwrap();
    let expect = Told {
        site: "exempelby".into(),
        alert: "SvarstidLongestWait".into(),
        fingerprint: "a1b2c3".into(),
        starts: 1_795_504_500_123,
        ends: None,
        severity: "page".into(),
        queue: "switchboard".into(),
        unit: "Switchboard".into(),
        target: String::new(),
        labels: vec![pair("job", "svarstid")],
        summary: "A caller waits".into(),
        description: "For 130 s.".into(),
        links: vec![pair("dashboard", "http://grafana/d/x")],
    };
    assert_eq!(message, Message { found_by: "prometheus", alerts: vec![expect], bad: vec![], truncated: 0 });
}

#[test]
fn grafana_s_alert_has_the_name_of_its_kind() {
    let mut message = alertmanager();
    message["orgId"] = 1.into();
    message["alerts"][0]["status"] = "resolved".into();
    message["alerts"][0]["endsAt"] = "2026-11-24T07:20:00Z".into();
    message["alerts"][0]["labels"]["alertname"] = "SvarstidLongestWait exempelby switchboard".into();
    message["alerts"][0]["labels"]["kind"] = "SvarstidLongestWait".into();
    message["truncatedAlerts"] = 3.into();
    let read = read_value(&message).unwrap();
    let alert = &read.alerts[0];
    assert_eq!((alert.alert.as_str(), read.found_by, read.truncated), ("SvarstidLongestWait", "grafana", 3));
    assert_eq!(alert.ends, Some(1_795_504_800_000));
    assert_eq!(alert.labels[0], pair("alertname", "SvarstidLongestWait exempelby switchboard"));
    // Somebody else's rule.
    message["alerts"][0]["labels"].as_object_mut().unwrap().remove("kind");
    assert_eq!(read_value(&message).unwrap().alerts[0].alert, "SvarstidLongestWait exempelby switchboard");
}

#[test]
fn what_is_about_no_site_has_none() {
    let mut message = alertmanager();
    message["alerts"][0]["labels"] = json!({ "alertname": "SvarstidDown", "service": "sink" });
    message["alerts"][0]["annotations"] = Value::Null;
    let alert = &read_value(&message).unwrap().alerts[0];
    assert_eq!((alert.site.as_str(), &alert.labels[..]), ("", &[pair("service", "sink")][..]));
}

#[test]
fn what_cannot_be_used_is_told_and_the_others_are() {
    for (key, value, expect) in [
        ("status", json!("perhaps"), Reason::UnknownStatus),
        ("status", json!("resolved"), Reason::NoTime),
        ("startsAt", json!("0001-01-01T00:00:00Z"), Reason::NoTime),
        ("startsAt", json!("9999-01-01T00:00:00Z"), Reason::NoTime),
        ("startsAt", json!("yesterday"), Reason::NoTime),
        ("startsAt", Value::Null, Reason::NoTime),
        ("labels", json!({}), Reason::NoName),
        ("labels", json!([]), Reason::Malformed),
        ("labels", json!({ "alertname": 5 }), Reason::Malformed),
        ("fingerprint", json!(""), Reason::NoFingerprint),
        ("fingerprint", json!(7), Reason::NoFingerprint),
    ] {
        let mut message = alertmanager();
        let good = message["alerts"][0].clone();
        message["alerts"].as_array_mut().unwrap().push(good);
        message["alerts"][0][key] = value;
        let read = read_value(&message).unwrap();
        assert_eq!(read.alerts.len(), 1, "{key}");
        assert_eq!(read.bad[0].reason, expect, "{key}: {:?}", read.bad);
        assert!(read.bad[0].detail.starts_with("alerts[0]: "), "{:?}", read.bad);
    }
}

#[test]
fn what_is_no_message() {
    let many = json!({ "alerts": vec![json!({}); ALERTS_MAX + 1] }).to_string();
    for (body, expect) in [
        ("", Reason::Malformed),
        ("[]", Reason::Malformed),
        ("{}", Reason::Malformed),
        ("{\"alerts\": {}}", Reason::Malformed),
        ("\u{0}\u{1}", Reason::Malformed),
        (&many, Reason::TooMany),
    ] {
        assert_eq!(read(body.as_bytes()).unwrap_err().reason, expect, "{}", &body[..body.len().min(30)]);
    }
    // Alertmanager posts no empty ones, but it would be none that is wrong.
    assert_eq!(read(b"{\"alerts\": []}").unwrap().alerts, []);
}
