//! The exchange with the centre: commands up, facts down, pages up.
//!
//! [`core`] and [`plan`] decide and do nothing, [`lane`] counts failures and waits, [`effect`] writes
//! down, [`worker`] acts on a thread of its own: four lanes (hello, push, pull, pages) that don't
//! block one another. Every
//! request may be repeated or lost at any point; what is sent and what is folded is the store's
//! word alone, so a cut in the middle costs a repetition and nothing else.

pub mod catalogue;
pub mod core;
pub mod custody;
pub mod effect;
pub mod event;
mod exchange;
pub mod health;
pub mod hello;
pub mod lane;
mod obeying;
mod outcome;
pub mod pace;
mod pages;
pub mod plan;
mod previews;
mod pull;
mod push;
pub mod rate;
pub mod seen;
pub mod size;
mod snapshot;
pub mod upload;
pub mod worker;

pub use pull::FOLD_LIMIT;
pub use worker::{News, Setup, Worker};

/// Codes of this module, beside those of the line and the store.
pub const CODES: &[&str] = &[
    "log.not_needed",
    "log.restored",
    "outbox.too_large",
    "page.refused",
    "snapshot.unreadable",
];
