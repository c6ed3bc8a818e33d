//! What goes wrong, as lines of JSON.

use crate::time::rfc3339;
use generate::Incident;
use std::io::Write;
use std::path::Path;

pub fn write(incidents: &[Incident], file: &Path) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    for incident in incidents {
        writeln!(out, "{}", line(incident))?;
    }
    out.flush()
}

fn line(incident: &Incident) -> serde_json::Value {
    serde_json::json!({
        "kind": incident.kind.word(),
        "queue": incident.queue,
        "unit": incident.unit,
        "from": rfc3339(incident.from_us),
        "to": rfc3339(incident.to_us),
        "strength": (incident.strength * 100.0).round() / 100.0,
        "effect": incident.kind.effect(),
    })
}
