//! The columns of an answer: what they are called, and how they are shown.

use crate::kind::Unit;
use crate::text::{Language, Text};
use serde_json::{Value, json};

/// A word of the data, how a reader is told it, and in which colour.
pub(crate) type Word = (&'static str, Text, Option<&'static str>);

/// A column of an answer.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name in SQL.
    pub name: &'static str,
    /// Its name for readers.
    pub title: Text,
    unit: Option<Unit>,
    words: Vec<Word>,
    /// Coloured by its value, by this scheme.
    heat: Option<&'static str>,
    width: Option<u32>,
    color: Option<&'static str>,
    is_dashed: bool,
    link: Option<(Text, String)>,
}

impl Column {
    /// A column with the unit of its panel.
    pub(crate) const fn new(name: &'static str, title: Text) -> Self {
        Self {
            name,
            title,
            unit: None,
            words: Vec::new(),
            heat: None,
            width: None,
            color: None,
            is_dashed: false,
            link: None,
        }
    }

    pub(crate) fn unit(mut self, unit: Unit) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Words, each told in the reader's language.
    pub(crate) fn words(mut self, words: &[Word]) -> Self {
        self.words = words.to_vec();
        self.unit = Some(Unit::Words);
        self
    }

    pub(crate) fn heat(mut self, scheme: &'static str) -> Self {
        self.heat = Some(scheme);
        self
    }

    /// In pixels.
    pub(crate) fn width(mut self, width: u32) -> Self {
        self.width = Some(width);
        self
    }

    pub(crate) fn color(mut self, color: &'static str) -> Self {
        self.color = Some(color);
        self
    }

    pub(crate) fn dashed(mut self) -> Self {
        self.is_dashed = true;
        self
    }

    /// Leads somewhere; `{lang}` in it becomes the language's code.
    pub(crate) fn link(mut self, title: Text, url: impl Into<String>) -> Self {
        self.link = Some((title, url.into()));
        self
    }

    /// Whether its cells are coloured by a word.
    fn is_coloured(&self) -> bool {
        self.words.iter().any(|(_, _, color)| color.is_some())
    }

    pub(crate) fn json(&self, language: Language, nothing: Text) -> Value {
        let mut properties = vec![json!({ "id": "displayName", "value": self.title.of(language) })];
        let mut set = |id: &str, value: Value| properties.push(json!({ "id": id, "value": value }));
        if let Some(unit) = self.unit {
            set("unit", json!(unit.id()));
            set("decimals", json!(unit.decimals()));
        }
        if !self.words.is_empty() {
            set("mappings", json!([words(&self.words, language), null_word(nothing.of(language))]));
        }
        if let Some(scheme) = self.heat {
            set("color", json!({ "mode": scheme }));
        }
        if self.heat.is_some() || self.is_coloured() {
            set("custom.displayMode", json!("color-background"));
            set("custom.cellOptions", json!({ "type": "color-background", "mode": "basic" }));
        }
        if let Some(width) = self.width {
            set("custom.width", json!(width));
        }
        if let Some(color) = self.color {
            set("color", json!({ "mode": "fixed", "fixedColor": color }));
        }
        if self.is_dashed {
            set("custom.lineStyle", json!({ "fill": "dash", "dash": [8, 8] }));
        }
        if let Some((title, url)) = &self.link {
            let url = url.replace("{lang}", language.code());
            set("links", json!([{ "title": title.of(language), "url": url, "targetBlank": false }]));
        }
        json!({ "matcher": { "id": "byName", "options": self.name }, "properties": properties })
    }
}

fn words(words: &[Word], language: Language) -> Value {
    let mut options = serde_json::Map::new();
    for (index, (word, text, color)) in words.iter().enumerate() {
        let mut shown = json!({ "text": text.of(language), "index": index });
        if let Some(color) = color {
            shown["color"] = json!(color);
        }
        options.insert((*word).to_owned(), shown);
    }
    json!({ "type": "value", "options": options })
}

/// How nothing is shown: in words, in the colour of text, never as 0 and never red.
pub(crate) fn null_word(nothing: &str) -> Value {
    json!({ "type": "special", "options": {
        "match": "null+nan", "result": { "text": nothing, "color": "text", "index": 99 } } })
}
