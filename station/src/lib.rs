//! A whole station without a window.

pub mod blobs;
pub mod clock;
pub mod disk;
pub mod error;
pub mod keys;
pub mod knowledge;
mod seal;
pub mod store;
pub mod view;

pub use error::{CODES, Error};
