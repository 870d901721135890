//! More cases of `cards`, by what they are about.

pub mod desk;
pub mod ghosts;
pub mod social;
