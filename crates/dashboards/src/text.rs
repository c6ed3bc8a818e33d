//! Words in both languages, side by side, so that neither is forgotten.

/// A language of the dashboards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Swedish.
    Sv,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Sv];

    /// Its ISO 639-1 code: the folder's name and the end of each uid.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Sv => "sv",
        }
    }

    /// Its name, in itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Sv => "Svenska",
        }
    }

    /// The one that a reader may change to.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Sv,
            Self::Sv => Self::En,
        }
    }
}

/// One text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// In English.
    pub en: &'static str,
    /// In Swedish.
    pub sv: &'static str,
}

/// English, then Swedish.
pub const fn t(en: &'static str, sv: &'static str) -> Text {
    Text { en, sv }
}

impl Text {
    /// The one of a language.
    #[must_use]
    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Sv => self.sv,
        }
    }
}
