//! What a window may call: the station's operations under their own names. `build.rs` declares
//! them, `capabilities/` allows them.

mod capture;
mod cases;
mod demo;
mod devices;
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
        people::check_identity,
        people::enter_identity,
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
        pages::scan_pages,
        pages::cancel_scan,
        devices::list_devices,
        devices::get_diagnosis,
        devices::look_for_devices,
        devices::add_scanner,
        devices::remove_scanner,
        devices::choose_source,
        devices::choose_folder,
        devices::test_source,
        devices::cancel_read,
        devices::list_sources,
        capture::open_camera,
        capture::close_camera,
        capture::set_automatic,
        capture::take_picture,
        capture::shape_page,
        capture::get_shape,
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
