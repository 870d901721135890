//! The station's events, told to the windows.

use std::sync::Arc;

use serde_json::json;
use station::{Event, Notify};
use tauri::{AppHandle, Emitter, Manager};

/// Passes every event on to the windows, under the names that `ui/src/api/events.ts` listens to.
pub fn to_windows(app: &AppHandle) -> Notify {
    let app = app.clone();
    Arc::new(move |event| {
        let told = match event {
            Event::Status(status) => app.emit("status", status),
            Event::Tap(tap) => app.emit("tap", tap),
            Event::Changed => app.emit("changed", ()),
            Event::Scan { percent } => app.emit("scan", json!({ "percent": percent })),
            Event::Preview(told) => app.emit("preview", told),
            Event::Devices => app.emit("devices", ()),
            Event::Storage => app.emit("storage", ()),
            Event::Pages { draft, changed } => {
                app.emit("pages", json!({ "draft": draft, "changed": changed }))
            }
        };
        if let Err(error) = told {
            tracing::warn!(%error, "a window could not be told");
        }
    })
}

/// A second start brings the first window to the front.
pub fn raise(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("counter") {
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}
