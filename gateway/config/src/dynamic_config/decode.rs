//! From a document to [`DynamicConfig`], object by object, so that one at fault does not stop the rest.

use std::sync::Arc;

use indexmap::map::Entry as Slot;
use serde::de::DeserializeOwned;

use super::closed::{Lost, salvage, salvage_tcp, salvage_udp};
use super::roots::{self, ROOTS};
use super::{
    DynamicConfig, HttpConfig, Middleware, Objects, TcpConfig, TlsCertificate, TlsConfig, UdpConfig,
};
use crate::origin::{Located, Mark, Origin, Source, Written};
use crate::problem::{ObjectRef, Problem, Section, Severity};
use crate::refuse::{Refusal, Refusals};
use crate::tree::{
    Entry, Tree, Value, decode_noting, join_cases, join_same, nearest, repeated_field, unknown_field,
};

impl DynamicConfig {
    /// Decodes a document, and frees it on the way.
    ///
    /// What is wrong ends in [`DynamicConfig::problems`]: an object that cannot be read, or that uses one of the
    /// `refused` options, is left out; everything else is there. The place of a router that is left out stays known.
    #[must_use]
    pub fn decode(document: Tree, source: &Arc<Source>, refused: &[Refusal]) -> Self {
        let refusals = Refusals::new(refused);
        let mut reader = Reader { source, refusals, problems: Vec::new(), lost: Lost::default() };
        let mut document = reader.only_routing(document);
        if let Value::Table(entries) = &mut document.value
            && join_cases(entries)
        {
            // `http.services` and `HTTP.services` are one section, too.
            entries.iter_mut().for_each(|entry| join_same(&mut entry.value));
        }
        let [http, tcp, udp, tls] = reader.fields(document, &ROOTS);
        let mut config = Self {
            http: reader.http(http),
            tcp: reader.tcp(tcp),
            udp: reader.udp(udp),
            tls: reader.tls(tls),
            problems: Vec::new(),
            lost: Lost::default(),
        };
        config.problems = reader.problems;
        config.lost = reader.lost;
        config
    }

    /// Takes over the `Arc`s of objects that are written as before in the same place, so that whoever looks for
    /// changes may compare pointers first.
    pub fn reuse_unchanged(&mut self, previous: &Self) {
        reuse(&mut self.http.routers, &previous.http.routers);
        reuse(&mut self.http.closed, &previous.http.closed);
        reuse(&mut self.http.services, &previous.http.services);
        reuse(&mut self.http.middlewares, &previous.http.middlewares);
        reuse(&mut self.http.servers_transports, &previous.http.servers_transports);
        reuse(&mut self.tcp.routers, &previous.tcp.routers);
        reuse(&mut self.tcp.closed, &previous.tcp.closed);
        reuse(&mut self.tcp.services, &previous.tcp.services);
        reuse(&mut self.tcp.middlewares, &previous.tcp.middlewares);
        reuse(&mut self.tcp.servers_transports, &previous.tcp.servers_transports);
        reuse(&mut self.udp.routers, &previous.udp.routers);
        reuse(&mut self.udp.closed, &previous.udp.closed);
        reuse(&mut self.udp.services, &previous.udp.services);
        reuse(&mut self.tls.options, &previous.tls.options);
        reuse(&mut self.tls.stores, &previous.tls.stores);
    }

    /// Whether it says the same as an earlier one, all of whose unchanged objects are in this one, too
    /// ([`Self::reuse_unchanged`]).
    #[must_use]
    pub fn is_unchanged(&self, previous: &Self) -> bool {
        same(&self.http.routers, &previous.http.routers)
            && same(&self.http.closed, &previous.http.closed)
            && same(&self.http.services, &previous.http.services)
            && same(&self.http.middlewares, &previous.http.middlewares)
            && same(&self.http.servers_transports, &previous.http.servers_transports)
            && self.tcp == previous.tcp
            && self.udp == previous.udp
            && self.tls == previous.tls
            && self.problems == previous.problems
            && self.lost == previous.lost
    }
}

/// Whether both have the same objects, and not only equal ones.
fn same<T>(objects: &Objects<T>, previous: &Objects<T>) -> bool {
    objects.len() == previous.len()
        && objects.iter().enumerate().all(|(index, (name, object))| {
            stays_at(previous, index, object)
                || previous.get(name).is_some_and(|before| Arc::ptr_eq(before, object))
        })
}

/// Whether an object is where it was, which most are and which is known sooner than what has its name.
fn stays_at<T>(objects: &Objects<T>, index: usize, object: &Arc<Written<T>>) -> bool {
    objects.get_index(index).is_some_and(|(_, before)| Arc::ptr_eq(before, object))
}

fn reuse<T: PartialEq>(objects: &mut Objects<T>, previous: &Objects<T>) {
    for (index, (name, object)) in objects.iter_mut().enumerate() {
        if !stays_at(previous, index, object)
            && let Some(before) = previous.get(name)
            && before.origin == object.origin
            && before.value == object.value
        {
            *object = before.clone();
        }
    }
}

/// Decoding of one document.
struct Reader<'a> {
    source: &'a Arc<Source>,
    refusals: Refusals,
    problems: Vec<Problem>,
    lost: Lost,
}

impl Reader<'_> {
    fn http(&mut self, section: Option<Entry>) -> HttpConfig {
        let known = &["routers", "services", "middlewares", "serversTransports"];
        let [routers, services, middlewares, transports] = self.section(section, known);
        let (routers, closed) = self.routers(Section::HttpRouters, routers, salvage);
        HttpConfig {
            routers,
            closed,
            services: self.objects(Section::HttpServices, services, any),
            middlewares: self.objects(Section::HttpMiddlewares, middlewares, middleware),
            servers_transports: self.objects(Section::HttpServersTransports, transports, any),
        }
    }

    /// The routers, and the places of those that cannot be read.
    fn routers<T: DeserializeOwned>(
        &mut self,
        section: Section,
        written: Option<Entry>,
        salvage: Salvage<T>,
    ) -> (Objects<T>, Objects<T>) {
        let mut closed = Objects::default();
        let source = self.source;
        let routers = self.objects_or(section, written, any, &mut |name, mark, value| {
            for (name, router) in salvage(&name, value, source) {
                let written = Written::new(router, Origin::new(Arc::clone(source), mark));
                closed.entry(name).or_insert_with(|| Arc::new(written));
            }
        });
        closed.retain(|name, _| !routers.contains_key(name));
        (routers, closed)
    }

    fn tcp(&mut self, section: Option<Entry>) -> TcpConfig {
        let known = &["routers", "services", "middlewares", "serversTransports"];
        let [routers, services, middlewares, transports] = self.section(section, known);
        let (routers, closed) = self.routers(Section::TcpRouters, routers, salvage_tcp);
        TcpConfig {
            routers,
            closed,
            services: self.objects(Section::TcpServices, services, any),
            middlewares: self.objects(Section::TcpMiddlewares, middlewares, middleware),
            servers_transports: self.objects(Section::TcpServersTransports, transports, any),
        }
    }

    fn udp(&mut self, section: Option<Entry>) -> UdpConfig {
        let [routers, services] = self.section(section, &["routers", "services"]);
        let (routers, closed) = self.routers(Section::UdpRouters, routers, salvage_udp);
        UdpConfig { routers, closed, services: self.objects(Section::UdpServices, services, any) }
    }

    fn tls(&mut self, section: Option<Entry>) -> TlsConfig {
        let told = self.problems.len();
        let known = &["certificates", "options", "stores"];
        let [certificates, options, stores] = self.section(section, known);
        let mut is_lost = self.hides_options(told);
        let certificates = self.certificates(certificates.map(|entry| entry.value).unwrap_or_default());
        let told = self.problems.len();
        let options = self.objects(Section::TlsOptions, options, any);
        is_lost |= self.hides_options(told);
        if is_lost {
            self.lost.insert(Section::TlsOptions, Arc::from(DEFAULT));
        }
        TlsConfig { certificates, options, stores: self.objects(Section::TlsStores, stores, any) }
    }

    /// Whether default TLS options may be written where something, told from `told` on, could not be read.
    fn hides_options(&self, told: usize) -> bool {
        let hides = |problem: &Problem| {
            problem.object.is_none() && !matches!(problem.nearest.as_deref(), Some("certificates" | "stores"))
        };
        self.problems.iter().skip(told).any(hides)
    }

    /// The document without root keys that are none of ours, which are told.
    fn only_routing(&mut self, document: Tree) -> Tree {
        if !self.source.has_lines() {
            return document;
        }
        let Tree { mark, value: Value::Table(entries) } = document else { return document };
        let (entries, problems) = roots::known(entries, self.source);
        let is_slip_of_tls = |problem: &Problem| {
            problem.severity == Severity::Error && problem.nearest.as_deref() == Some("tls")
        };
        if problems.iter().any(is_slip_of_tls) {
            self.lost.insert(Section::TlsOptions, Arc::from(DEFAULT));
        }
        self.problems.extend(problems);
        Tree { mark, value: Value::Table(entries) }
    }

    /// The known keys of a section that may not be empty.
    fn section<const N: usize>(&mut self, section: Option<Entry>, known: &[&str; N]) -> [Option<Entry>; N] {
        let section = self.filled(section);
        self.fields(section, known)
    }

    /// What stands behind known keys; other keys are reported.
    fn fields<const N: usize>(&mut self, tree: Tree, known: &[&str; N]) -> [Option<Entry>; N] {
        let mut found = [const { None }; N];
        let mut entries = self.entries(tree);
        join_cases(&mut entries);
        for entry in entries {
            let slot = known.iter().position(|name| name.eq_ignore_ascii_case(&entry.key));
            match slot.and_then(|index| found.get_mut(index)) {
                None => self.problems.push(unknown_field(&entry, known, self.source)),
                Some(Some(_)) => self.problems.push(repeated_field(&entry, self.source)),
                Some(slot) => *slot = Some(entry),
            }
        }
        found
    }

    /// What stands in a section that may not be empty.
    fn filled(&mut self, section: Option<Entry>) -> Tree {
        let Some(entry) = section else { return Tree::null() };
        if entry.value.is_bare() {
            let message = format!("`{}` is empty, write something there or remove it", entry.key);
            let problem = Problem::error(message).at(self.source, entry.mark);
            self.problems.push(problem.spanning(entry.key.chars().count()));
            return Tree::null();
        }
        entry.value
    }

    /// The entries of what must be a table, or nothing.
    fn entries(&mut self, tree: Tree) -> Box<[Entry]> {
        match tree.value {
            Value::Table(entries) => entries,
            Value::Null => Box::default(),
            Value::Text(_) | Value::List(_) => {
                let problem = Problem::error(format!("cannot use {} here", tree.describe()));
                self.problems.push(problem.at(self.source, tree.mark).expecting("a table"));
                Box::default()
            }
        }
    }

    /// The objects of a section.
    fn objects<T>(&mut self, section: Section, written: Option<Entry>, decode: Decode<T>) -> Objects<T> {
        self.objects_or(section, written, decode, &mut |_, _, _| {})
    }

    /// The objects of a section; those that cannot be read are handed to `lost`.
    fn objects_or<T>(
        &mut self,
        section: Section,
        written: Option<Entry>,
        decode: Decode<T>,
        lost: &mut dyn FnMut(Arc<str>, Mark, &Tree),
    ) -> Objects<T> {
        // Names with nothing behind them are told by who reads files, save where an object may be empty.
        let has_names = written.as_ref().is_some_and(|entry| !entry.value.entries().is_empty());
        let written = match section {
            Section::TlsOptions | Section::TlsStores => self.filled(written),
            _ if has_names => written.map(|entry| entry.value).unwrap_or_default(),
            _ => self.filled(written),
        };
        let entries = self.entries(written);
        let mut objects =
            Objects::with_capacity_and_hasher(entries.len(), foldhash::fast::RandomState::default());
        for entry in entries {
            let Entry { key, mark, mut value } = entry;
            if value.is_null() {
                continue;
            }
            let named = Named { section, name: &key, mark };
            let Some(value) = self.object(&named, &mut value, decode) else {
                self.lost.insert(section, Arc::clone(&key));
                lost(key, mark, &value);
                continue;
            };
            let origin = Origin::new(self.source.clone(), mark);
            match objects.entry(key) {
                Slot::Vacant(slot) => {
                    slot.insert(Arc::new(Written { value, origin }));
                }
                Slot::Occupied(slot) => {
                    let message = format!("{section}.{} is written twice, the first is used", slot.key());
                    let problem = Problem::error(message).at(self.source, mark);
                    self.problems.push(problem.spanning(slot.key().chars().count()));
                }
            }
        }
        objects
    }

    /// One object; `None` after reporting what is wrong with it.
    fn object<T>(&mut self, named: &Named<'_>, value: &mut Tree, decode: Decode<T>) -> Option<T> {
        if named.name.is_empty() || named.name.contains('@') {
            let message = format!("{:?} cannot be a name, write one without `@`", named.name);
            self.report(named, vec![Problem::error(message).at(self.source, named.mark)]);
            return None;
        }
        let mut problems = self.refusals.of_object(named.section, named.name, named.mark, value, self.source);
        let is_refused = !problems.is_empty();
        // Of an object that is refused as a whole there is no more to say.
        let is_of_no_use = problems.iter().any(|problem| is_at(problem, named.mark));
        // What is wrong with the object as a whole is shown at its name.
        value.mark = named.mark;
        let mut notes = Vec::new();
        let decoded = if is_of_no_use { Err(Vec::new()) } else { decode(value, self.source, &mut notes) };
        problems.extend(notes);
        let decoded = decoded.map_err(|wrong| problems.extend(wrong)).ok().filter(|_| !is_refused);
        self.report(named, problems);
        decoded
    }

    fn report(&mut self, named: &Named<'_>, problems: Vec<Problem>) {
        let object = ObjectRef::new(named.section, named.name);
        self.problems.extend(problems.into_iter().map(|mut problem| {
            if is_at(&problem, named.mark) && problem.length == 0 {
                problem = problem.spanning(named.name.chars().count());
            }
            // What a list is called in TOML: the object knows only its own part.
            if let Some(expected) = &mut problem.expected {
                *expected = expected.replace("[[", &format!("[[{object}."));
            }
            problem.of(object.clone())
        }));
    }

    fn certificates(&mut self, tree: Tree) -> Vec<Arc<Written<TlsCertificate>>> {
        if tree.is_null() || tree.is_bare() {
            return Vec::new();
        }
        let items = match tree.value {
            Value::List(items) => items,
            // Keys of a table in place of a list say the order and nothing else.
            Value::Table(mut entries) if entries.iter().all(|entry| entry.value.is_table()) => {
                entries.sort_by(|left, right| left.key.cmp(&right.key));
                entries.into_iter().map(|entry| entry.value).collect()
            }
            Value::Null | Value::Text(_) | Value::Table(_) => {
                let problem = Problem::error(format!("cannot use {} here", tree.describe()));
                self.problems.push(problem.at(self.source, tree.mark).expecting("a list of certificates"));
                return Vec::new();
            }
        };
        let mut certificates = Vec::with_capacity(items.len());
        for (index, mut item) in items.into_iter().enumerate() {
            let (name, mark) = (index.to_string(), item.mark);
            let named = Named { section: Section::TlsCertificates, name: &name, mark };
            if !item.is_table() {
                let problem = Problem::error(format!("cannot use {} as a certificate", item.describe()));
                self.report(&named, vec![problem.at(self.source, mark).expecting("certFile and keyFile")]);
                continue;
            }
            if let Some(value) = self.object(&named, &mut item, any) {
                certificates
                    .push(Arc::new(Written { value, origin: Origin::new(self.source.clone(), mark) }));
            }
        }
        certificates
    }
}

fn is_at(problem: &Problem, mark: Mark) -> bool {
    problem.origin.as_ref().is_some_and(|origin| origin.mark == mark)
}

/// Which object is being read, and where its name was written.
struct Named<'a> {
    section: Section,
    name: &'a str,
    mark: Mark,
}

/// The places of a router that cannot be read.
type Salvage<T> = fn(&Arc<str>, &Tree, &Arc<Source>) -> Vec<(Arc<str>, T)>;

/// Reads an object; may take what it needs out of the tree.
type Decode<T> = fn(&mut Tree, &Arc<Source>, &mut Vec<Problem>) -> Result<T, Vec<Problem>>;

fn any<T: DeserializeOwned>(
    tree: &mut Tree,
    source: &Arc<Source>,
    notes: &mut Vec<Problem>,
) -> Result<T, Vec<Problem>> {
    decode_noting(tree, source, notes)
}

/// Exactly one kind; its options stay as written.
fn middleware(
    tree: &mut Tree,
    source: &Arc<Source>,
    _: &mut Vec<Problem>,
) -> Result<Middleware, Vec<Problem>> {
    let tree = std::mem::take(tree);
    let mark = tree.mark;
    let problem = |message: String| Err(vec![Problem::error(message).at(source, mark)]);
    let entries = match tree.value {
        Value::Table(entries) => entries,
        Value::Null => Box::default(),
        Value::Text(_) | Value::List(_) => {
            return problem(format!(
                "cannot use {} as a middleware, write its type and options",
                tree.describe()
            ));
        }
    };
    let mut kinds = entries.into_iter().filter(|entry| !is_off(&entry.value));
    let Some(Entry { key, mark, value: options }) = kinds.next() else {
        return problem("middleware has no type, write one, for example stripPrefix".to_owned());
    };
    let may_be_empty = MAY_BE_EMPTY.iter().any(|name| name.eq_ignore_ascii_case(&key));
    if !may_be_empty && (options.is_bare() || is_on(&options)) {
        let message = format!("`{key}` is empty, write its options or remove it");
        return Err(vec![Problem::error(message).at(source, mark).spanning(key.chars().count())]);
    }
    match kinds.next() {
        None => Ok(Middleware { kind: Located::new(key, mark), options }),
        Some(second) => {
            let message = format!("middleware has two types, {key} and {}, keep one of them", second.key);
            let problem =
                Problem::error(message).at(source, second.mark).spanning(second.key.chars().count());
            // Two that are nearly the same word are one that is misspelt once. Which, only their owner knows.
            Err(vec![Problem { nearest: nearest(&second.key, &[&*key]), ..problem }])
        }
    }
}

/// Whether a section is absent or switched off.
fn is_off(tree: &Tree) -> bool {
    tree.is_null() || tree.as_text().is_some_and(|text| text.eq_ignore_ascii_case("false"))
}

/// The TLS options of whoever names none.
const DEFAULT: &str = "default";

/// Whether a section is switched on without options.
fn is_on(tree: &Tree) -> bool {
    tree.as_text().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// Kinds of middleware that do something without options.
const MAY_BE_EMPTY: [&str; 2] = ["compress", "contentType"];
