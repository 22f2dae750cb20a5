//! What is published: certificates as any provider has them, those that did not change as the same objects.

use std::sync::Arc;

use windrose_config::dynamic_config::{TlsCertificate, TlsConfig};
use windrose_config::redact::FileOrContent;
use windrose_config::{DynamicConfig, Located, Mark, Origin, Source, Written};

use super::NAME;
use super::plan::Held;
use crate::storage::Certificate;

/// What was published last.
#[derive(Default)]
pub(super) struct Certificates(Vec<(Certificate, Arc<Written<TlsCertificate>>)>);

impl Certificates {
    /// The configuration of all that is held, the longest valid first: of several for one name, that one is served.
    pub(super) fn config<'h>(&mut self, held: impl Iterator<Item = &'h Held>) -> DynamicConfig {
        let mut held: Vec<&Held> = held.filter(|one| matches!(&*one.kept.store, "" | "default")).collect();
        held.sort_by(|one, other| {
            other.not_after.cmp(&one.not_after).then_with(|| one.names().cmp(other.names()))
        });
        let before = std::mem::take(&mut self.0);
        for one in held {
            let same =
                before.iter().find(|(kept, _)| *kept == one.kept).map(|(_, object)| Arc::clone(object));
            self.0.push((one.kept.clone(), same.unwrap_or_else(|| object(&one.kept))));
        }
        let certificates = self.0.iter().map(|(_, object)| Arc::clone(object)).collect();
        DynamicConfig { tls: TlsConfig { certificates, ..TlsConfig::default() }, ..DynamicConfig::default() }
    }
}

fn object(kept: &Certificate) -> Arc<Written<TlsCertificate>> {
    let text = |bytes: &[u8]| Located::from(FileOrContent::new(String::from_utf8_lossy(bytes)));
    let written = TlsCertificate {
        cert_file: text(&kept.certificate),
        key_file: text(&kept.key),
        ..TlsCertificate::default()
    };
    Arc::new(Written::new(written, Origin::new(Source::other(NAME), Mark::default())))
}
