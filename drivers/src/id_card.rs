//! Identity cards: from the bytes of a reader to a [`text::IdCard`].
//!
//! - Pure: [`sdt`] (frames of the security module), [`text`] (the 256-byte block), [`atr`], [`module`] (the
//!   steps with a module), [`pump`] (frames in a stream of bytes).
//! - Data: [`profile`].
//! - Ways to a reader: [`pcsc`] with `transport`, [`usb`], `serial` (not on Windows), [`vendor`].
//! - What watches them: [`monitor`] for PC/SC, [`polled`] for the others, [`readers`] for all;
//!   `last_card` tells the same card from another one for all of them, `ticket` a read that lives from
//!   one that does not.
//! - What comes out: [`reading`], and [`photo`] for what can decode the picture.

pub mod atr;
mod last_card;
pub mod module;
pub mod monitor;
pub mod pcsc;
pub mod photo;
pub mod polled;
mod process;
pub mod profile;
pub mod pump;
pub mod readers;
pub mod reading;
pub mod sdt;
#[cfg(unix)]
pub mod serial;
pub mod text;
mod ticket;
pub(crate) mod transport;
pub mod usb;
pub mod vendor;
