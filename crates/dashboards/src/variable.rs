//! What a reader chooses above a dashboard. Its value reaches SQL only as a quoted list (`sql::chosen`), and PromQL as a regular expression.

use crate::query::{CLICKHOUSE, source};
use crate::sql::{ANY, chosen};
use crate::text::{Language, Text, t};
use serde_json::{Value, json};

/// A choice above a dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// The site.
    Site,
    /// The queue.
    Queue,
    /// The organisation unit: the department.
    Unit,
    /// What kind of number was dialled.
    DialledKind,
    /// Where calls come from.
    Direction,
    /// How calls ended.
    Outcome,
    /// Whom callers got.
    Reach,
    /// The zone whose hours and weekdays are meant.
    Zone,
    /// T of the service level, seconds.
    Within,
    /// One call.
    Call,
}

type Choice = (&'static str, Text);

const KINDS: &[Choice] = &[
    ("main", t("main number", "huvudnummer")),
    ("direct", t("direct number", "direktnummer")),
    ("group", t("group number", "gruppnummer")),
    ("other", t("other number", "annat nummer")),
];
const DIRECTIONS: &[Choice] = &[
    ("external", t("external", "externa")),
    ("internal", t("internal", "interna")),
    ("outgoing", t("outgoing", "utgående")),
];
/// The zones of the sites come first, so that the first one is chosen when a dashboard is opened; the others stand beside them.
const ZONES: &str = "SELECT zone FROM (
  SELECT DISTINCT time_zone::String AS zone, 1 AS place FROM sites
  UNION ALL SELECT arrayJoin(['Europe/Stockholm', 'Europe/Helsinki', 'UTC']), 2
) GROUP BY zone ORDER BY min(place), zone";
/// T of the targets of whole sites first, then of the others, then what is common.
const WITHIN: &str = "SELECT t FROM (
  SELECT DISTINCT toString(within_s) AS t, if(dimension = 'site', 1, 2) AS place FROM targets
  UNION ALL SELECT '20', 3 UNION ALL SELECT arrayJoin(['10', '15', '30', '60']), 4
) GROUP BY t ORDER BY min(place), toUInt16(t)";

impl Variable {
    /// Those that every dashboard of calls has.
    pub(crate) const CALLS: [Self; 5] =
        [Self::Site, Self::Unit, Self::Queue, Self::DialledKind, Self::Direction];

    /// As in `${name}`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Queue => "queue",
            Self::Unit => "unit",
            Self::DialledKind => "dialled_kind",
            Self::Direction => "direction",
            Self::Outcome => "outcome",
            Self::Reach => "reach",
            Self::Zone => "zone",
            Self::Within => "within_s",
            Self::Call => "call",
        }
    }

    const fn label(self) -> Text {
        match self {
            Self::Site => t("Site", "Växel"),
            Self::Queue => t("Queue", "Kö"),
            Self::Unit => t("Department", "Förvaltning"),
            Self::DialledKind => t("Number dialled", "Slaget nummer"),
            Self::Direction => t("Calls", "Samtal"),
            Self::Outcome => t("Outcome", "Utfall"),
            Self::Reach => t("Reached", "Nådd"),
            Self::Zone => t("Hours of", "Tid i"),
            Self::Within => t("Within, s", "Inom, s"),
            Self::Call => t("Call", "Samtalets id"),
        }
    }

    /// What ClickHouse is asked for its values.
    #[must_use]
    pub fn query(self) -> Option<String> {
        let of_dimension = |dimension: &str| {
            let site = chosen("site", Self::Site);
            format!(
                "SELECT DISTINCT name FROM kpi_windows WHERE dimension = '{dimension}' AND {site} ORDER BY name"
            )
        };
        match self {
            Self::Site => Some("SELECT DISTINCT site FROM kpi_windows ORDER BY site".to_owned()),
            Self::Queue => Some(of_dimension("queue")),
            Self::Unit => Some(of_dimension("unit")),
            Self::Zone => Some(ZONES.to_owned()),
            Self::Within => Some(WITHIN.to_owned()),
            _ => None,
        }
    }

    fn choices(self) -> Vec<Choice> {
        let told =
            |words: &[crate::column::Word]| words.iter().map(|(word, text, _)| (*word, *text)).collect();
        match self {
            Self::DialledKind => KINDS.to_vec(),
            Self::Direction => DIRECTIONS.to_vec(),
            Self::Outcome => told(crate::boards::words::OUTCOMES),
            Self::Reach => told(crate::boards::words::REACHES),
            _ => Vec::new(),
        }
    }

    /// Whether one value must be chosen, rather than any number of them.
    const fn is_single(self) -> bool {
        matches!(self, Self::Zone | Self::Within)
    }

    pub(crate) fn json(self, language: Language) -> Value {
        let mut json = json!({
            "name": self.name(), "label": self.label().of(language), "hide": 0, "skipUrlSync": false,
            "description": null,
        });
        if self == Self::Call {
            json["type"] = json!("textbox");
            json["query"] = json!("");
            json["current"] = json!({ "selected": false, "text": "", "value": "" });
            json["options"] = json!([json["current"]]);
            return json;
        }
        json["multi"] = json!(!self.is_single());
        json["includeAll"] = json!(!self.is_single());
        if !self.is_single() {
            json["allValue"] = json!(ANY);
        }
        match self.query() {
            Some(query) => {
                json["type"] = json!("query");
                json["datasource"] = source(CLICKHOUSE);
                json["definition"] = json!(query);
                json["query"] = json!(query);
                // asked for when the dashboard is loaded
                json["refresh"] = json!(1);
                json["regex"] = json!("");
                json["sort"] = json!(0);
                json["options"] = json!([]);
            }
            None => self.fixed(&mut json, language),
        }
        json["current"] = self.at_first(language);
        json
    }

    fn fixed(self, json: &mut Value, language: Language) {
        let choices = self.choices();
        let pairs = choices.iter().map(|(value, text)| format!("{} : {value}", text.of(language)));
        json["type"] = json!("custom");
        json["query"] = json!(pairs.collect::<Vec<_>>().join(","));
        let first = self.at_first(language);
        let is_chosen = |value: &str| first["value"] == *value || first["value"][0] == *value;
        let all = (!self.is_single()).then_some((ALL_VALUE, ALL));
        let options = all.into_iter().chain(choices).map(|(value, text)| {
            json!({ "selected": is_chosen(value), "text": text.of(language), "value": value })
        });
        json["options"] = options.collect();
    }

    /// What is chosen when a dashboard is opened: external calls, since targets are about them; else all.
    fn at_first(self, language: Language) -> Value {
        let chosen = match self {
            Self::Direction => DIRECTIONS.first().copied(),
            _ => None,
        };
        if self.is_single() {
            // Grafana takes the first one that its question finds
            return json!({});
        }
        let (value, text) = chosen.unwrap_or((ALL_VALUE, ALL));
        json!({ "selected": true, "text": [text.of(language)], "value": [value] })
    }
}

/// Grafana's own word for it.
const ALL_VALUE: &str = "$__all";
const ALL: Text = t("All", "Alla");
