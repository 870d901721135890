//! From a picture to a page: found on the desk, flattened, cleaned, encoded.
//!
//! - [`picture`]: a decoded picture as luma and chroma planes, never RGB.
//! - [`quad`]: four corners of a sheet, with how sure we are.
//! - [`jpeg`], [`load`]: bytes to planes, planes to bytes; any form, the right way up.
//! - [`reduce`]: a picture made small by whole factors.
//! - [`warp`], [`ground`], [`flatten`]: the sheet straightened and its light taken away, by strips.
//!
//! Everything here is pure: bytes and planes in, bytes and planes out. The picture as the device made it
//! is kept by whoever called; what comes out here can always be made again from it.

pub mod flatten;
pub mod ground;
pub mod jpeg;
pub mod load;
pub mod picture;
pub mod quad;
pub mod reduce;
pub mod warp;
mod wide;

pub use flatten::{Finish, Flat};
pub use picture::{Picture, Plane};
pub use quad::{Point, Quad};
pub use reduce::Reduced;
