//! Whom the certificates of clients were issued to. Reading that takes longer than writing a line, so what was read of
//! the last few connections is remembered.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

/// What is remembered of certificates.
#[derive(Debug, Default)]
pub(super) struct Subjects(VecDeque<(Certificates, Option<Rc<str>>)>);

/// Those of one connection, in DER.
type Certificates = Arc<[Box<[u8]>]>;

impl Subjects {
    /// Whom the first of these was issued to.
    pub(super) fn of(&mut self, certificates: &Certificates) -> Option<Rc<str>> {
        let first = certificates.first()?;
        if let Some((_, subject)) = self.0.iter().find(|(known, _)| Arc::ptr_eq(known, certificates)) {
            return subject.clone();
        }
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        let subject = windrose_tls::subject(first).map(Rc::from);
        self.0.push_back((Arc::clone(certificates), subject.clone()));
        subject
    }
}

const REMEMBERED: usize = 32;
