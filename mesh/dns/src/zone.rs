//! The zones of the mesh.

use std::fmt;

/// A zone that the mesh answers for. A name in it is `SERVICE.NAMESPACE.ZONE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zone {
    /// `maesh`, of the first releases of Traefik Mesh.
    Maesh,
    /// `traefik.mesh`.
    TraefikMesh,
    /// `windrose.mesh`, our own.
    WindroseMesh,
}

impl Zone {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 3] = [Self::Maesh, Self::TraefikMesh, Self::WindroseMesh];
    /// Those of Traefik Mesh.
    pub const TRAEFIK: [Self; 2] = [Self::Maesh, Self::TraefikMesh];

    /// The name, without a dot at its end.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Maesh => "maesh",
            Self::TraefikMesh => "traefik.mesh",
            Self::WindroseMesh => "windrose.mesh",
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
