//! What a cluster says in, the mesh out.
//!
//! [`Facts`] of a cluster and the [`Settings`] of an operator come to a [`Mesh`]: who may talk to whom
//! ([`Topology`]), and the routers that make the proxies do so ([`Configuration`]). Beside them stand the shadow
//! services that lead clients to the proxies ([`shadow`]). Output is that of Traefik Mesh wherever Traefik Mesh is right; the
//! page of [`configuration`] lists where it differs.
//!
//! | module | what it holds |
//! |---|---|
//! | [`facts`] | what is used of each object of Kubernetes |
//! | [`topology`] | services, pods, targets and splits, as the API shows them |
//! | [`shadow`] | shadow services and their entry points |
//! | [`configuration`] | the dynamic configuration of the proxies |
//! | [`change`] | how one version of it comes out of another |
//!
//! The crate is pure: no input or output, no clock, no types of a client of Kubernetes. What is wrong with an object
//! is a [`Problem`] and costs that object alone; what cannot be understood lets nobody in. The same facts come to
//! the same output, in whichever order they arrived.

mod annotations;
pub mod change;
pub mod configuration;
mod digest;
pub mod facts;
mod mesh;
mod problem;
mod settings;
pub mod shadow;
pub mod topology;

pub use annotations::Manner;
pub use configuration::{Configuration, SUBJECTS, Subject, Subjects};
pub use facts::{Fact, Facts, Key};
pub use mesh::Mesh;
pub use problem::{Kind, Object, Problem};
pub use settings::{Crossing, Limits, Mode, NoMode, Settings, Sources, Unruled};
pub use shadow::{Ports, Shadow};
pub use topology::Topology;
