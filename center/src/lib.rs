//! The city's centre: it takes the stations' commands, decides them with the whole city's
//! knowledge, tells the facts to the communities' feeds, keeps pages, and serves the console.
//!
//! No business rule lives here: `domain::decide` has them all. What is here is the knowledge it is
//! given, the order in which commands meet, and who may ask.

pub mod admin;
mod attempts;
pub mod blobs;
mod bundle;
pub mod ca;
pub mod catalog;
mod center;
pub mod certificate;
pub mod config;
pub mod console;
mod data_key;
pub mod database;
pub mod decide;
pub mod due;
pub mod enrol;
pub mod error;
pub mod escrow;
pub mod exports;
pub mod feed;
pub mod ferry;
pub mod fleet;
mod health;
pub mod keys;
pub mod lease;
pub mod migrate;
pub mod news;
pub mod orders;
pub mod password;
mod picture;
pub mod recovery;
pub mod refusal;
pub mod renew;
pub mod room;
mod running;
pub mod seal;
mod serve;
mod shown;
mod slots;
pub mod snapshots;
pub mod store;
pub mod substitute;
pub mod sync;
pub mod tls;
pub mod trail;
pub mod wire;

pub use center::Center;
pub use config::Config;
pub use error::{Error, Result};
pub use refusal::CODES;
pub use running::Running;
pub use serve::allow_connections;
