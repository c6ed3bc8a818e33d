//! What is told beside the figures: notes and alerts of the whole site, of units and of queues.

use store::Store;
use store::alerts::{Alert, version};
use store::annotations::Note;

/// A note of a minute.
pub fn note(site: &str, text: &str, (queue, unit): (&str, &str), begins_us: i64) -> Note {
    Note {
        site: site.into(),
        begins_us,
        ends_us: begins_us + 60_000_000,
        queue: queue.into(),
        unit: unit.into(),
        kind: "note".into(),
        text: text.into(),
    }
}

/// One that lasted a minute, or still is raised.
pub fn alert(site: &str, name: &str, (queue, unit): (&str, &str), starts_us: i64, is_over: bool) -> Alert {
    let starts = starts_us / 1000;
    let ends = is_over.then_some(starts + 60_000);
    let pairs = |name: &str| vec![(name.to_owned(), format!("http://{name}"))];
    Alert {
        site: site.into(),
        alert: name.into(),
        found_by: "prometheus".into(),
        fingerprint: format!("{queue}-{unit}"),
        starts,
        ends,
        version: version(ends),
        severity: "page".into(),
        queue: queue.into(),
        unit: unit.into(),
        target: String::new(),
        labels: pairs("service"),
        summary: format!("{name} of {site}"),
        description: "What to do".into(),
        links: pairs("dashboard"),
        heard_at: starts_us,
    }
}

/// One of each for each place, named after it.
pub async fn fill(store: &Store, site: &str, places: &[(&str, &str)], at_us: i64) {
    let name = |(queue, unit): (&str, &str)| match [queue, unit].concat() {
        empty if empty.is_empty() => "all".to_owned(),
        name => name,
    };
    let notes: Vec<Note> = places.iter().map(|place| note(site, &name(*place), *place, at_us)).collect();
    store.annotate(&notes, false, at_us).await.unwrap();
    let alerts = places.iter().map(|place| alert(site, &name(*place), *place, at_us, place.0.is_empty()));
    store.tell_alerts(alerts.collect()).await.unwrap();
}
