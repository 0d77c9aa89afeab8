//! A typed client of Pointsman, which routes each AI request to the right model and proves why.
//!
//! [`Connection::open`] makes the three services on one channel, [`pointsman_error`] reads why a call failed,
//! [`watch_entries`] follows the audit trail across disconnects, and [`retry_unavailable`] repeats a call that may be
//! repeated. The contract is in [`v1`].

mod connection;
mod error;
mod retry;
mod watch;

/// The contract: every message, enum and service of `pointsman.v1`.
#[allow(clippy::all, rustdoc::all)]
pub mod v1 {
    include!("../gen/pointsman.v1.rs");
}

pub use connection::{AuditClient, Connection, Options, RouteClient, Service, StreamClient};
pub use error::{PointsmanError, pointsman_error};
pub use retry::retry_unavailable;
pub use watch::watch_entries;
