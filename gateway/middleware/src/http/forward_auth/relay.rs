//! The answer of the server on its way to the client.

use windrose_http::{Id, Reply};

use super::Location;
use super::address::Address;
use crate::redirect;

/// It sends the client to something that is no address.
#[derive(Debug)]
pub(super) struct NoPlace;

/// Makes an answer fit to be passed on.
///
/// # Errors
/// Where it sends the client is no address.
pub(super) fn tidy(answer: &mut Reply, from: &Address, location: Location) -> Result<(), NoPlace> {
    answer.upgrade = None;
    let Some(place) = answer.headers.get(Id::LOCATION).filter(|place| !place.is_empty()) else {
        return Ok(());
    };
    let place = std::str::from_utf8(place).map_err(|_| NoPlace)?;
    let place = match location {
        Location::Resolved => from.resolve(place),
        Location::Kept => redirect::location(place),
    };
    answer.headers.set(Id::LOCATION, place.ok_or(NoPlace)?);
    Ok(())
}
