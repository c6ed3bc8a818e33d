//! Confluent's REST API of a schema registry: the few calls that are needed.

use crate::WireError;
use serde_json::{Value, json};
use std::time::Duration;

/// A registry that has not answered by then is taken as not answering; the caller decides when to try again.
const TIMEOUT: Duration = Duration::from_secs(10);
const MEDIA_TYPE: &str = "application/vnd.schemaregistry.v1+json";
/// Confluent's code for "no schema has this id".
const SCHEMA_NOT_FOUND: u64 = 40403;

/// A schema registry.
pub(crate) struct Registry {
    url: String,
    agent: ureq::Agent,
}

impl Registry {
    /// `url`: the API's base address, for instance `http://registry:8081`.
    pub(crate) fn new(url: &str) -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false);
        Self { url: url.trim_end_matches('/').to_owned(), agent: config.build().new_agent() }
    }

    /// The id of a schema under a subject; registers it when it is not there. An incompatible one is refused here.
    /// A subject without any rule of compatibility gets one.
    pub(crate) fn register(&self, subject: &str, schema: &str) -> Result<u32, WireError> {
        let path = format!("/subjects/{subject}/versions");
        let body = json!({ "schema": schema, "schemaType": "AVRO" }).to_string();
        let request = self.agent.post(format!("{}{path}", self.url)).content_type(MEDIA_TYPE);
        let (status, answer) = self.answer(&path, request.send(body))?;
        let id = answer.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
        match (status, id) {
            (200, Some(id)) => self.guard(subject).map(|()| id),
            _ => Err(self.error(format!(
                "the schema was not registered under {subject}: status {status}, {}; a schema refused as \
                 incompatible means that a newer program has been here, or that the subject is somebody else's",
                said(&answer)
            ))),
        }
    }

    /// Some registries (Apicurio) let every schema in unless told otherwise; a rule that is there is left as it is.
    fn guard(&self, subject: &str) -> Result<(), WireError> {
        let path = format!("/config/{subject}");
        let asked = self.agent.get(format!("{}{path}?defaultToGlobal=true", self.url)).call();
        let (_, answer) = self.answer(&path, asked)?;
        if answer.get("compatibilityLevel").and_then(Value::as_str) != Some("NONE") {
            return Ok(());
        }
        let rule = json!({ "compatibility": "BACKWARD" }).to_string();
        let request = self.agent.put(format!("{}{path}", self.url)).content_type(MEDIA_TYPE);
        match self.answer(&path, request.send(rule))? {
            (200, _) => Ok(()),
            (status, answer) => Err(self.error(format!(
                "{subject} takes incompatible schemas, and this could not be changed: status {status}, {}; set its \
                 compatibility to BACKWARD there",
                said(&answer)
            ))),
        }
    }

    /// The text of a schema by its id.
    pub(crate) fn schema(&self, id: u32) -> Result<String, WireError> {
        let path = format!("/schemas/ids/{id}");
        let (status, answer) = self.answer(&path, self.agent.get(format!("{}{path}", self.url)).call())?;
        let kind = answer.get("schemaType").and_then(Value::as_str).unwrap_or("AVRO");
        match (status, answer.get("schema").and_then(Value::as_str)) {
            // A 404 without the registry's own code is a wrong address or a proxy: not the record's fault.
            (404, _) if answer.get("error_code").and_then(Value::as_u64) == Some(SCHEMA_NOT_FOUND) => {
                Err(WireError::UnknownSchema(id))
            }
            (200, Some(_)) if kind != "AVRO" => {
                Err(WireError::Undecodable(format!("schema {id} of the registry is {kind}, not AVRO")))
            }
            (200, Some(text)) => Ok(text.to_owned()),
            _ => Err(self.error(format!("schema {id}: status {status}, {}", said(&answer)))),
        }
    }

    fn answer(
        &self,
        path: &str,
        response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<(u16, Value), WireError> {
        let mut response = response.map_err(|error| {
            self.error(format!("{path}: {error}; is it running, and is the address right?"))
        })?;
        let text = response.body_mut().read_to_string();
        let text = text.map_err(|error| self.error(format!("{path}: the answer broke off: {error}")))?;
        Ok((response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    fn error(&self, detail: String) -> WireError {
        WireError::Registry { url: self.url.clone(), detail }
    }
}

/// The registry's own words, cut to what fits a log line.
fn said(answer: &Value) -> String {
    let text = match answer.get("message").unwrap_or(answer) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().take(300).collect()
}
