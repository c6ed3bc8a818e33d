//! Settings from the environment.

use figment::Figment;
use figment::providers::Env;
use figment::value::Value;

/// Overrides from the environment begin with this; `__` stands between section and key.
const PREFIX: &str = "SVARSTID_";
/// Variables with the prefix that are not keys of the file.
const NOT_KEYS: &[&str] = &["config", "log", "stop_within"];

/// Variables that stand over the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    found: Vec<Override>,
}

#[derive(Debug, Clone)]
struct Override {
    /// `kafka.brokers`
    key: String,
    raw: String,
    /// The raw text is the value, whatever it looks like.
    is_text: bool,
}

impl Overrides {
    pub fn from_environment() -> Self {
        Self::of(Env::prefixed(PREFIX).ignore(NOT_KEYS).iter().map(|(key, raw)| (key.to_string(), raw)))
    }

    /// From names without the prefix.
    pub fn of(variables: impl Iterator<Item = (String, String)>) -> Self {
        let one = |(name, raw): (String, String)| Override {
            key: name.to_ascii_lowercase().replace("__", "."),
            raw,
            is_text: false,
        };
        let mut found: Vec<Override> = variables.map(one).collect();
        found.sort_by(|a, b| a.key.cmp(&b.key));
        Self { found }
    }

    /// The file with these over it.
    pub fn over(&self, file: Figment) -> Figment {
        self.found.iter().fold(file, |figment, one| {
            let as_it_looks = one.raw.parse::<Value>().ok().filter(|_| !one.is_text);
            figment.merge((&one.key, as_it_looks.unwrap_or_else(|| Value::from(one.raw.clone()))))
        })
    }

    /// Reads the override of this key as plain text from now on; false if that is no news.
    pub fn take_as_text(&mut self, path: &[String]) -> bool {
        let key = path.join(".");
        match self.found.iter_mut().find(|one| one.key == key && !one.is_text) {
            Some(one) => {
                one.is_text = true;
                true
            }
            None => false,
        }
    }

    /// Whether the key has an override.
    pub fn has(&self, key: &str) -> bool {
        self.found.iter().any(|one| one.key == key)
    }

    /// The variable that an error at this key is about.
    pub fn variable(&self, key: &str) -> Option<String> {
        let below = |one: &&Override| {
            one.key.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let one = self.found.iter().find(below)?;
        Some(Self::variable_of(&one.key))
    }

    /// `kafka.brokers` → `SVARSTID_KAFKA__BROKERS`
    pub fn variable_of(key: &str) -> String {
        format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
    }
}
