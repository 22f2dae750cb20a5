//! Services that are made of services.

use std::ops::RangeInclusive;
use std::sync::Arc;

use windrose_config::dynamic_config::{
    CanaryMark, Failover, FailoverErrors, HealthMarker, HighestRandomWeight, Mirroring, Name, Weighted,
    WeightedChild,
};
use windrose_upstream::Upstream;
use windrose_upstream::service::{
    self, By, Canary, Child, Copies, Errors, Follows, Kind, Mirror, Sharing, Unwatched, Word,
};

use super::balancer::cookie;
use super::{MAX_WEIGHT, Outcome, Services};
use crate::compile::graph::Asking;
use crate::compile::problems::Object;

pub(super) fn weighted(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    written: &Weighted,
    before: Option<&Arc<Upstream>>,
) -> Option<Outcome> {
    let sticky = cookie(asking, of, written.sticky.as_ref(), "weighted.sticky.cookie");
    let children = children(asking, of, &written.services)?;
    let sharing = Sharing { by: By::Turns, sticky: sticky?, follows: follows(written.health_check) };
    shared(asking, of, children, sharing, before)
}

pub(super) fn hashed(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    written: &HighestRandomWeight,
    before: Option<&Arc<Upstream>>,
) -> Option<Outcome> {
    let children = children(asking, of, &written.services)?;
    let sharing = Sharing { by: By::Client, sticky: None, follows: follows(written.health_check) };
    shared(asking, of, children, sharing, before)
}

fn shared(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    children: Vec<Child>,
    sharing: Sharing,
    before: Option<&Arc<Upstream>>,
) -> Option<Outcome> {
    let was = before.and_then(|before| match &before.kind {
        Kind::Weighted(was) => Some(was),
        _ => None,
    });
    let name = asking.qualified(of.name);
    let made = watched(asking, of, service::Weighted::new(&name, children, sharing, was))?;
    Some(match was {
        Some(was) if was.is_like(&made) => Outcome::AsBefore,
        _ => Outcome::New(Kind::Weighted(made)),
    })
}

pub(super) fn mirroring(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    written: &Mirroring,
    before: Option<&Arc<Upstream>>,
) -> Option<Outcome> {
    let main = asking.want::<Services>(of, &written.service);
    let mirror = |mirror: &windrose_config::dynamic_config::Mirror| {
        let service = asking.want::<Services>(of, &mirror.name)?;
        let made = Mirror::new(service, mirror.percent);
        made.map_err(|error| {
            let message = format!("mirroring.mirrors: {error}, not {}", mirror.percent);
            asking.problems().error_at(of, &mirror.name, message);
        })
        .ok()
    };
    let mirrors: Vec<Option<Mirror>> = written.mirrors.iter().map(mirror).collect();
    let mirrors = mirrors.into_iter().collect::<Option<Vec<_>>>()?;
    let copies =
        Copies { with_body: written.mirror_body, most_body: u64::try_from(written.max_body_size).ok() };
    let was = before.and_then(|before| match &before.kind {
        Kind::Mirroring(was) => Some(was),
        _ => None,
    });
    let follows = follows(written.health_check);
    let made = service::Mirroring::new(main?, mirrors, copies, follows, was);
    let made = watched(asking, of, made)?;
    Some(match was {
        Some(was) if was.is_like(&made) => Outcome::AsBefore,
        _ => Outcome::New(Kind::Mirroring(made)),
    })
}

pub(super) fn failover(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    written: &Failover,
    before: Option<&Arc<Upstream>>,
) -> Option<Outcome> {
    let main = asking.want::<Services>(of, &written.service);
    let fallback = asking.want::<Services>(of, &written.fallback);
    let errors = match written.errors.as_deref() {
        None => None,
        Some(errors) => Some(self::errors(asking, of, errors)?),
    };
    let follows = follows(written.health_check);
    let made = watched(asking, of, service::Failover::new(main?, fallback?, follows, errors))?;
    let was = before.and_then(|before| match &before.kind {
        Kind::Failover(was) => Some(was),
        _ => None,
    });
    Some(match was {
        Some(was) if was.is_like(&made) => Outcome::AsBefore,
        _ => Outcome::New(Kind::Failover(made)),
    })
}

/// The answers that send a request to the fallback.
fn errors(asking: &Asking<'_, '_, '_>, of: Object<'_>, written: &FailoverErrors) -> Option<Errors> {
    let mut statuses = Vec::with_capacity(written.status.len());
    for text in &written.status {
        match range(text) {
            Some(range) => statuses.push(range),
            None => {
                let message = format!(
                    "failover.errors.status: `{}` is no status, write for example 503 or 500-599",
                    text.value
                );
                asking.problems().error_at(of, text, message);
            }
        }
    }
    if statuses.is_empty() && written.status.is_empty() {
        asking.problems().error(of, "failover.errors needs a status, write for example 500-599");
    }
    let is_whole = statuses.len() == written.status.len() && !statuses.is_empty();
    let most_body = usize::try_from(written.max_request_body_bytes).unwrap_or(usize::MAX);
    is_whole.then(|| Errors { statuses: statuses.into(), most_body })
}

/// A status, or the first and last of a range.
fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let is_status = |status: u16| (100..=999).contains(&status);
    (is_status(first) && is_status(last) && first <= last).then_some(first..=last)
}

/// The services that are written, in order; everything wrong with them is said.
fn children(asking: &Asking<'_, '_, '_>, of: Object<'_>, written: &[WeightedChild]) -> Option<Vec<Child>> {
    let child = |child: &WeightedChild| {
        let service = asking.want::<Services>(of, &child.name);
        let canary = canary(asking, of, child)?;
        let (name, weight) = ((**child.name).into(), child.weight.min(MAX_WEIGHT));
        Some(Child { name, service: service?, weight, canary })
    };
    let children: Vec<Option<Child>> = written.iter().map(child).collect();
    children.into_iter().collect()
}

/// How requests say that they are for a child; nothing after saying what is wrong with that.
fn canary(asking: &Asking<'_, '_, '_>, of: Object<'_>, written: &WeightedChild) -> Option<Canary> {
    let told = |mark: &CanaryMark, message: String| asking.problems().error_at(of, &place(mark), message);
    let word = |mark: &CanaryMark| match &*mark.value {
        "" => Word::Usual,
        value => Word::Own(value.as_bytes().into()),
    };
    let mut canary = Canary::default();
    if let Some(mark) = &written.header {
        match windrose_http::Name::new(&mark.name) {
            Ok(name) => canary.header = Some((name, word(mark))),
            Err(error) => {
                told(
                    mark,
                    format!("header.name of {}: `{}` is {error}", written.name.value, mark.name.value),
                );
                return None;
            }
        }
    }
    if let Some(mark) = &written.cookie {
        let is_token = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte);
        if mark.name.is_empty() || !mark.name.bytes().all(is_token) {
            let message = format!(
                "cookie.name of {}: `{}` is no name of a cookie",
                written.name.value, mark.name.value
            );
            told(mark, message);
            return None;
        }
        canary.cookie = Some((mark.name.value.clone(), word(mark)));
    }
    Some(canary)
}

fn place(mark: &CanaryMark) -> Name {
    Name::new(Arc::from(&*mark.name.value), mark.name.mark)
}

const fn follows(written: Option<HealthMarker>) -> Follows {
    if written.is_some() { Follows::Children } else { Follows::Nobody }
}

/// What was made, unless it follows somebody who has no health to tell.
fn watched<T>(asking: &Asking<'_, '_, '_>, of: Object<'_>, made: Result<T, Unwatched>) -> Option<T> {
    made.map_err(|error| asking.problems().error(of, error.to_string())).ok()
}
