//! Station and centre together, on real parts: SQLCipher, PostgreSQL, TLS, pcscd, SANE, a window, a
//! browser.

mod another_area;
mod at_rest;
mod audit_of_both_sides;
mod awkward_input;
mod card_to_city;
mod cards_at_the_counter;
mod certificates;
mod colleagues;
mod corner;
mod disk_full;
mod killed_while_saving;
mod killed_while_typing;
mod locked_out;
mod lost_keys;
mod news_of_the_area;
mod officers_at_the_console;
mod offline_then_online;
mod pages_at_the_counter;
mod redelivery;
mod restarts;
mod simulator;
mod tidy;
mod two_stations_one_person;
mod window;
