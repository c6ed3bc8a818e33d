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
        let plus = written.trim_start().starts_with(['+', '(']) && written.contains('+');
        if plus {
            // `+46 (0)8 …` shows the trunk prefix to those who dial from within the country: it is no part of the number.
            return digits(&written.replacen(&format!("({})", self.trunk_prefix), "", 1));
        }
        let digits = digits(written);
        if let Some(rest) = without_prefix(&digits, &self.international_prefix) {
            return rest.to_owned();
        }
        if let Some(rest) = without_prefix(&digits, &self.trunk_prefix) {
            return [&self.country_code, rest].concat();
        }
        digits
    }
}

fn digits(text: &str) -> String {
    let mut digits = String::with_capacity(text.len());
    digits.extend(text.chars().filter(char::is_ascii_digit));
    digits
}

impl DialRules {
    /// The spellings of a public number that a trunk may deliver: `+46…`, `46…`, `0046…`, `0…`.
    #[must_use]
    pub fn spellings(&self, written: &str) -> Vec<String> {
        let e164 = self.e164(written);
        let mut spellings = vec![format!("+{e164}"), format!("{}{e164}", self.international_prefix)];
        spellings.extend(
            without_prefix(&e164, &self.country_code).map(|rest| format!("{}{rest}", self.trunk_prefix)),
        );
        spellings.push(e164);
        spellings
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
    use proptest::prelude::*;

    fn sweden() -> DialRules {
        DialRules { country_code: "46".into(), trunk_prefix: "0".into(), international_prefix: "00".into() }
    }

    #[test]
    fn every_spelling_of_a_number_is_the_same_number() {
        let check = |rules: &DialRules, written: &str, expect: &str| {
            assert_eq!(rules.e164(written), expect, "{written}")
        };
        let rules = sweden();
        for written in [
            "084650001",
            "08-465 00 01",
            "(08) 465 00 01",
            "+46 8 465 00 01",
            "+46 (0)8 465 00 01",
            "(+46) 84650001",
            "004684650001",
            "4684650001",
        ] {
            check(&rules, written, "4684650001");
        }
        check(&rules, "+4520123456", "4520123456");
        check(&rules, "112", "112");
        check(&rules, "0", "0");
        // Italy keeps the 0 of a national number, so it has no trunk prefix; the United States dial 011 and 1.
        let italy = DialRules { country_code: "39".into(), trunk_prefix: String::new(), ..sweden() };
        check(&italy, "+39 06 6982", "39066982");
        let america = DialRules {
            country_code: "1".into(),
            trunk_prefix: "1".into(),
            international_prefix: "011".into(),
        };
        check(&america, "011 46 8 465 00 01", "4684650001");
        check(&america, "1 212 555 0100", "12125550100");
    }

    proptest! {
        #[test]
        fn every_spelling_is_read_back(number in "[1-9][0-9]{6,11}") {
            let rules = sweden();
            let spellings = rules.spellings(&format!("0{number}"));
            prop_assert_eq!(spellings.len(), 4);
            let national = format!("0{number}");
            prop_assert!(spellings.contains(&national));
            for spelling in spellings {
                prop_assert_eq!(rules.e164(&spelling), format!("46{number}"));
            }
        }

        #[test]
        fn national_and_international_spellings_agree(number in "[1-9][0-9]{6,11}") {
            let rules = sweden();
            let national = rules.e164(&format!("0{number}"));
            prop_assert_eq!(&national, &format!("46{number}"));
            for written in [format!("+46{number}"), format!("0046{number}"), format!("+46 (0){number}"), format!("46{number}")] {
                prop_assert_eq!(&rules.e164(&written), &national);
            }
        }
    }
}
