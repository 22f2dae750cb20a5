//! The certificates to serve; those whose files have not changed are the ones from before.

use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::{FixedState, RandomState};
use hashbrown::HashMap;
use windrose_config::dynamic_config::DefaultGeneratedCert;
use windrose_config::redact::FileOrContent;
use windrose_config::{Located, Mark, ObjectRef, Origin, Problem, Section};
use windrose_tls::{CertStore, Certificate, CertificateError, file_or_content, load_certificate};

use crate::compile::problems::Object;
use crate::compile::transports::chain;
use crate::compile::{Round, tls};
use crate::merge::{At, DEFAULT, TlsChoice};

/// What is remembered of certificates.
#[derive(Default)]
pub(super) struct Certificates {
    known: HashMap<Pair, Known, RandomState>,
    store: Arc<CertStore>,
    /// What was in the store.
    served: Vec<Arc<Certificate>>,
    default: Option<Arc<Certificate>>,
    /// The same, for people.
    listed: Arc<[Served]>,
    /// Whether nothing had to be said of them.
    is_quiet: bool,
}

type Pair = (FileOrContent, FileOrContent);

struct Known {
    /// Of the bytes that were read.
    print: [u64; 2],
    made: Arc<Certificate>,
}

/// A certificate that is served, and where it is written.
#[derive(Clone, Debug)]
pub struct Served {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Where it is written.
    pub origin: Origin,
    /// The provider that declares it.
    pub provider: Arc<str>,
    /// Whether it is served to whoever asks for a name that no other one has.
    pub is_default: bool,
}

/// Where a certificate is written.
struct Place<'a> {
    object: ObjectRef,
    origin: &'a Origin,
}

impl Certificates {
    /// What is served, with its places.
    pub(super) fn listed(&self) -> Arc<[Served]> {
        Arc::clone(&self.listed)
    }

    /// The store of everything that is written.
    pub(super) fn load(&mut self, round: &mut Round<'_>) -> Arc<CertStore> {
        let merged = round.merged;
        if !round.certificates_changed && self.is_quiet {
            return Arc::clone(&self.store);
        }
        let told = round.problems.len();
        let mut known = std::mem::take(&mut self.known);
        let (mut served, mut listed) = (Vec::new(), Vec::new());
        for (part, index, certificate) in merged.certificates() {
            let provider = merged.parts.get(part).map(|part| Arc::clone(&part.provider));
            let name = Arc::from(index.to_string());
            let object = ObjectRef { section: Section::TlsCertificates, name, provider };
            let place = Place { object, origin: &certificate.origin };
            let is_default = |store: &Located<Arc<str>>| &***store == DEFAULT;
            if !certificate.stores.is_empty() && !certificate.stores.iter().any(is_default) {
                let message = "certificate is in no store that is served; leave stores out, or name default";
                round.problems.push(place.tell(Problem::warning(message), Mark::default()));
                continue;
            }
            let made = self.one(round, &mut known, &certificate.cert_file, &certificate.key_file, &place);
            if let Some(made) = &made {
                listed.push(place.serves(made));
            }
            served.extend(made);
        }
        let default = self.default_certificate(round, &mut known, &served, &mut listed);
        self.listed = listed.into();
        self.is_quiet = round.problems.len() == told;
        let is_same = self.served.len() == served.len()
            && self.served.iter().zip(&served).all(|(was, is)| Arc::ptr_eq(was, is))
            && crate::compile::transports::same(self.default.as_ref(), default.as_ref());
        if !is_same {
            self.store = Arc::new(CertStore::new(served.clone(), default.clone()));
            self.served = served;
            self.default = default;
        }
        Arc::clone(&self.store)
    }

    fn default_certificate(
        &mut self,
        round: &mut Round<'_>,
        known: &mut HashMap<Pair, Known, RandomState>,
        served: &[Arc<Certificate>],
        listed: &mut Vec<Served>,
    ) -> Option<Arc<Certificate>> {
        let merged = round.merged;
        for (part, of) in merged.numbered() {
            for (index, (name, store)) in of.config.tls.stores.iter().enumerate() {
                let object = Object {
                    section: Section::TlsStores,
                    at: At { part, index },
                    name,
                    origin: &store.origin,
                };
                if &**name != DEFAULT {
                    let message = "only the store named default is served";
                    round.problems.add(object, Problem::warning(message));
                } else if let Some(generated) = &store.default_generated_cert {
                    check_generated(round, object, generated);
                }
            }
        }
        match merged.tls_default(Section::TlsStores, |config| &config.tls.stores) {
            TlsChoice::Nobody | TlsChoice::Lost => None,
            TlsChoice::One(at) => {
                let part = merged.parts.get(at.part)?;
                let (name, store) = part.config.tls.stores.get_index(at.index)?;
                let Some(pair) = store.default_certificate.as_deref() else {
                    let default = obtained(store.default_generated_cert.as_deref()?, served)?;
                    for one in listed.iter_mut() {
                        one.is_default |= Arc::ptr_eq(&one.certificate, &default);
                    }
                    return Some(default);
                };
                let provider = Some(Arc::clone(&part.provider));
                let object = ObjectRef { section: Section::TlsStores, name: Arc::clone(name), provider };
                let place = Place { object, origin: &store.origin };
                let made = self.one(round, known, &pair.cert_file, &pair.key_file, &place)?;
                listed.push(Served { is_default: true, ..place.serves(&made) });
                Some(made)
            }
            TlsChoice::Conflict(all) => {
                for at in all {
                    let of =
                        merged.parts.get(at.part).and_then(|part| part.config.tls.stores.get_index(at.index));
                    if let Some((name, store)) = of {
                        let object = Object { section: Section::TlsStores, at, name, origin: &store.origin };
                        round.problems.error(object, tls::conflict("stores"));
                    }
                }
                None
            }
        }
    }

    /// Reads one certificate, and makes it again when its bytes are others.
    fn one(
        &mut self,
        round: &mut Round<'_>,
        known: &mut HashMap<Pair, Known, RandomState>,
        cert: &Located<FileOrContent>,
        key: &Located<FileOrContent>,
        place: &Place<'_>,
    ) -> Option<Arc<Certificate>> {
        let pair = (cert.value.clone(), key.value.clone());
        // Written twice.
        if let Some(known) = self.known.get(&pair) {
            return Some(Arc::clone(&known.made));
        }
        for (name, of) in [("certFile", cert), ("keyFile", key)] {
            if of.is_empty() {
                let message = format!("{name} is missing; a certificate needs certFile and keyFile");
                round.problems.push(place.tell(Problem::error(message), cert.mark.max(key.mark)));
                return None;
            }
        }
        let read =
            |of: &FileOrContent| file_or_content(&*round.tools.files, of).map_err(CertificateError::from);
        let made = read(cert).map_err(|error| (error, cert.mark)).and_then(|cert_pem| {
            let key_pem = read(key).map_err(|error| (error, key.mark))?;
            let print = [print(0, &cert_pem, &key_pem), print(1, &cert_pem, &key_pem)];
            match known.remove(&pair).filter(|known| known.print == print) {
                Some(known) => Ok(known),
                None => match load_certificate(&cert_pem, &key_pem) {
                    Ok(made) => Ok(Known { print, made: Arc::new(made) }),
                    Err(error) => {
                        let mark = place_of(&error, cert, key);
                        Err((error, mark))
                    }
                },
            }
        });
        match made {
            Ok(made) => {
                let certificate = Arc::clone(&made.made);
                self.known.insert(pair, made);
                Some(certificate)
            }
            Err((error, mark)) => {
                round.problems.push(place.tell(Problem::error(chain(&error)), mark));
                None
            }
        }
    }
}

impl Place<'_> {
    fn serves(&self, certificate: &Arc<Certificate>) -> Served {
        Served {
            certificate: Arc::clone(certificate),
            origin: self.origin.clone(),
            provider: self.object.provider.clone().unwrap_or_default(),
            is_default: false,
        }
    }

    fn tell(&self, problem: Problem, mark: Mark) -> Problem {
        let mark = if mark == Mark::default() { self.origin.mark } else { mark };
        problem.at(&self.origin.source, mark).of(self.object.clone())
    }
}

/// Says what keeps a default certificate from being obtained.
fn check_generated(round: &mut Round<'_>, of: Object<'_>, written: &DefaultGeneratedCert) {
    let names = written.domain.as_ref().is_some_and(|domain| !domain.main.is_empty());
    if written.resolver.is_empty() || !names {
        let message = "defaultGeneratedCert needs a resolver and a domain with a main name";
        round.problems.error(of, message);
    } else if !round.merged.settings.certificates_resolvers.contains_key(&**written.resolver) {
        let message = format!(
            "certificate resolver {} does not exist, so no default certificate is obtained",
            written.resolver.value
        );
        round.problems.warning_at(of, &written.resolver, message);
    }
}

/// The certificate that was obtained for exactly these names.
fn obtained(written: &DefaultGeneratedCert, served: &[Arc<Certificate>]) -> Option<Arc<Certificate>> {
    let domain = written.domain.as_ref().filter(|_| !written.resolver.is_empty())?;
    let names = std::iter::once(&domain.main).chain(&domain.sans);
    let names: BTreeSet<String> = names.map(|name| name.to_ascii_lowercase()).collect();
    let is_for = |one: &&Arc<Certificate>| {
        one.facts().names.len() == names.len() && one.facts().names.iter().all(|name| names.contains(name))
    };
    served.iter().find(is_for).cloned()
}

/// Which of the two files a fault is in.
fn place_of(error: &CertificateError, cert: &Located<FileOrContent>, key: &Located<FileOrContent>) -> Mark {
    match error {
        CertificateError::NoKey
        | CertificateError::EncryptedKey
        | CertificateError::UnusableKey(_)
        | CertificateError::KeyMismatch => key.mark,
        _ => cert.mark,
    }
}

fn print(seed: u64, cert: &[u8], key: &[u8]) -> u64 {
    FixedState::with_seed(seed).hash_one((cert, key))
}
