//! What the API shows of the configuration in force: rows to choose from, and objects written out.
//!
//! Reads what was written and the report on it; changes nothing. Every section implements [`Shown`]. An object that
//! could not be read is shown, too, with the reason.

mod entry_points;
mod middlewares;
mod overview;
mod related;
mod routers;
mod services;
mod tcp;
mod udp;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};
use windrose_config::dynamic_config::Objects;
use windrose_config::static_config::{EncodedCharacters, EntryPoint, EntryPointObservability};
use windrose_config::{DynamicConfig, Problem, Section, StaticConfig};
use windrose_engine::compile::Served;
use windrose_engine::live::ServerHealth;
use windrose_engine::merge::{INTERNAL, Merged, Place};
use windrose_engine::reload::Published;
use windrose_engine::reload::history::History;
use windrose_engine::report::{Report, Status};

use crate::hide;
use crate::list::{self, Id, Page, Row};
use crate::query::{BadPage, Query};

pub(crate) use entry_points::entry_point;
pub(crate) use middlewares::Middlewares;
pub(crate) use overview::overview;
pub(crate) use related::Related;
pub(crate) use routers::Routers;
pub(crate) use services::Services;
pub(crate) use tcp::{TcpMiddlewares, TcpRouters, TcpServices};
pub(crate) use udp::{UdpRouters, UdpServices};

/// The configuration in force.
#[derive(Debug, Clone)]
pub struct View(Arc<Published>);

/// An object of a section.
#[derive(Debug)]
pub(crate) struct Object<'a, T> {
    /// What it is called.
    pub(crate) id: Id<'a>,
    /// What was written.
    pub(crate) written: Written<'a, T>,
}

/// What was written of an object.
#[derive(Debug)]
pub(crate) enum Written<'a, T> {
    /// This.
    Read(&'a T),
    /// Something that could not be read.
    Unread,
    /// Nothing, it is the gateway's own.
    Own,
}

impl<T> Clone for Object<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Object<'_, T> {}

impl<T> Clone for Written<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Written<'_, T> {}

impl<'a, T> Object<'a, T> {
    fn read(&self) -> Option<&'a T> {
        match self.written {
            Written::Read(written) => Some(written),
            Written::Unread | Written::Own => None,
        }
    }
}

/// A section that can be shown.
pub(crate) trait Shown {
    /// What is written in it.
    type Written: 'static;
    /// Which it is.
    const SECTION: Section;

    /// Its objects.
    fn objects(config: &DynamicConfig) -> &Objects<Self::Written>;

    /// The gateway's own objects.
    fn own(_: &StaticConfig) -> Vec<&'static str> {
        Vec::new()
    }

    /// What entry points make of an object.
    fn copies<'a>(_: &'a View, _: &'a Self::Written) -> Copies<'a> {
        Copies::Whole
    }

    /// Whether an object refers to a middleware of this qualified name. Only routers do.
    fn lists(_: &View, _: &Object<'_, Self::Written>, _: &str) -> bool {
        true
    }

    /// Who uses the objects of these qualified names.
    fn related(_: &View, _: &dyn Fn(&str) -> bool) -> Related {
        Related::none()
    }

    /// Completes a row that knows its names already.
    fn describe<'a>(_: &View, row: &mut Row<'a, Object<'a, Self::Written>>, written: &'a Self::Written);

    /// Writes out what was written, as it works.
    fn write(view: &View, object: &Object<'_, Self::Written>, out: &mut Map<String, Value>);

    /// Writes out what others make of it.
    fn relate(
        view: &View,
        object: &Object<'_, Self::Written>,
        related: &Related,
        out: &mut Map<String, Value>,
    );

    /// Writes out what only lists and single objects have.
    fn name(object: &Object<'_, Self::Written>, out: &mut Map<String, Value>);
}

impl View {
    /// Looks at what was published.
    #[must_use]
    pub const fn new(published: Arc<Published>) -> Self {
        Self(published)
    }

    /// What was written.
    pub(crate) fn merged(&self) -> &Merged {
        &self.0.merged
    }

    /// Which it is: each that is put in force has a higher number.
    pub(crate) fn generation(&self) -> u64 {
        self.0.generation
    }

    /// What is to be said of it.
    pub(crate) fn report(&self) -> &Report {
        &self.0.report
    }

    /// How the servers of the service of this qualified name are, where somebody knows.
    pub(crate) fn servers(&self, service: &str) -> Option<Vec<ServerHealth>> {
        self.0.health.servers(service)
    }

    /// The certificates that are served.
    pub(crate) fn certificates(&self) -> &[Served] {
        &self.0.certificates
    }

    /// What the last reloads changed.
    pub(crate) fn history(&self) -> &History {
        &self.0.history
    }

    /// A TCP entry point.
    fn place(&self, name: &str) -> Option<&Place> {
        self.merged().places.iter().find(|place| *place.name == *name)
    }

    /// Whether an entry point makes something else of a router than what is written.
    fn adds(&self, place: &Place) -> bool {
        let is_changed = |entry: &EntryPoint| {
            entry.http.encoded_characters != EncodedCharacters::default()
                || entry.observability != EntryPointObservability::default()
        };
        place.model.is_some()
            || routers::is_old(self)
            || self.merged().settings.entry_points.get(&place.name).is_some_and(is_changed)
    }

    /// The entry points of routers that name none, in order.
    fn default_places(&self) -> Vec<&str> {
        let places = self.merged().places.iter().filter(|place| place.default);
        let mut names: Vec<&str> = places.map(|place| &*place.name).collect();
        names.sort_unstable();
        names
    }

    /// All objects of a section: those of providers, those that could not be read, and the gateway's own.
    pub(crate) fn objects<S: Shown>(&self) -> impl Iterator<Item = Object<'_, S::Written>> {
        let written = self.merged().parts.iter().flat_map(move |part| {
            S::objects(&part.config)
                .iter()
                .flat_map(move |(name, written)| self.copies::<S>(name, &part.provider, &written.value))
        });
        let unread = self.unread::<S>().into_iter();
        let unread = unread
            .map(|(name, provider)| Object { id: Id { on: None, name, provider }, written: Written::Unread });
        let own = S::own(&self.merged().settings)
            .into_iter()
            .map(|name| Object { id: Id { on: None, name, provider: INTERNAL }, written: Written::Own });
        written.chain(unread).chain(own)
    }

    /// One object for each name that it goes by.
    fn copies<'a, S: Shown>(
        &'a self,
        name: &'a str,
        provider: &'a str,
        written: &'a S::Written,
    ) -> impl Iterator<Item = Object<'a, S::Written>> {
        let (whole, on) = match S::copies(self, written) {
            Copies::Whole => (true, Vec::new()),
            Copies::Split { rest, on } => (rest, on),
        };
        let copies = whole.then_some(None).into_iter().chain(on.into_iter().map(Some));
        copies.map(move |on| Object { id: Id { on, name, provider }, written: Written::Read(written) })
    }

    /// Names and providers of objects that could not be read.
    fn unread<S: Shown>(&self) -> BTreeSet<(&str, &str)> {
        let objects = self.report().problems().iter().filter_map(|problem| problem.object.as_deref());
        objects
            .filter(|object| object.section == S::SECTION)
            .filter_map(|object| Some((&*object.name, object.provider.as_deref()?)))
            .filter(|(name, provider)| {
                let part = self.merged().parts.iter().find(|part| *part.provider == **provider);
                part.is_some_and(|part| !S::objects(&part.config).contains_key(*name))
            })
            .collect()
    }

    /// The object of this qualified name.
    pub(crate) fn find<S: Shown>(&self, name: &str) -> Option<Object<'_, S::Written>> {
        let (plain, provider) = name.rsplit_once('@')?;
        let part = self.merged().parts.iter().find(|part| *part.provider == *provider);
        let written = part.and_then(|part| {
            let (plain, written) = S::objects(&part.config).get_key_value(plain)?;
            self.copies::<S>(plain, &part.provider, &written.value).find(|object| object.id == *name)
        });
        written.or_else(|| self.objects::<S>().find(|object| object.id == *name))
    }

    /// The page that a query asks for.
    pub(crate) fn page<S: Shown>(&self, query: &Query) -> Result<Page<Object<'_, S::Written>>, BadPage> {
        let rows = self.objects::<S>().map(|object| {
            let status = word(self.status::<S>(&object));
            let mut row =
                Row { object, id: object.id, status, kind: "", rule: "", service: "", priority: 0, size: 0 };
            if let Some(written) = object.read() {
                S::describe(self, &mut row, written);
            }
            row
        });
        list::page(rows, query, |object, name| S::lists(self, &object, name))
    }

    /// An object written out. `naming` says whether its name is part of it.
    pub(crate) fn show<S: Shown>(
        &self,
        object: &Object<'_, S::Written>,
        related: &Related,
        naming: Naming,
    ) -> Value {
        let mut out = Map::new();
        S::write(self, object, &mut out);
        let errors: Vec<Value> = self.problems::<S>(object).map(|problem| told(problem).into()).collect();
        if !errors.is_empty() {
            out.insert("error".to_owned(), errors.into());
        }
        out.insert("status".to_owned(), word(self.status::<S>(object)).into());
        S::relate(self, object, related, &mut out);
        if naming == Naming::Inside {
            out.insert("name".to_owned(), object.id.to_string().into());
            out.insert("provider".to_owned(), object.id.provider.into());
            S::name(object, &mut out);
        }
        hide::passwords(Value::Object(out))
    }

    /// How an object is.
    pub(crate) fn status<S: Shown>(&self, object: &Object<'_, S::Written>) -> Status {
        self.report().status(S::SECTION, object.id.name, object.id.provider)
    }

    /// What is wrong with no object of its own, such as a file that cannot be read.
    pub(crate) fn loose(&self) -> impl Iterator<Item = &Problem> {
        self.report().problems().iter().filter(|problem| problem.object.is_none())
    }

    fn problems<'a, S: Shown>(
        &'a self,
        object: &Object<'a, S::Written>,
    ) -> impl Iterator<Item = &'a Problem> {
        self.report().of(S::SECTION, object.id.name, object.id.provider)
    }
}

/// What entry points make of an object.
#[derive(Debug)]
pub(crate) enum Copies<'a> {
    /// It is the same everywhere.
    Whole,
    /// It differs from place to place.
    Split {
        /// Whether it is somewhere where nothing is added to it.
        rest: bool,
        /// The entry points that add something of their own.
        on: Vec<&'a str>,
    },
}

/// Whether the name of an object is part of it or stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Part of it.
    Inside,
    /// Before it.
    Before,
}

/// Adds the fields of a value that is a table.
fn extend(out: &mut Map<String, Value>, value: &impl serde::Serialize) {
    if let Ok(Value::Object(fields)) = serde_json::to_value(value) {
        out.extend(fields);
    }
}

/// A status as Traefik calls it.
pub(crate) const fn word(status: Status) -> &'static str {
    match status {
        Status::Enabled => "enabled",
        Status::Warning => "warning",
        Status::Disabled => "disabled",
    }
}

/// A problem in one line, with its place.
pub(crate) fn told(problem: &Problem) -> String {
    match &problem.origin {
        Some(origin) => format!("{}: {}", origin.place(), said(problem)),
        None => said(problem),
    }
}

/// A problem in one line, wherever it is.
pub(crate) fn said(problem: &Problem) -> String {
    let mut text = problem.shown().into_owned();
    if let Some(expected) = &problem.expected {
        text.push_str(", expected ");
        text.push_str(expected);
    }
    if let Some(nearest) = &problem.nearest {
        text.push_str(", did you mean ");
        text.push_str(nearest);
        text.push('?');
    }
    text
}
