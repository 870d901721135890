//! What a window may call: the station's operations under their own names. `build.rs` declares
//! them, `capabilities/` allows them.

mod cases;
mod demo;
mod drafts;
mod pages;
mod people;
mod session;

use tauri::ipc::Invoke;

/// Every command.
pub fn all() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        session::get_status,
        session::enrol,
        session::log_in,
        session::lock,
        session::get_catalog,
        people::search_people,
        people::get_person,
        people::get_reading,
        cases::get_worklist,
        cases::get_case,
        cases::amend_case,
        cases::submit,
        cases::make_receipt,
        cases::open_receipt,
        drafts::open_draft,
        drafts::get_draft,
        drafts::save_answers,
        drafts::discard_draft,
        drafts::restore_draft,
        pages::scan_page,
        pages::cancel_scan,
        pages::add_page,
        pages::turn_page,
        pages::move_page,
        pages::remove_page,
        pages::restore_page,
        demo::list_tray,
        demo::insert_card,
        demo::lift_card,
        demo::cut_line,
    ]
}

/// What a command answers.
type Answer<T> = Result<T, station::view::Failure>;
/// The station, as Tauri hands it in.
type AtStation<'a> = tauri::State<'a, station::Station>;
