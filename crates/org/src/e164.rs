//! Digits as a PBX shows them → E.164.

/// How numbers are written where the site is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialRules {
    /// Country code without `+`.
    pub country_code: String,
    /// What stands before a national number.
    pub trunk_prefix: String,
    /// What stands before a country code.
    pub international_prefix: String,
}

impl DialRules {
    /// The E.164 digits (no `+`) of a number in any usual spelling. Short numbers (`112`) and what has no prefix stay as
    /// they are: nothing is known about their country.
    #[must_use]
    pub fn e164(&self, written: &str) -> String {
        let plus = written.trim_start().starts_with('+');
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        if plus {
            return digits;
        }
        if let Some(rest) = without_prefix(&digits, &self.international_prefix) {
            return rest.to_owned();
        }
        if let Some(rest) = without_prefix(&digits, &self.trunk_prefix) {
            return format!("{}{rest}", self.country_code);
        }
        digits
    }
}

/// The rest after a prefix, if there is a rest.
fn without_prefix<'a>(digits: &'a str, prefix: &str) -> Option<&'a str> {
    if prefix.is_empty() {
        return None;
    }
    digits.strip_prefix(prefix).filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_the_same_number() {
        let rules = DialRules {
            country_code: "46".into(),
            trunk_prefix: "0".into(),
            international_prefix: "00".into(),
        };
        let check = |written: &str, expect: &str| assert_eq!(rules.e164(written), expect, "{written}");
        for written in ["084650001", "08-465 00 01", "+46 8 465 00 01", "004684650001", "4684650001"] {
            check(written, "4684650001");
        }
        check("+4520123456", "4520123456");
        check("112", "112");
        check("0", "0");
    }
}
