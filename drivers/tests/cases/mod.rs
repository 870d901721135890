//! More cases of `cards`, by what they are about.

pub mod desk;
pub mod fields;
pub mod ghosts;
pub mod service;
pub mod social;
