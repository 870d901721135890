//! The audit: who did what, in a chain of SM3 hashes that cannot be changed unseen.
//!
//! Every record names the hash of the one before it ([`record`]). Stations and the centre each
//! write a chain of their own, in the same transaction as what it tells of, and keep the heads of
//! the other side's chain as witnesses: a tail that was cut off is missed there. [`mod@file`] is the
//! form in which chains leave, [`verify`] names the first bad record, and `yizhan-audit verify`
//! does it for auditors, without the program that wrote the chain.
//!
//! Not here: where records are stored (`store/audit.rs` of either side), and personal data, which
//! records hold as keyed pseudonyms only. The crate of SM3 (RustCrypto) is not audited by anyone.

pub mod event;
pub mod file;
pub mod record;
pub mod verify;

pub use event::Event;
pub use record::{Hash, Head, Record};
pub use verify::{Fault, Witness, Wrong};
