//! An event as a record has it: its kind, and its particulars as JSON.

use super::Event;

impl Event {
    /// The kind, and the particulars as JSON on one line.
    pub fn parts(&self) -> (String, String) {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        // Texts, numbers and flags: these serialise always.
        let value = serde_json::to_value(self).unwrap_or_default();
        (text(&value["kind"]), value["with"].to_string())
    }

    /// The event of a record; None for a kind that this program does not know.
    pub fn read(kind: &str, details: &str) -> Option<Event> {
        let with: serde_json::Value = serde_json::from_str(details).ok()?;
        serde_json::from_value(serde_json::json!({ "kind": kind, "with": with })).ok()
    }
}
