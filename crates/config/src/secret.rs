//! Keys, secrets and passwords: read from where the file says, never shown.

use crate::check::{Checked, wrong};
use crate::{Ami, ClickHouse, ConfigError, PseudonymKey};
use std::fmt::{Debug, Formatter, Result as Formatted};

impl PseudonymKey {
    fn place(&self) -> String {
        format!("numbers.pseudonym_keys, epoch {}", self.epoch)
    }

    /// Everything but what is in the file.
    pub(crate) fn check(&self) -> Checked {
        match (&self.hex, &self.file) {
            (Some(hex), None) => self.secret(hex).map(|_| ()),
            (None, Some(_)) => Ok(()),
            _ => wrong(&self.place(), "name either `hex` or `file`"),
        }
    }

    pub(crate) fn read(&self) -> Result<org::PseudonymKey, ConfigError> {
        self.check()?;
        let text = match (&self.hex, &self.file) {
            (Some(hex), _) => hex.clone(),
            (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
                ConfigError::new(self.place(), format!("{} cannot be read: {error}", file.display()))
            })?,
            (None, None) => String::new(),
        };
        Ok(org::PseudonymKey { epoch: self.epoch, secret: self.secret(&text)? })
    }

    fn secret(&self, text: &str) -> Result<[u8; 32], ConfigError> {
        let what = "a key is 64 hexadecimal digits (32 bytes); make one with `svarstid key new`";
        unhex(text.trim()).ok_or_else(|| ConfigError::new(self.place(), what))
    }
}

impl Ami {
    /// The manager user's secret, from the setting or its file.
    pub fn read_secret(&self) -> Result<String, ConfigError> {
        let text = match (&self.secret, &self.secret_file) {
            (Some(secret), _) => secret.clone(),
            (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
                ConfigError::new("pbx.ami.secret_file", format!("{} cannot be read: {error}", file.display()))
            })?,
            (None, None) => {
                return wrong("pbx.ami", "name a `secret_file`, or set SVARSTID_PBX__AMI__SECRET");
            }
        };
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() || secret.contains(char::is_control) {
            return wrong("pbx.ami", "the secret must be one line that is not empty");
        }
        Ok(secret.to_owned())
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    let mut secret = [0; 32];
    for (byte, pair) in secret.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::try_from(pair[0] << 4 | pair[1]).ok()?;
    }
    Some(secret)
}

impl Debug for PseudonymKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> Formatted {
        f.debug_struct("PseudonymKey")
            .field("epoch", &self.epoch)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Debug for Ami {
    fn fmt(&self, f: &mut Formatter<'_>) -> Formatted {
        let mut shown = f.debug_struct("Ami");
        shown.field("address", &self.address).field("username", &self.username);
        shown.field("secret_file", &self.secret_file).field("keep_alive_s", &self.keep_alive_s);
        shown.field("filter", &self.filter).finish_non_exhaustive()
    }
}

impl Debug for ClickHouse {
    fn fmt(&self, f: &mut Formatter<'_>) -> Formatted {
        let mut shown = f.debug_struct("ClickHouse");
        shown.field("url", &self.url).field("database", &self.database).field("user", &self.user);
        shown.finish_non_exhaustive()
    }
}
