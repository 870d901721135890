//! Overhead cameras (高拍仪) and any other camera the system knows, whoever made it.
//!
//! - [`mjpeg`]: a camera's frames made JPEGs that any decoder takes; pure.
//! - [`small`]: a frame as a small picture.
//! - [`Rotation`]: how a camera hangs.
//! - [`replay`]: recorded frames at a pace, for demo, measurement and tests.

pub mod mjpeg;
pub mod replay;
mod rotation;
pub mod small;

pub use rotation::Rotation;
