//! Identity cards: from the bytes of a reader to a [`text::IdCard`].
//!
//! `sdt`, `text` and `atr` are pure; `profile` is data; `pcsc` and `monitor` talk to the system.
//! Not here: the photo's decoder (no open one exists; the 1024 raw bytes are kept) and readers
//! that are not PC/SC.

pub mod atr;
pub mod monitor;
pub mod pcsc;
pub mod profile;
pub mod sdt;
pub mod text;
pub(crate) mod transport;
