//! A whole station without a window.

pub mod backup;
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
mod ferry;
pub mod journal;
pub mod keys;
pub mod knowledge;
pub mod lease;
pub mod ledger;
pub mod line;
mod names;
pub mod orders;
mod paper;
mod people;
pub mod policy;
pub mod preferences;
pub mod private;
#[cfg(test)]
mod proof;
pub mod reading;
pub mod receipt;
pub mod recent;
pub mod recovery;
pub mod restore;
mod retention;
mod rights;
pub mod station;
pub mod storage;
pub mod store;
pub mod substitute;
pub mod sync;
mod sync_page;
mod trail;
pub mod view;
mod worklist;

pub use devices::Demo;
pub use error::{CODES, Error};
pub use station::{Event, Notify, Options, Station};

/// Codes of the modules that keep a list of their own.
pub const CODE_LISTS: &[&[&str]] = &[
    error::CODES,
    catalog::CODES,
    line::error::CODES,
    door::card::CODES,
    enrol::CODES,
    ferry::CODES,
    lease::CODES,
    orders::CODES,
    devices::CODES,
    receipt::CODES,
    recovery::CODES,
    restore::CODES,
    sync::CODES,
    storage::CODES,
    substitute::CODES,
    trail::CODES,
];
