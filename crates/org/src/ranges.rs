//! `0846500400-0846500499`: ranges of numbers as people write them.

/// Inclusive, same number of digits at both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRange {
    /// First number.
    pub low: String,
    /// Last number.
    pub high: String,
}

/// Why a text is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Not digits.
    #[error("`{0}` is neither a number nor a range `low-high` of digits")]
    NotDigits(String),
    /// Ends of different length, or the wrong way round.
    #[error("`{0}`: both ends must have the same number of digits, the lower one first")]
    Ends(String),
    /// More numbers than anybody has.
    #[error("`{0}` holds more than 1,000,000 numbers")]
    TooLarge(String),
}

impl NumberRange {
    /// Reads `2101` or `2101-2199`.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let (low, high) = text.split_once('-').unwrap_or((text, text));
        let (low, high) = (low.trim(), high.trim());
        let digits =
            |part: &str| !part.is_empty() && part.len() <= 15 && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(low) || !digits(high) {
            return Err(RangeError::NotDigits(text.to_owned()));
        }
        if low.len() != high.len() || low > high {
            return Err(RangeError::Ends(text.to_owned()));
        }
        let range = Self { low: low.to_owned(), high: high.to_owned() };
        if range.len() > 1_000_000 { Err(RangeError::TooLarge(text.to_owned())) } else { Ok(range) }
    }

    /// How many numbers it holds.
    #[must_use]
    pub fn len(&self) -> u64 {
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        number(&self.high) - number(&self.low) + 1
    }

    /// Never: a range holds at least one number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Same length and in between, digit by digit.
    #[must_use]
    pub fn contains(&self, digits: &str) -> bool {
        digits.len() == self.low.len() && digits >= self.low.as_str() && digits <= self.high.as_str()
    }

    /// Every number, with its leading zeros.
    pub fn numbers(&self) -> impl Iterator<Item = String> + '_ {
        let (first, width) = (self.low.parse::<u64>().unwrap_or(0), self.low.len());
        (0..self.len()).map(move |n| format!("{:0width$}", first + n))
    }

    /// Whether the two share a number.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.low.len() == other.low.len() && self.low <= other.high && other.low <= self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_refused() {
        let check = |text: &str, expect: Result<(u64, &str), &str>| {
            let got = NumberRange::parse(text).map(|r| (r.len(), r.numbers().last().unwrap()));
            let got = got.map_err(|e| e.to_string());
            assert_eq!(got, expect.map(|(n, l)| (n, l.to_owned())).map_err(str::to_owned), "{text}");
        };
        check("2101", Ok((1, "2101")));
        check("0846500400-0846500402", Ok((3, "0846500402")));
        check(
            "2105-2101",
            Err("`2105-2101`: both ends must have the same number of digits, the lower one first"),
        );
        check("9-10", Err("`9-10`: both ends must have the same number of digits, the lower one first"));
        check("vaxel", Err("`vaxel` is neither a number nor a range `low-high` of digits"));
        check("0000000-9999999", Err("`0000000-9999999` holds more than 1,000,000 numbers"));
        assert!(!NumberRange::parse("0465-0470").unwrap().contains("465"));
    }
}
