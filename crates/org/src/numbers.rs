//! Which numbers are readable, and what the others become.

use crate::{DialRules, KeyRing, NumberRange};
use call::{Numbers, Party};
use std::collections::BTreeMap;

/// The site's own numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberPlan {
    /// Public numbers, in the PBX's own spelling.
    pub own: Vec<NumberRange>,
    /// Extensions and short codes.
    pub internal: Vec<NumberRange>,
    /// What a service code begins with.
    pub service_prefixes: Vec<char>,
    /// How numbers are written.
    pub rules: DialRules,
}

/// The rules of one site: the only way from a raw number to a [`Party`].
#[derive(Debug, Clone)]
pub struct SiteNumbers {
    plan: NumberPlan,
    keys: KeyRing,
    /// E.164 → the PBX's own spelling.
    own_by_e164: BTreeMap<String, String>,
}

/// What PBXs write where there is no number.
const NO_NUMBER: &[&str] =
    &["anonymous", "unknown", "withheld", "restricted", "private", "unavailable", "<unknown>", "s"];

impl SiteNumbers {
    /// From a plan and the keys in force.
    #[must_use]
    pub fn new(plan: NumberPlan, keys: KeyRing) -> Self {
        let spelled = plan.own.iter().flat_map(NumberRange::numbers);
        let own_by_e164 = spelled.map(|number| (plan.rules.e164(&number), number)).collect();
        Self { plan, keys, own_by_e164 }
    }

    /// The keys, for event ids.
    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The readable spelling, if the number belongs to the site.
    #[must_use]
    pub(crate) fn own(&self, written: &str) -> Option<String> {
        if self.is_internal(written) {
            return Some(written.to_owned());
        }
        self.own_by_e164.get(&self.plan.rules.e164(written)).cloned()
    }

    fn is_internal(&self, written: &str) -> bool {
        self.plan.internal.iter().any(|range| range.contains(written))
    }

    fn service(&self, written: &str) -> Option<Party> {
        let mut characters = written.chars();
        let prefix = characters.next().filter(|first| self.plan.service_prefixes.contains(first))?;
        // Only the code: what the user typed after it may be anybody's number.
        let code: String = characters.take(2).take_while(char::is_ascii_digit).collect();
        Some(Party::Service(format!("{prefix}{code}").into()))
    }

    /// A pseudonym for each key, of a number or of a name that stands in a number's place.
    fn outside(&self, written: &str, e164: &str) -> Party {
        let same = if written.chars().any(char::is_alphabetic) || e164.is_empty() { written } else { e164 };
        Party::Outside(self.keys.pseudonyms(same))
    }
}

impl Numbers for SiteNumbers {
    fn party(&self, raw: &str) -> Party {
        let written = user_part(raw);
        if written.is_empty() || NO_NUMBER.iter().any(|word| written.eq_ignore_ascii_case(word)) {
            return Party::Unknown;
        }
        if let Some(service) = self.service(written) {
            return service;
        }
        if self.is_internal(written) {
            return Party::Own(written.into());
        }
        let e164 = self.plan.rules.e164(written);
        match self.own_by_e164.get(&e164) {
            Some(own) => Party::Own(own.as_str().into()),
            None => self.outside(written, &e164),
        }
    }

    fn incoming_dialled(&self, raw: &str) -> Party {
        let written = user_part(raw);
        let dialled = !written.is_empty() && written.chars().all(|c| c.is_ascii_digit() || "+*#".contains(c));
        if dialled { Party::Own(written.into()) } else { self.party(raw) }
    }

    fn redact(&self, raw: &[u8]) -> String {
        self.redacted(raw)
    }
}

/// `sip:+46…@host;user=phone`, also in angle brackets after a name, → `+46…`.
fn user_part(raw: &str) -> &str {
    // Most numbers are nothing else.
    if raw.bytes().all(|byte| byte.is_ascii_digit()) {
        return raw;
    }
    let raw = raw.trim();
    // A word in brackets such as `<unknown>` is no address: it stays whole.
    let raw = match raw.rsplit_once('<').map(|(_, address)| address.trim_end_matches('>')) {
        Some(address) if address.contains(':') => address,
        _ => raw,
    };
    let raw = match raw.split_once(':') {
        Some((scheme, rest)) if ["sip", "sips", "tel"].iter().any(|s| scheme.eq_ignore_ascii_case(s)) => rest,
        _ => raw,
    };
    raw.split(['@', ';']).next().unwrap_or(raw).trim()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::PseudonymKey;

    pub(crate) fn site() -> SiteNumbers {
        let range = |text: &str| NumberRange::parse(text).unwrap();
        let plan = NumberPlan {
            own: vec![range("0846500400-0846500499")],
            internal: vec![range("2101-2199"), range("9")],
            service_prefixes: vec!['*', '#'],
            rules: DialRules {
                country_code: "46".into(),
                trunk_prefix: "0".into(),
                international_prefix: "00".into(),
            },
        };
        SiteNumbers::new(plan, KeyRing::new(vec![PseudonymKey { epoch: 7, secret: [7; 32] }]).unwrap())
    }

    #[test]
    fn own_numbers_are_readable_in_every_spelling_and_others_in_none() {
        let site = site();
        let check = |raw: &str, expect: &str| {
            let got = match site.party(raw) {
                Party::Outside(_) => "outside".to_owned(),
                Party::Unknown => "unknown".to_owned(),
                readable => readable.to_string(),
            };
            assert_eq!(got, expect, "{raw}");
        };
        for raw in
            ["0846500401", "+46846500401", "0046846500401", "46846500401", "sip:+46846500401@198.51.100.1"]
        {
            check(raw, "0846500401");
        }
        for raw in ["", "anonymous", "<unknown>", "Withheld", "sip:anonymous@anonymous.invalid"] {
            check(raw, "unknown");
        }
        check("2101", "2101");
        check("9", "9");
        check("*21*1*0701740606#", "*21");
        check("*82101", "*82");
        check("#31#0701740606", "#31");
        check("*", "*");
        for raw in [
            "0701740606",
            "+46701740606",
            "112",
            "90000",
            "1177",
            "21011",
            "Anna",
            "tel:0701740606",
            "0846500500",
        ] {
            check(raw, "outside");
        }
        assert_eq!(site.party("0701740606"), site.party("+46 70-174 06 06"));
        assert_eq!(site.incoming_dialled("0846599999").to_string(), "0846599999");
    }
}
