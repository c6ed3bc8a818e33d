//! Text that may hold anything, with every outside number taken out.

use crate::SiteNumbers;

/// Shorter runs of digits are times, ports, priorities.
const DIGITS_MIN: usize = 5;
/// Evidence for an operator, not an archive.
const CHARACTERS_MAX: usize = 600;

impl SiteNumbers {
    /// Replaces each run of five or more digits that is no number of the site's by `#`, whatever stands between the
    /// digits (spaces, hyphens, dots, slashes, brackets, `%20`). Bytes that are not printable ASCII are escaped.
    pub(crate) fn redacted(&self, raw: &[u8]) -> String {
        let text: Vec<char> = raw.iter().map(|byte| char::from(*byte)).collect();
        let mut out = String::new();
        let mut at = 0;
        while at < text.len() && out.len() < CHARACTERS_MAX {
            let end = if text[at].is_ascii_digit() || text[at] == '+' { run_end(&text, at) } else { at };
            if end > at {
                out.push_str(&self.run(&text[at..end]));
                at = end;
            } else {
                push_printable(&mut out, text[at]);
                at += 1;
            }
        }
        out
    }

    fn run(&self, run: &[char]) -> String {
        let written: String = run.iter().collect();
        let digits = run.iter().filter(|c| c.is_ascii_digit()).count();
        if digits < DIGITS_MIN {
            return written;
        }
        let bare: String = run.iter().filter(|c| c.is_ascii_digit() || **c == '+').collect();
        self.own(&bare).unwrap_or_else(|| "#".to_owned())
    }
}

/// The end of a run of digits that may belong to one number.
fn run_end(text: &[char], from: usize) -> usize {
    let mut end = from;
    let mut at = from;
    while at < text.len() {
        if text[at].is_ascii_digit() || (text[at] == '+' && at == from) {
            at += 1;
            end = at;
        } else if is_separator(text[at]) && at - end < 3 {
            at += 1;
        } else {
            break;
        }
    }
    end
}

fn is_separator(c: char) -> bool {
    " -./()[]_%,'\u{a0}\u{ad}".contains(c)
}

fn push_printable(out: &mut String, c: char) {
    if c.is_ascii_graphic() || c == ' ' {
        out.push(c);
    } else {
        out.extend(c.escape_default());
    }
}

#[cfg(test)]
mod tests {
    use crate::numbers::tests::site;
    use proptest::prelude::*;

    #[test]
    fn only_own_numbers_stay() {
        let check = |raw: &[u8], expect: &str| assert_eq!(site().redacted(raw), expect);
        check(b"CallerIDNum: 0701740606\r\nExten: 0846500400", "CallerIDNum: #\\r\\nExten: 0846500400");
        check(b"from 070-174 06 06 to 2101, tel:+46 (0)70 174 06 06", "from # to 2101, tel:#");
        check(b"\xff\x00at 12:30", "\\u{ff}\\u{0}at 12:30");
    }

    proptest! {
        #[test]
        fn no_outside_number_survives(before in "[a-z:= ]{0,8}", number in "07[0-9]{8}", after in "[a-z\r\n]{0,8}",
            separator in prop_oneof![Just(""), Just(" "), Just("-"), Just("."), Just(" - ")], at in 2usize..8) {
            let (head, tail) = number.split_at(at);
            let out = site().redacted(format!("{before}{head}{separator}{tail}{after}").as_bytes());
            let digits: String = out.chars().filter(char::is_ascii_digit).collect();
            prop_assert!(digits.len() < 5, "{out}");
        }
    }
}
