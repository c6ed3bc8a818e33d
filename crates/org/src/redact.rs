//! Text that may hold anything, with every outside number and every name taken out.

use crate::SiteNumbers;

/// Shorter runs of digits are times, ports, priorities.
const DIGITS_MIN: usize = 5;
/// What stands between two digits of one number is at most this long: ` - ` in 16-bit characters, `;&#`.
const SEPARATOR_MAX: usize = 8;
/// Evidence for an operator, not an archive.
const CHARACTERS_MAX: usize = 600;

/// A character, or a byte that belongs to none.
type Glyph = Result<char, u8>;

impl SiteNumbers {
    /// Replaces each run of five or more digits that is no number of the site's by `#`, whatever stands between the
    /// digits except letters: better a harmless time hidden than a number shown. So is what follows a key that ends in
    /// `Name` (`CallerIDName: …`, `"caller_name": …`) up to the end of its line. What is not printable is escaped.
    pub(crate) fn redacted(&self, raw: &[u8]) -> String {
        let glyphs = glyphs(&unescaped(raw));
        let mut out = String::new();
        let mut at = 0;
        while at < glyphs.len() && out.len() < CHARACTERS_MAX {
            let number = run_end(&glyphs, at);
            if number > at {
                out.push_str(&self.run(&glyphs[at..number]));
                at = number;
                continue;
            }
            push_printable(&mut out, glyphs[at]);
            at += 1;
            if ends_a_name_key(&out) && at < glyphs.len() {
                out.push_str(" #");
                at += glyphs[at..].iter().take_while(|glyph| !matches!(glyph, Ok('\r' | '\n'))).count();
            }
        }
        out
    }

    fn run(&self, run: &[Glyph]) -> String {
        if run.iter().filter(|glyph| is_digit(**glyph)).count() < DIGITS_MIN {
            let mut short = String::new();
            run.iter().for_each(|glyph| push_printable(&mut short, *glyph));
            return short;
        }
        let written: String = run.iter().filter_map(|glyph| glyph.ok()).collect();
        let plain = written.chars().all(|c| c.is_ascii_digit() || "+ -()/.".contains(c));
        self.own(&written).filter(|_| plain).unwrap_or_else(|| "#".to_owned())
    }
}

/// `%2B` → `+`: an address hides its number's digits and separators so.
fn unescaped(raw: &[u8]) -> Vec<u8> {
    let hex = |at: usize| raw.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        let escaped = (*byte == b'%').then(|| hex(at + 1).zip(hex(at + 2))).flatten();
        match escaped.and_then(|(high, low)| u8::try_from(high << 4 | low).ok()) {
            Some(plain) => out.push(plain),
            None => out.push(*byte),
        }
        at += if escaped.is_some() { 3 } else { 1 };
    }
    out
}

fn glyphs(raw: &[u8]) -> Vec<Glyph> {
    let mut glyphs = Vec::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        glyphs.extend(chunk.valid().chars().map(Ok));
        glyphs.extend(chunk.invalid().iter().map(|byte| Err(*byte)));
    }
    glyphs
}

/// The end of a run of digits that may belong to one number; `from` itself if none begins there.
fn run_end(glyphs: &[Glyph], from: usize) -> usize {
    let plus = usize::from(glyphs[from] == Ok('+'));
    if !glyphs.get(from + plus).copied().is_some_and(is_digit) {
        return from;
    }
    let mut end = from + plus;
    for (at, glyph) in glyphs.iter().enumerate().skip(end) {
        if is_digit(*glyph) {
            end = at + 1;
        } else if glyph.is_ok_and(char::is_alphabetic) || at - end >= SEPARATOR_MAX {
            break;
        }
    }
    end
}

/// Digits of every script, full-width and superscript ones too.
fn is_digit(glyph: Glyph) -> bool {
    glyph.is_ok_and(char::is_numeric)
}

fn ends_a_name_key(out: &str) -> bool {
    let Some(key) = out.strip_suffix([':', '=']) else { return false };
    let tail: String = key.trim_end_matches([' ', '"', '\'']).chars().rev().take(4).collect();
    tail.eq_ignore_ascii_case("eman")
}

fn push_printable(out: &mut String, glyph: Glyph) {
    match glyph {
        Ok(c) => out.extend(c.escape_debug().filter(|_| c != '\'' && c != '"' && c != '\\')),
        Err(byte) => out.push_str(&format!("\\x{byte:02x}")),
    }
    if let Ok(c @ ('\'' | '"' | '\\')) = glyph {
        out.push(c);
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
        check(b"to +46 8 465 004 01 and 08-465 004 01", "to 0846500401 and 0846500401");
        check(b"\xff\x00at 12:30", "\\xff\\0at 12:30");
        check("Åsa \"x\" \\".as_bytes(), "Åsa \"x\" \\");
        check("\u{ff10}\u{ff17}\u{ff10}\u{ff11}\u{ff17}\u{ff14}".as_bytes(), "#");
        check(b"0\x007\x000\x001\x007\x004\x00", "#\\0");
        check(b"%30%37%30%31 %2B46701740606", "#");
        check(b"100%, %zz %4", "100%, %zz %4");
        check(b"CallerIDName: Anna A\r\nExten: 9", "CallerIDName: #\\r\\nExten: 9");
        check(b"ConnectedLineName=Anna 2101", "ConnectedLineName= #");
        check(b"{\"caller_name\": \"Anna A\", \"leg\": \"1.1\"}", "{\"caller_name\": #");
        check(b"", "");
    }

    #[test]
    fn evidence_is_short() {
        assert!(site().redacted("x1".repeat(10_000).as_bytes()).len() < 700);
        let cut_inside = format!("{}0701740606", "x".repeat(598));
        assert!(site().redacted(cut_inside.as_bytes()).ends_with("x#"));
    }

    /// What a number may look like in a garbled record: grouped, escaped, in wide characters, in other digits.
    fn disguised(number: &str, separator: &str, every: usize, disguise: u8) -> Vec<u8> {
        let digits: Vec<char> = number.chars().collect();
        let grouped = digits.chunks(every).map(|part| part.iter().collect::<String>());
        let text = grouped.collect::<Vec<_>>().join(separator);
        match disguise {
            0 => text.into_bytes(),
            1 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            2 => text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>().into_bytes(),
            3 => {
                let wide = |c: char| c.to_digit(10).and_then(|d| char::from_u32(0xff10 + d)).unwrap_or(c);
                text.chars().map(wide).collect::<String>().into_bytes()
            }
            _ => text.bytes().flat_map(|byte| [byte, 0xff]).collect(),
        }
    }

    proptest! {
        #[test]
        fn no_outside_number_survives(
            number in "07[0-9]{8}|\\+46[1-9][0-9]{6,8}|00[1-9][0-9]{8,12}",
            before in "[a-z:= ]{0,8}",
            after in "[a-z\r\n]{0,8}",
            separator in prop_oneof![Just(""), Just(" "), Just("-"), Just("."), Just(" - "), Just("/"), Just("\r\n")],
            every in 1usize..9,
            disguise in 0u8..5,
        ) {
            let mut raw = before.clone().into_bytes();
            raw.extend(disguised(&number, separator, every, disguise));
            raw.extend(after.bytes());
            let out = site().redacted(&raw);
            // Escapes such as `\xff` hold digits that stand for no digit.
            let out = ["\\xff", "\\0", "\\u{0}"].iter().fold(out, |out, escape| out.replace(escape, ""));
            let digits = out.chars().filter(|c| c.is_numeric()).count();
            prop_assert!(digits < 5, "{out}");
        }

        #[test]
        fn any_bytes_are_taken(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(!site().redacted(&raw).contains(char::is_control));
        }
    }
}
