//! Declares every command of this app, so that a window may call only what its capability allows.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&[
        "get_status",
        "enrol",
        "log_in",
        "lock",
        "get_catalog",
        "get_worklist",
        "search_people",
        "get_person",
        "get_reading",
        "open_draft",
        "get_draft",
        "save_answers",
        "discard_draft",
        "restore_draft",
        "scan_page",
        "cancel_scan",
        "add_page",
        "turn_page",
        "move_page",
        "remove_page",
        "restore_page",
        "submit",
        "make_receipt",
        "open_receipt",
        "get_case",
        "amend_case",
        "list_tray",
        "insert_card",
        "lift_card",
        "cut_line",
    ]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    tauri_build::try_build(attributes).expect("the manifest is checked by this very build");
}
