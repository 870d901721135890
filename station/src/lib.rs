//! A whole station without a window.

pub mod view;
