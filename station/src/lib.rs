//! A whole station without a window.

pub mod blobs;
mod cases;
pub mod catalog;
pub mod clock;
pub mod desk;
pub mod devices;
pub mod disk;
pub mod door;
pub mod drafts;
pub mod enrol;
pub mod error;
pub mod keys;
pub mod knowledge;
pub mod line;
mod people;
#[cfg(test)]
mod proof;
pub mod reading;
pub mod receipt;
mod seal;
pub mod station;
pub mod store;
pub mod sync;
pub mod view;
mod worklist;

pub use devices::Demo;
pub use error::{CODES, Error};
pub use station::{Event, Notify, Options, Station};

/// Codes of the modules that keep a list of their own.
pub const CODE_LISTS: &[&[&str]] = &[
    error::CODES,
    line::error::CODES,
    enrol::CODES,
    devices::CODES,
    receipt::CODES,
    sync::CODES,
];
