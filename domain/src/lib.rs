//! What the station and the centre agree on: people, cases, commands, facts, and the one pure pair
//! `decide` / `evolve`.
//!
//! Nothing here reads a clock, a disk, a network or a random source: dates come in with the
//! command, knowledge comes in as [`State`], and what is not known is marked by [`Seen::complete`].

pub mod bundle;
pub mod by_hand;
pub mod case;
pub mod catalog;
pub mod certificate;
pub mod command;
pub mod decide;
pub mod division;
pub mod evolve;
pub mod fact;
pub mod ferry;
pub mod form;
pub mod heartbeat;
pub mod id;
pub mod id_number;
pub mod identity;
pub mod lease;
pub mod new_log;
pub mod older;
pub mod order;
pub mod pace;
pub mod person;
pub mod planted;
pub mod reason;
pub mod record;
pub mod recovery;
pub mod retirement;
pub mod rule;
pub mod snapshot;
pub mod state;
pub mod substitute;
pub mod sync;

pub use case::{Case, Page, Stage};
pub use catalog::{Business, Catalog};
pub use command::{Act, Command, Staff};
pub use decide::{Verdict, decide, touches};
pub use division::Division;
pub use fact::{Change, Fact, Outcome};
pub use id::Id;
pub use identity::{Document, DocumentKind, Identity, Sex};
pub use person::Person;
pub use reason::Reason;
pub use rule::{Basis, Check, CheckLine};
pub use state::{Key, Seen, State};
