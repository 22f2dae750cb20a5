//! The system calls Windrose makes itself, behind safe functions.
//!
//! Owns: listening sockets and their options, sockets and notices shared with the service manager,
//! process limits and cost, what its threads compute, memory that nobody uses, reading the files that a configuration names, files without a name, and what
//! the host says about itself. Must not know: configuration, protocols, tokio. Everything here is blocking, short and
//! returns plain `std` types, so that a caller may hand the sockets to whichever runtime it uses.
//! Sockets are always returned non-blocking.

mod address;
mod file;
mod inherited;
mod limits;
mod listen;
mod memory;
mod notify;
mod sampling;
mod socket;
mod threads;
mod unnamed;
mod usage;

pub use address::{AddressError, BindAddress};
pub use file::{open_file, read_file};
pub use inherited::Inherited;
pub use limits::{fd_limit, give_way, host_name, raise_fd_limit, worker_count};
pub use listen::{ListenOptions, bind_udp, listen_tcp, probe_tcp, probe_udp};
pub use memory::give_back;
pub use notify::{Notifier, watchdog_interval};
pub use sampling::{INTERVAL, Registers, Sample, Sampling, Scope, lent_code};
pub use socket::{join_datagrams, keep_alive, no_delay, notice_loss, refuse_new};
pub use threads::Thread;
pub use unnamed::UnnamedFile;
pub use usage::Usage;
