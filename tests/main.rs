//! Station and centre together, on real parts: SQLCipher, PostgreSQL, TLS, pcscd, SANE, a window, a
//! browser.

mod another_area;
mod card_to_city;
mod killed_while_saving;
mod offline_then_online;
mod tidy;
mod two_stations_one_person;
