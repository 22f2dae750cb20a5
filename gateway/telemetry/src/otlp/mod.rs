//! The protocol of OpenTelemetry (OTLP): its messages, and how they get to a collector.
//!
//! Messages are written field by field ([`wire`]); their numbers are those of the published definitions, version 1.
//! Nothing here knows what is sent.

mod exporter;
mod resource;
pub(crate) mod wire;

pub(crate) use exporter::{Exporter, Refusal, Signal, Target, chain};
pub(crate) use resource::Resource;
