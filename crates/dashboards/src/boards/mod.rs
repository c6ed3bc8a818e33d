//! The dashboards, one file each.

mod departments;
mod explorer;
mod health;
mod marks;
mod policy;
mod shared;
mod switchboard;
mod targets;
mod told;
mod wall;
pub(crate) mod words;

use crate::board::Dashboard;
use crate::text::{Text, t};

/// Names (they never change: others link to them) and titles.
pub(crate) const NAMES: [(&str, Text); 6] = [
    ("wall", t("Wall", "Väggen")),
    ("switchboard", t("Switchboard", "Telefonväxeln")),
    ("departments", t("Departments", "Förvaltningarna")),
    ("calls", t("Call explorer", "Samtalen")),
    ("policy", t("Policy", "Telefonpolicyn")),
    ("health", t("Pipeline health", "Mätningens hälsa")),
];

pub(crate) fn all() -> Vec<Dashboard> {
    vec![
        wall::dashboard(),
        switchboard::dashboard(),
        departments::dashboard(),
        explorer::dashboard(),
        policy::dashboard(),
        health::dashboard(),
    ]
}
