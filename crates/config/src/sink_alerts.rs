//! `[sink.alerts]`: where Alertmanager and Grafana tell which alerts are raised, for their history.

use crate::ConfigError;
use crate::check::{Checked, wrong};
use crate::check_services::host_and_port;
use crate::webhook::{check_tls, read, secret};
use serde::Deserialize;
use std::path::PathBuf;

/// A message is held in memory while it is read.
const BODY_MAX_KIB: u32 = 64 * 1024;
const SECTION: &str = "sink.alerts";
const TOKEN: &str = "sink.alerts.bearer_token_file";

/// `[sink.alerts]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SinkAlerts {
    /// `host:port` of `POST /v1/alerts`.
    pub listen: String,
    /// A file that holds the token of `Authorization: Bearer …`.
    pub bearer_token_file: Option<PathBuf>,
    /// The certificate chain, PEM.
    pub certificate_file: Option<PathBuf>,
    /// Its private key, PEM.
    pub key_file: Option<PathBuf>,
    /// Plain HTTP although others reach the address: behind a proxy that speaks TLS, or where nobody else is.
    #[serde(default)]
    pub without_tls: bool,
    /// A longer message is refused.
    #[serde(default = "one_mib")]
    pub body_max_kib: u32,
}

fn one_mib() -> u32 {
    1024
}

impl SinkAlerts {
    pub(crate) fn check(&self) -> Checked {
        host_and_port("sink.alerts.listen", &self.listen)?;
        let files = (&self.certificate_file, &self.key_file);
        check_tls(SECTION, &self.listen, files, self.without_tls, "the token")?;
        if self.bearer_token_file.is_none() {
            return wrong(SECTION, "anybody could post: name a `bearer_token_file`");
        }
        if !(1..=BODY_MAX_KIB).contains(&self.body_max_kib) {
            return wrong("sink.alerts.body_max_kib", format!("from 1 to {BODY_MAX_KIB}"));
        }
        Ok(())
    }

    /// The token of `Authorization: Bearer …`.
    ///
    /// # Errors
    /// The file cannot be read, or what it holds is no secret.
    pub fn read_bearer_token(&self) -> Result<Option<String>, ConfigError> {
        secret(TOKEN, self.bearer_token_file.as_ref())
    }

    /// The files of token, certificate and key can be read.
    ///
    /// # Errors
    /// One cannot.
    pub fn open_secrets(&self) -> Checked {
        self.read_bearer_token()?;
        for (key, file) in [("certificate_file", &self.certificate_file), ("key_file", &self.key_file)] {
            if let Some(file) = file {
                read(&format!("{SECTION}.{key}"), file)?;
            }
        }
        Ok(())
    }

    /// Every path, by its key.
    pub(crate) fn paths(&mut self) -> [(&'static str, &mut Option<PathBuf>); 3] {
        [
            (TOKEN, &mut self.bearer_token_file),
            ("sink.alerts.certificate_file", &mut self.certificate_file),
            ("sink.alerts.key_file", &mut self.key_file),
        ]
    }
}
