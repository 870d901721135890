//! From a picture to a page: found on the desk, flattened, cleaned, encoded.
//!
//! - [`picture`]: a decoded picture as luma and chroma planes, never RGB.
//! - [`quad`]: four corners of a sheet, with how sure we are.
//!
//! Everything here is pure: bytes and planes in, bytes and planes out. The picture as the device made it
//! is kept by whoever called; what comes out here can always be made again from it.

pub mod picture;
pub mod quad;

pub use picture::{Picture, Plane};
pub use quad::{Point, Quad};
