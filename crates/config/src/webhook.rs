//! `[collector.webhook]`: where a PBX posts its events.

use crate::ConfigError;
use crate::check::{Checked, wrong};
use crate::check_services::host_and_port;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::PathBuf;

/// A shorter secret can be found by trying.
const SECRET_CHARS_MIN: usize = 16;
/// A request is held in memory while it is read.
const BODY_MAX_KIB: u32 = 64 * 1024;

/// `[collector.webhook]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// `host:port` of `POST /v1/events`.
    pub listen: String,
    /// The certificate chain, PEM.
    pub certificate_file: Option<PathBuf>,
    /// Its private key, PEM.
    pub key_file: Option<PathBuf>,
    /// Plain HTTP although others reach the address: behind a proxy that speaks TLS.
    #[serde(default)]
    pub without_tls: bool,
    /// A file that holds the token of `Authorization: Bearer …`.
    pub bearer_token_file: Option<PathBuf>,
    /// A file that holds the secret that bodies are signed with.
    pub hmac_secret_file: Option<PathBuf>,
    /// A signature's time may be so far from ours.
    #[serde(default = "five_minutes")]
    pub signature_tolerance_s: u32,
    /// A longer body is refused.
    #[serde(default = "one_mib")]
    pub body_max_kib: u32,
    /// More requests are refused.
    #[serde(default = "two_hundred")]
    pub requests_per_s: u32,
    /// A repeated event is known among so many last ones.
    #[serde(default = "one_million")]
    pub remembered_ids: u32,
    /// How often the PBX promises to post something; three times as much silence is a gap.
    pub heartbeat_s: Option<u32>,
}

fn five_minutes() -> u32 {
    300
}
fn one_mib() -> u32 {
    1024
}
fn two_hundred() -> u32 {
    200
}
fn one_million() -> u32 {
    1_000_000
}

impl Webhook {
    pub(crate) fn check(&self) -> Checked {
        host_and_port("collector.webhook.listen", &self.listen)?;
        self.check_tls()?;
        if self.bearer_token_file.is_none() && self.hmac_secret_file.is_none() {
            return wrong(
                "collector.webhook",
                "anybody could post: name a `bearer_token_file` or an `hmac_secret_file`",
            );
        }
        let amounts = [
            ("signature_tolerance_s", self.signature_tolerance_s, 86_400),
            ("body_max_kib", self.body_max_kib, BODY_MAX_KIB),
            ("requests_per_s", self.requests_per_s, 1_000_000),
            ("remembered_ids", self.remembered_ids, 100_000_000),
            ("heartbeat_s", self.heartbeat_s.unwrap_or(1), 86_400),
        ];
        match amounts.iter().find(|(_, amount, max)| !(1..=*max).contains(amount)) {
            Some((key, _, max)) => wrong(&format!("collector.webhook.{key}"), format!("from 1 to {max}")),
            None => Ok(()),
        }
    }

    fn check_tls(&self) -> Checked {
        let files = (&self.certificate_file, &self.key_file);
        check_tls("collector.webhook", &self.listen, files, self.without_tls, "numbers")
    }

    /// The token, if there is one.
    pub fn read_bearer_token(&self) -> Result<Option<String>, ConfigError> {
        secret("collector.webhook.bearer_token_file", self.bearer_token_file.as_ref())
    }

    /// The secret that bodies are signed with, if there is one.
    pub fn read_hmac_secret(&self) -> Result<Option<String>, ConfigError> {
        secret("collector.webhook.hmac_secret_file", self.hmac_secret_file.as_ref())
    }

    /// The files of token, secret, certificate and key can be read.
    pub fn open_secrets(&self) -> Checked {
        self.read_bearer_token()?;
        self.read_hmac_secret()?;
        let files = [("certificate_file", &self.certificate_file), ("key_file", &self.key_file)];
        for (key, file) in files {
            if let Some(file) = file {
                read(&format!("collector.webhook.{key}"), file)?;
            }
        }
        Ok(())
    }

    /// Every path, by its key.
    pub(crate) fn paths(&mut self) -> [(&'static str, &mut Option<PathBuf>); 4] {
        [
            ("collector.webhook.certificate_file", &mut self.certificate_file),
            ("collector.webhook.key_file", &mut self.key_file),
            ("collector.webhook.bearer_token_file", &mut self.bearer_token_file),
            ("collector.webhook.hmac_secret_file", &mut self.hmac_secret_file),
        ]
    }
}

/// That nothing that others must not read, `what`, goes in plain text where others reach the address.
pub(crate) fn check_tls(
    section: &str,
    listen: &str,
    files: (&Option<PathBuf>, &Option<PathBuf>),
    without_tls: bool,
    what: &str,
) -> Checked {
    match files {
        (Some(_), Some(_)) if without_tls => {
            wrong(section, "there is a certificate and `without_tls`: take one away")
        }
        (Some(_), Some(_)) => Ok(()),
        (None, None) if without_tls || is_on_this_machine(listen) => Ok(()),
        (None, None) => wrong(
            section,
            format!(
                "others reach this address, and {what} would go there in plain text: name `certificate_file` and \
                 `key_file`, or write `without_tls = true` behind a proxy that speaks TLS"
            ),
        ),
        _ => wrong(section, "`certificate_file` and `key_file` belong together"),
    }
}

fn is_on_this_machine(listen: &str) -> bool {
    let host = listen.rsplit_once(':').map_or("", |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

pub(crate) fn secret(key: &str, file: Option<&PathBuf>) -> Result<Option<String>, ConfigError> {
    let Some(file) = file else { return Ok(None) };
    let text = read(key, file)?;
    let secret = text.trim_end_matches(['\r', '\n']);
    let plain = secret.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain || secret.len() < SECRET_CHARS_MIN {
        return wrong(
            key,
            format!(
                "{} must hold one line of at least {SECRET_CHARS_MIN} letters, digits and signs",
                file.display()
            ),
        );
    }
    Ok(Some(secret.to_owned()))
}

pub(crate) fn read(key: &str, file: &PathBuf) -> Result<String, ConfigError> {
    std::fs::read_to_string(file)
        .map_err(|error| ConfigError::new(key, format!("{} cannot be read: {error}", file.display())))
}
