//! From a picture to a page: found on the desk, flattened, cleaned, encoded.
//!
//! - [`mod@make`]: all of it, from bytes to a finished page.
//! - [`picture`]: a decoded picture as luma and chroma planes, never RGB.
//! - [`quad`]: four corners of a sheet, with how sure we are.
//! - [`jpeg`], [`load`]: bytes to planes, planes to bytes; any form, the right way up.
//! - [`reduce`]: a picture made small by whole factors.
//! - [`warp`], [`ground`], [`flatten`]: the sheet straightened and its light taken away, by strips.
//! - [`sheet`]: sizes of sheets, and whether a picture is fine enough for the archive.
//! - [`find`]: the sheets in a camera's picture, or none when none is sure.
//! - [`mod@documents`]: which of the sheets become pages, and in which order.
//! - [`compose`]: a card's front and back on one sheet. [`pdf`]: pages as one file for the archive.
//! - [`codes`]: QR codes and barcodes.
//! - [`orientation`]: which way up a page lies.
//! - [`quality`]: what may be wrong with a page: blurred, moved, a reflection, cut off, too coarse.
//!
//! Everything here is pure: bytes and planes in, bytes and planes out. The picture as the device made it
//! is kept by whoever called; what comes out here can always be made again from it.

pub mod codes;
pub mod compose;
pub mod documents;
pub mod find;
pub mod flatten;
pub mod ground;
pub mod jpeg;
pub mod load;
pub mod make;
pub mod orientation;
pub mod pdf;
pub mod picture;
pub mod quad;
pub mod quality;
pub mod reduce;
pub mod sheet;
pub mod warp;
mod wide;

pub use documents::documents;
pub use flatten::{Finish, Flat};
pub use make::{Made, Output, Where, make};
pub use picture::{Picture, Plane};
pub use quad::{Point, Quad};
pub use reduce::Reduced;
pub use sheet::Sheet;
