//! Everything with a cable: identity cards, scanners, and the virtual card that stands in for one.
//!
//! - [`id_card`]: bytes of the security module (`sdt`), the 256-byte text (`text`), PC/SC readers
//!   (`pcsc`) and the thread that watches them (`monitor`).
//! - [`social_card`]: social-security cards, through the same readers and the same monitor.
//! - [`document`]: pages from scanners (`sane`, `escl`), cameras, folders and files (`file`).
//! - [`virtual_card`]: a card tray, sample residents and a private pcscd, for the demo, training
//!   and tests.
//! - [`virtual_scanner`]: a network scanner without paper, with every fault, for the same.
//! - [`error`]: every failure, each with its published code.
//!
//! Not here: what a card means for a business (`domain`), where readings are kept (`station`).

pub mod document;
pub mod error;
mod group;
#[cfg(test)]
mod hostile;
pub mod id_card;
mod mistake;
pub mod social_card;
pub mod virtual_card;
pub mod virtual_scanner;

pub use error::{CODES, CardError, Error, PageError, PhotoError, ScanFault, VirtualError};
