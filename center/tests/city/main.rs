//! The centre against a real PostgreSQL of its own, over real mutual TLS: one cluster for all, one
//! database for each test.

// A whole program of tests: helpers may end it as tests do.
#![allow(clippy::unwrap_used)]

mod acts;
mod areas;
mod at_rest;
mod bucket;
mod command_line;
mod console;
mod desk;
mod durable;
mod enrolment;
mod escrow;
mod exports;
mod fleet;
mod greedy;
mod held;
mod hindered;
mod news;
mod pages;
mod passwords;
mod people;
mod previews;
mod redelivery;
mod renewal;
mod restart;
mod rotten;
mod substitutes;
mod support;
mod trail;
mod versions;
