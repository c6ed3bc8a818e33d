//! What a panel is, and how its values are read.

use serde_json::{Value, json};

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// From 0 to 1, shown as per cent.
    Share,
    /// A whole number.
    Count,
    /// A number with one decimal.
    Number,
    /// Bytes.
    Bytes,
    /// Words.
    Words,
    /// A moment.
    Moment,
    /// The number of a clause of the policy.
    Clause,
}

impl Unit {
    /// Grafana's id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Share => "percentunit",
            Self::Count | Self::Number => "short",
            Self::Bytes => "bytes",
            Self::Words => "string",
            Self::Moment => "dateTimeAsIso",
            Self::Clause => "prefix:R",
        }
    }

    pub(crate) const fn decimals(self) -> Option<u8> {
        match self {
            Self::Seconds | Self::Share | Self::Number => Some(1),
            Self::Count | Self::Clause => Some(0),
            Self::Bytes | Self::Words | Self::Moment => None,
        }
    }
}

/// When a figure is good. A figure of nothing is neither: it stays in the colour of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Judged {
    /// No colours.
    Not,
    /// Good from here on.
    AtLeast(f64),
    /// Good up to here.
    AtMost(f64),
    /// Doubtful from the first, bad from the second.
    Rising(f64, f64),
}

impl Judged {
    pub(crate) fn thresholds(self) -> Value {
        let mut steps = vec![json!({ "color": "text", "value": null })];
        let mut step = |value: f64, color: &str| steps.push(json!({ "color": color, "value": value }));
        match self {
            Self::Not => {}
            Self::AtLeast(good) => {
                step(0.0, "red");
                step(good, "green");
            }
            Self::AtMost(good) => {
                step(0.0, "green");
                // what is as large as allowed is still good
                step(good + 1e-9, "red");
            }
            Self::Rising(doubtful, bad) => {
                step(0.0, "green");
                step(doubtful, "orange");
                step(bad, "red");
            }
        }
        json!({ "mode": "absolute", "steps": steps })
    }
}

/// What a panel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Large figures.
    Stat,
    /// Lines over time.
    Lines,
    /// Bars over time, on top of each other.
    StackedBars,
    /// Shares of a whole over time.
    StackedShares,
    /// A table.
    Table,
    /// A table whose cells are coloured by their values: a heat map of the rows and columns.
    Heat,
    /// Bars by a word, the table's first column.
    BarChart,
    /// One bar for each column.
    Gauges,
}

impl Kind {
    /// Grafana's name of the panel.
    #[must_use]
    pub const fn panel(self) -> &'static str {
        match self {
            Self::Stat => "stat",
            Self::Lines | Self::StackedBars | Self::StackedShares => "timeseries",
            Self::Table | Self::Heat => "table",
            Self::BarChart => "barchart",
            Self::Gauges => "bargauge",
        }
    }

    /// Whether its values stand over time.
    #[must_use]
    pub const fn is_over_time(self) -> bool {
        matches!(self, Self::Lines | Self::StackedBars | Self::StackedShares)
    }

    pub(crate) const fn colors(self) -> &'static str {
        match self {
            Self::Lines | Self::StackedBars | Self::StackedShares | Self::BarChart => "palette-classic",
            Self::Stat | Self::Table | Self::Gauges | Self::Heat => "thresholds",
        }
    }

    pub(crate) fn options(self) -> Value {
        let reduce = json!({ "calcs": ["lastNotNull"], "fields": "", "values": false });
        let legend = json!({ "displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": [] });
        let tooltip = json!({ "mode": "multi", "sort": "none" });
        match self {
            Self::Stat => json!({
                "reduceOptions": reduce, "colorMode": "value", "graphMode": "none", "justifyMode": "center",
                "orientation": "auto", "textMode": "auto",
            }),
            Self::Lines | Self::StackedBars | Self::StackedShares => {
                json!({ "legend": legend, "tooltip": tooltip })
            }
            Self::Table | Self::Heat => {
                json!({ "showHeader": true, "cellHeight": "sm", "footer": { "show": false } })
            }
            Self::BarChart => json!({
                "orientation": "auto", "stacking": "normal", "showValue": "auto", "xTickLabelRotation": 0,
                "barWidth": 0.9, "groupWidth": 0.7, "legend": legend, "tooltip": tooltip,
            }),
            Self::Gauges => json!({
                "reduceOptions": reduce, "orientation": "horizontal", "displayMode": "basic", "showUnfilled": true,
                "minVizWidth": 0, "minVizHeight": 10,
            }),
        }
    }

    /// What Grafana keeps under `fieldConfig.defaults.custom`.
    pub(crate) fn custom(self) -> Value {
        let (style, fill, stacking) = match self {
            Self::Lines => ("line", 5, "none"),
            Self::StackedBars => ("bars", 80, "normal"),
            Self::StackedShares => ("bars", 80, "percent"),
            // Grafana 9.3 knows `displayMode`, newer ones `cellOptions`
            Self::Heat | Self::Table => {
                return json!({ "align": "auto", "displayMode": "auto", "cellOptions": { "type": "auto", "wrapText": true }, "filterable": false });
            }
            Self::BarChart => return json!({ "fillOpacity": 80, "lineWidth": 1 }),
            Self::Stat | Self::Gauges => return json!({}),
        };
        json!({
            "drawStyle": style, "fillOpacity": fill, "lineWidth": 1, "pointSize": 5, "showPoints": "auto", "spanNulls": false,
            "stacking": { "group": "A", "mode": stacking }, "thresholdsStyle": { "mode": "off" },
            "axisSoftMin": 0, "axisPlacement": "auto",
        })
    }
}
