//! Video4Linux: the few calls a camera needs, and no more. A layer of our own: the crate of this name
//! needs libclang to build and has had no release since 2023, and what we call is thirteen requests
//! whose numbers and layouts are promised never to change.
//!
//! - `abi`: the kernel's structures and request numbers (`linux/videodev2.h`).
//! - [`node`]: a device node: what it is, its modes, setting one.
//! - [`stream`]: mapped buffers, the newest good frame.

mod abi;
pub mod node;
pub mod stream;
