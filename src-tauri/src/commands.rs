//! What a window may call: the station's operations under their own names. `build.rs` declares
//! them, `capabilities/` allows them.

mod audit;
mod capture;
mod cases;
mod demo;
mod devices;
mod drafts;
mod ferry;
mod keeping;
mod keys;
mod pages;
mod people;
mod recovery;
mod session;
mod staff;
mod storage;

use tauri::ipc::Invoke;

/// Every command.
pub fn all() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        audit::get_audit,
        audit::verify_audit,
        audit::export_audit,
        audit::show_number,
        session::get_status,
        session::enrol,
        session::begin_new_log,
        session::log_in,
        session::lock,
        session::let_in_substitute,
        session::note_activity,
        session::change_password,
        staff::list_staff,
        staff::add_colleague,
        staff::dismiss_colleague,
        keys::get_keys,
        keys::move_machine_secret,
        keys::choose_suite,
        session::get_catalog,
        session::set_language,
        recovery::get_recovery,
        recovery::ask_recovery,
        recovery::look_recovery,
        recovery::cancel_recovery,
        recovery::save_recovery,
        recovery::bring_recovery,
        recovery::finish_recovery,
        recovery::open_printed,
        recovery::make_printed_code,
        recovery::revoke_printed_code,
        recovery::find_centre,
        recovery::confirm_centre,
        people::search_people,
        people::get_person,
        people::get_reading,
        people::check_identity,
        people::enter_identity,
        people::settle_answer,
        cases::get_worklist,
        cases::get_sync,
        cases::send_now,
        cases::get_case,
        cases::amend_case,
        cases::submit,
        cases::make_receipt,
        cases::open_receipt,
        cases::find_by_receipt,
        keeping::get_ledger,
        keeping::get_export_terms,
        keeping::export_ledger,
        keeping::get_kept,
        keeping::get_notice,
        keeping::tell_notice,
        keeping::print_notice,
        keeping::print_copy,
        keeping::print_materials,
        drafts::open_draft,
        drafts::get_draft,
        drafts::save_answers,
        drafts::discard_draft,
        drafts::restore_draft,
        pages::scan_pages,
        pages::scan_again,
        pages::scan_into,
        pages::cancel_scan,
        devices::list_devices,
        devices::get_diagnosis,
        devices::look_for_devices,
        devices::add_scanner,
        devices::find_scanners,
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
        storage::get_storage,
        storage::back_up,
        storage::check_store,
        storage::stop_check,
        storage::choose_journal_folder,
        storage::choose_backup_folder,
        storage::get_rebuild,
        storage::list_backups,
        storage::rebuild_store,
        storage::get_restore,
        storage::choose_restore,
        storage::cancel_restore,
        storage::restore_by_password,
        storage::restore_by_printed,
        storage::restore_by_release,
        cases::ask_certificate,
        ferry::get_ferry,
        ferry::write_ferry,
        ferry::read_ferry,
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
