//! Who may post: whoever knows the token, or signs the body with the secret.

use axum::http::{HeaderMap, header};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The header of a signature: `t=UNIX,v1=HEX`.
pub const SIGNATURE: &str = "x-svarstid-signature";
/// While a secret is changed a sender may sign with both.
const SIGNATURES_MAX: usize = 4;

/// The secrets of those who may post.
pub struct Admission {
    /// Its digest, so that a comparison takes as long for every length.
    token: Option<[u8; 32]>,
    secret: Option<String>,
    tolerance_s: u64,
}

/// What a request showed before its body was read.
#[derive(Debug)]
pub enum Proof {
    /// The token.
    Token,
    /// A signature that is fresh; whether it is right, the body tells.
    Signature {
        /// As it stands there: it is signed too.
        at: String,
        /// Any of them may be right.
        values: Vec<Vec<u8>>,
    },
}

impl Admission {
    /// Whoever shows the token, or signs with the secret at a time that is at most `tolerance_s` from ours.
    #[must_use]
    pub fn new(token: Option<&str>, secret: Option<String>, tolerance_s: u64) -> Self {
        Self { token: token.map(|token| Sha256::digest(token).into()), secret, tolerance_s }
    }

    /// Before the body is read; `now_s`: Unix seconds. None: not admitted.
    #[must_use]
    pub fn proof(&self, headers: &HeaderMap, now_s: i64) -> Option<Proof> {
        if let (Some(expect), Some(given)) = (&self.token, bearer(headers)) {
            let given: [u8; 32] = Sha256::digest(given).into();
            return bool::from(expect.ct_eq(&given)).then_some(Proof::Token);
        }
        self.secret.as_ref()?;
        let (at, values) = signature(headers.get(SIGNATURE)?.to_str().ok()?)?;
        let fresh = at.parse::<i64>().ok()?.abs_diff(now_s) <= self.tolerance_s;
        fresh.then_some(Proof::Signature { at, values })
    }

    /// Whether the proof holds for this body.
    #[must_use]
    pub fn admits(&self, proof: &Proof, body: &[u8]) -> bool {
        let Proof::Signature { at, values } = proof else { return true };
        let mac =
            self.secret.as_ref().and_then(|secret| Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok());
        let Some(mut mac) = mac else { return false };
        mac.update(at.as_bytes());
        mac.update(b".");
        mac.update(body);
        // Compares in constant time.
        values.iter().any(|value| mac.clone().verify_slice(value).is_ok())
    }

    /// The schemes that are expected, as header and in words.
    #[must_use]
    pub fn expected(&self) -> (String, String) {
        let token = self.token.map(|_| ("Bearer", "`Authorization: Bearer TOKEN`"));
        let secret =
            self.secret.as_ref().map(|_| ("Svarstid-Signature", "`X-Svarstid-Signature: t=UNIX,v1=HEX`"));
        let (schemes, words): (Vec<&str>, Vec<&str>) = [token, secret].into_iter().flatten().unzip();
        (schemes.join(", "), format!("expected is {}", words.join(" or ")))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn signature(text: &str) -> Option<(String, Vec<Vec<u8>>)> {
    let fields = || text.split(',').filter_map(|field| field.trim().split_once('='));
    let (_, at) = fields().find(|(key, _)| *key == "t")?;
    let values = fields().filter(|(key, _)| *key == "v1").take(SIGNATURES_MAX);
    Some((at.to_owned(), values.filter_map(|(_, value)| unhex(value)).collect()))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| d.try_into().ok())).collect();
    Some(digits?.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: i64 = 1_795_504_502;

    fn admission(token: Option<&str>, secret: Option<&str>) -> Admission {
        Admission::new(token, secret.map(str::to_owned), 300)
    }

    fn admits(admission: &Admission, header: (&'static str, &str)) -> bool {
        let headers = HeaderMap::from_iter([(header.0.parse().unwrap(), header.1.parse().unwrap())]);
        admission.proof(&headers, NOW_S).is_some_and(|proof| admission.admits(&proof, b"{\"a\":1}"))
    }

    #[test]
    fn tokens() {
        let ours = admission(Some("token-token-token"), None);
        for (header, expect) in [
            ("Bearer token-token-token", true),
            ("bearer token-token-token", true),
            ("Bearer token-token-toke", false),
            ("Bearer token-token-token2", false),
            ("Bearer ", false),
            ("Basic token-token-token", false),
            ("token-token-token", false),
        ] {
            assert_eq!(admits(&ours, ("authorization", header)), expect, "{header}");
        }
        assert!(!admits(&admission(None, Some("secret")), ("authorization", "Bearer token-token-token")));
    }

    #[test]
    fn signatures() {
        let ours = admission(None, Some("secret-secret-secret"));
        // printf '%s' '1795504502.{"a":1}' | openssl dgst -sha256 -hmac secret-secret-secret
        let right = "98232bd8b687cc7292c5cdd4900588559f2737d586c7a861a7cffd3bc317cf46";
        let early = "f80c0847dd6901a1bd19bf48ac3e277222674420c632a131018cfd0cc28457e3";
        for (header, expect) in [
            (format!("t=1795504502,v1={right}"), true),
            (format!("t=1795504502, v1={}, v1={right}", "0".repeat(64)), true),
            (format!("t=1795504502,v1={}", right.to_uppercase()), true),
            (format!("t=1795504503,v1={right}"), false),
            (format!("t=1795504202,v1={early}"), true),
            (format!("t=1795504502,v1={}", &right[..62]), false),
            (format!("t=1795504502,v1={right}x"), false),
            (format!("v1={right}"), false),
            (format!("t=,v1={right}"), false),
            ("t=1795504502".to_owned(), false),
            ("t=99999999999999999999,v1=".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(admits(&ours, (SIGNATURE, &header)), expect, "{header}");
        }
        // The same as `early`, a second later: too old.
        let headers = HeaderMap::from_iter([(
            SIGNATURE.parse().unwrap(),
            format!("t=1795504202,v1={early}").parse().unwrap(),
        )]);
        assert!(ours.proof(&headers, NOW_S + 1).is_none());
    }

    #[test]
    fn only_the_expected_schemes_are_told() {
        let (header, words) = admission(Some("a"), Some("b")).expected();
        assert_eq!(header, "Bearer, Svarstid-Signature");
        assert_eq!(
            words,
            "expected is `Authorization: Bearer TOKEN` or `X-Svarstid-Signature: t=UNIX,v1=HEX`"
        );
        assert_eq!(admission(None, Some("b")).expected().0, "Svarstid-Signature");
    }
}
