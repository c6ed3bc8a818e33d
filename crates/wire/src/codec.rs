//! Domain ⇄ Avro in Confluent's wire format: a zero byte, the schema's id (4 bytes, big-endian), the record.

use crate::avro::{self, Avro};
use crate::registry::Registry;
use crate::resolve::{self, Named};
use crate::schemas::{self, BUILT_IN, Topic};
use crate::{Manifest, RejectReason, Rejected};
use call::{Call, Event};
use kpi::WindowRecord;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Why bytes could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not in the Confluent wire format.
    #[error("not in the Confluent wire format: {0}")]
    NotAvro(String),
    /// The schema id is not known.
    #[error("schema id {0} is not known")]
    UnknownSchema(u32),
    /// The bytes do not fit their schema.
    #[error("does not fit its schema: {0}")]
    Undecodable(String),
    /// The registry did not answer or refused.
    #[error("schema registry at {url}: {detail}")]
    Registry {
        /// Its address.
        url: String,
        /// What it said.
        detail: String,
    },
}

impl WireError {
    /// The reason to reject the record with; none when the record is not to blame and trying again may help.
    #[must_use]
    pub const fn reject_reason(&self) -> Option<RejectReason> {
        match self {
            Self::NotAvro(_) => Some(RejectReason::NotAvro),
            Self::UnknownSchema(_) => Some(RejectReason::UnknownSchema),
            Self::Undecodable(_) => Some(RejectReason::Undecodable),
            Self::Registry { .. } => None,
        }
    }
}

/// Encoder and decoder of every topic. Decoding a schema id for the first time asks the registry, and waits for it.
pub struct Codec {
    /// What this program reads, and the ids that it writes; by topic.
    ours: [(u32, Named); Topic::ALL.len()],
    /// Schemas that others have written with, by id.
    writers: RwLock<HashMap<u32, Arc<Named>>>,
    registry: Option<Registry>,
}

impl Codec {
    /// Schemas in the program, fixed ids: for one machine.
    pub fn built_in() -> Result<Self, WireError> {
        let newest = |topic| BUILT_IN.iter().rev().find(|(_, of, _)| *of == topic).map_or(0, |(id, ..)| *id);
        let mut codec = Self::new(|topic| Ok(newest(topic)), None)?;
        for (id, topic, text) in BUILT_IN {
            let schema = Arc::new(schemas::parse(text, topic.name())?);
            codec.writers.get_mut().unwrap_or_else(PoisonError::into_inner).insert(id, schema);
        }
        Ok(codec)
    }

    /// Ids from a schema registry with Confluent's REST API, under the subjects `<topic_prefix><topic>-value`; registers
    /// what is missing. `url` is the API's base address. Fails when the registry does not answer within 10 s or refuses a
    /// schema; trying again is the caller's.
    pub fn with_registry(url: &str, topic_prefix: &str) -> Result<Self, WireError> {
        let registry = Registry::new(url);
        let register =
            |topic: Topic| registry.register(&format!("{topic_prefix}{}-value", topic.name()), topic.text());
        let mut codec = Self::new(register, None)?;
        codec.registry = Some(registry);
        Ok(codec)
    }

    fn new(
        id: impl Fn(Topic) -> Result<u32, WireError>,
        registry: Option<Registry>,
    ) -> Result<Self, WireError> {
        let of = |topic: Topic| Ok::<_, WireError>((id(topic)?, topic.schema()?));
        let [events, calls, windows, rejected, manifests] = Topic::ALL;
        let ours = [of(events)?, of(calls)?, of(windows)?, of(rejected)?, of(manifests)?];
        Ok(Self { ours, writers: RwLock::default(), registry })
    }

    /// For topic `call-events`.
    pub fn encode_event(&self, event: &Event) -> Result<Vec<u8>, WireError> {
        self.encode(Topic::CallEvents, event)
    }
    /// The same into bytes of the caller, whose memory is used again. After an error they hold nothing.
    pub fn encode_event_into(&self, event: &Event, bytes: &mut Vec<u8>) -> Result<(), WireError> {
        *bytes = self.encode_in(Topic::CallEvents, event, std::mem::take(bytes))?;
        Ok(())
    }
    /// From topic `call-events`.
    pub fn decode_event(&self, bytes: &[u8]) -> Result<Event, WireError> {
        self.decode(Topic::CallEvents, bytes)
    }
    /// For topic `calls`.
    pub fn encode_call(&self, call: &Call) -> Result<Vec<u8>, WireError> {
        self.encode(Topic::Calls, call)
    }
    /// From topic `calls`.
    pub fn decode_call(&self, bytes: &[u8]) -> Result<Call, WireError> {
        self.decode(Topic::Calls, bytes)
    }
    /// For topic `kpi-windows`.
    pub fn encode_window(&self, record: &WindowRecord) -> Result<Vec<u8>, WireError> {
        self.encode(Topic::KpiWindows, record)
    }
    /// From topic `kpi-windows`.
    pub fn decode_window(&self, bytes: &[u8]) -> Result<WindowRecord, WireError> {
        self.decode(Topic::KpiWindows, bytes)
    }
    /// For topic `rejected`.
    pub fn encode_rejected(&self, rejected: &Rejected) -> Result<Vec<u8>, WireError> {
        self.encode(Topic::Rejected, rejected)
    }
    /// From topic `rejected`.
    pub fn decode_rejected(&self, bytes: &[u8]) -> Result<Rejected, WireError> {
        self.decode(Topic::Rejected, bytes)
    }
    /// For topic `manifests`.
    pub fn encode_manifest(&self, manifest: &Manifest) -> Result<Vec<u8>, WireError> {
        self.encode(Topic::Manifests, manifest)
    }
    /// From topic `manifests`.
    pub fn decode_manifest(&self, bytes: &[u8]) -> Result<Manifest, WireError> {
        self.decode(Topic::Manifests, bytes)
    }

    fn encode(&self, topic: Topic, value: &impl Avro) -> Result<Vec<u8>, WireError> {
        self.encode_in(topic, value, Vec::with_capacity(256))
    }

    /// Into memory that was used before.
    fn encode_in(&self, topic: Topic, value: &impl Avro, memory: Vec<u8>) -> Result<Vec<u8>, WireError> {
        let (id, _) = &self.ours[topic as usize];
        let mut header = memory;
        header.clear();
        header.push(0);
        header.extend_from_slice(&id.to_be_bytes());
        avro::write(value, header).map_err(WireError::Undecodable)
    }

    fn decode<T: Avro>(&self, topic: Topic, bytes: &[u8]) -> Result<T, WireError> {
        let (id, body) = split(bytes)?;
        let (own_id, ours) = &self.ours[topic as usize];
        if id == *own_id {
            return avro::read(body).map_err(WireError::Undecodable);
        }
        let writer = self.writer(id)?;
        resolve::to_ours(&writer, ours, body)
            .and_then(|body| avro::read(&body))
            .map_err(|error| WireError::Undecodable(format!("written with schema {id}: {error}")))
    }

    fn writer(&self, id: u32) -> Result<Arc<Named>, WireError> {
        let known = self.writers.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let registry = self.registry.as_ref().ok_or(WireError::UnknownSchema(id))?;
        let schema = Arc::new(schemas::parse(&registry.schema(id)?, id)?);
        self.writers.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&schema));
        Ok(schema)
    }
}

fn split(bytes: &[u8]) -> Result<(u32, &[u8]), WireError> {
    match bytes {
        [0, a, b, c, d, body @ ..] => Ok((u32::from_be_bytes([*a, *b, *c, *d]), body)),
        [0, ..] => Err(WireError::NotAvro(format!("{} bytes are too few for a schema id", bytes.len()))),
        [first, ..] => Err(WireError::NotAvro(format!("begins with byte {first:#04x}, not with 0x00"))),
        [] => Err(WireError::NotAvro("empty".to_owned())),
    }
}
