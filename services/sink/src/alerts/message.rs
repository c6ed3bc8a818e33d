//! What Alertmanager and Grafana post: the same form, of which Grafana's has more. Fuzzed (docs/fuzzing.md), so it names no other room.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// One message may tell of so many.
pub(super) const ALERTS_MAX: usize = 1000;
/// Times of alerts, ms since 1970 UTC: until 2200. What has no end has one in the year 1.
const TIMES_MS: std::ops::Range<i64> = 1..7_258_118_400_000;

/// Why an alert, or a whole message, cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// No JSON, or not of this form.
    Malformed,
    /// More than `ALERTS_MAX`.
    TooMany,
    /// The sender left some out.
    Truncated,
    /// No label `alertname`.
    NoName,
    /// No fingerprint.
    NoFingerprint,
    /// Neither firing nor resolved.
    UnknownStatus,
    /// It did not begin, or is over and did not end.
    NoTime,
}

impl Reason {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooMany => "too_many",
            Self::Truncated => "truncated",
            Self::NoName => "no_name",
            Self::NoFingerprint => "no_fingerprint",
            Self::UnknownStatus => "unknown_status",
            Self::NoTime => "no_time",
        }
    }
}

/// Something that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bad {
    pub reason: Reason,
    /// What and where, for whoever sent it.
    pub detail: String,
}

impl Bad {
    fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

/// A state of an alert. Texts are empty where nothing is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub site: String,
    pub alert: String,
    pub fingerprint: String,
    /// ms since 1970 UTC.
    pub starts: i64,
    /// The same; none: still raised.
    pub ends: Option<i64>,
    pub severity: String,
    pub queue: String,
    pub unit: String,
    pub target: String,
    /// The other labels, in the order of their names.
    pub labels: Vec<(String, String)>,
    pub summary: String,
    pub description: String,
    /// The other annotations, alike.
    pub links: Vec<(String, String)>,
}

/// What a message tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// `prometheus` or `grafana`.
    pub found_by: &'static str,
    pub alerts: Vec<Told>,
    /// Those that cannot be used.
    pub bad: Vec<Bad>,
    /// So many the sender left out, because it was told to.
    pub truncated: u64,
}

/// A message.
///
/// # Errors
/// It is none.
pub(super) fn read(body: &[u8]) -> Result<Message, Bad> {
    let malformed = |detail: String| Bad::new(Reason::Malformed, detail);
    let message: Value = serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))?;
    let told = message["alerts"].as_array();
    let told = told.ok_or_else(|| malformed("there is no list `alerts`".to_owned()))?;
    if told.len() > ALERTS_MAX {
        let detail = format!("{} alerts, at most {ALERTS_MAX} in one message; set `max_alerts`", told.len());
        return Err(Bad::new(Reason::TooMany, detail));
    }
    // Alertmanager knows no organisations.
    let found_by = if message["orgId"].is_null() { "prometheus" } else { "grafana" };
    let (mut alerts, mut bad) = (Vec::new(), Vec::new());
    for (n, told) in told.iter().enumerate() {
        match alert(told, found_by) {
            Ok(alert) => alerts.push(alert),
            Err(Bad { reason, detail }) => bad.push(Bad::new(reason, format!("alerts[{n}]: {detail}"))),
        }
    }
    let truncated = message["truncatedAlerts"].as_u64().unwrap_or(0);
    Ok(Message { found_by, alerts, bad, truncated })
}

fn alert(told: &Value, found_by: &str) -> Result<Told, Bad> {
    let mut labels = texts(told, "labels")?;
    let mut links = texts(told, "annotations")?;
    let site = take(&mut labels, "site");
    let [queue, unit, target, severity] =
        ["queue", "unit", "target", "severity"].map(|name| take(&mut labels, name));
    let alert = name(&mut labels, found_by)?;
    let fingerprint = told["fingerprint"].as_str().filter(|text| !text.is_empty());
    let fingerprint =
        fingerprint.ok_or_else(|| Bad::new(Reason::NoFingerprint, "there is no `fingerprint`"))?;
    let ends = match told["status"].as_str() {
        Some("firing") => None,
        Some("resolved") => Some(moment(told, "endsAt")?),
        _ => return Err(Bad::new(Reason::UnknownStatus, "`status` is neither `firing` nor `resolved`")),
    };
    Ok(Told {
        site,
        alert,
        fingerprint: fingerprint.to_owned(),
        starts: moment(told, "startsAt")?,
        ends,
        severity,
        queue,
        unit,
        target,
        labels,
        summary: take(&mut links, "summary"),
        description: take(&mut links, "description"),
        links,
    })
}

/// Grafana's alertname is the title of its rule, which has site and queue in it; the name is the label `kind` there
/// (`svarstid alerts grafana`).
fn name(labels: &mut Vec<(String, String)>, found_by: &str) -> Result<String, Bad> {
    let kind = (found_by == "grafana").then(|| take(labels, "kind")).filter(|kind| !kind.is_empty());
    let name = kind.unwrap_or_else(|| take(labels, "alertname"));
    if name.is_empty() { Err(Bad::new(Reason::NoName, "there is no label `alertname`")) } else { Ok(name) }
}

/// Names and texts, in the order of the names.
fn texts(told: &Value, key: &str) -> Result<Vec<(String, String)>, Bad> {
    let malformed = |detail: String| Bad::new(Reason::Malformed, detail);
    let none = Map::new();
    let map = match &told[key] {
        Value::Null => &none,
        Value::Object(map) => map,
        _ => return Err(malformed(format!("`{key}` is no object"))),
    };
    let text = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => Ok((name.clone(), text.to_owned())),
        None => Err(malformed(format!("`{key}.{name}` is no text"))),
    };
    let mut texts = map.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    texts.sort();
    Ok(texts)
}

/// Out of the list; empty if it is not there.
fn take(texts: &mut Vec<(String, String)>, name: &str) -> String {
    let place = texts.iter().position(|(known, _)| known == name);
    place.map(|place| texts.remove(place).1).unwrap_or_default()
}

/// ms since 1970 UTC.
fn moment(told: &Value, key: &str) -> Result<i64, Bad> {
    let time = told[key].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let time = time.map(Timestamp::as_millisecond).filter(|time| TIMES_MS.contains(time));
    time.ok_or_else(|| Bad::new(Reason::NoTime, format!("`{key}` is {}, and no time", told[key])))
}
