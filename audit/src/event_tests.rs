//! Events as records keep them.

use super::*;

#[test]
fn an_event_is_read_as_it_was_written() {
    let event = Event::NumberShown {
        reason: "check".into(),
        words: "a\tb\nc".into(),
    };
    let (kind, details) = event.parts();
    assert_eq!(kind, "number.shown");
    assert!(!details.contains(['\t', '\n']), "{details}");
    assert_eq!(Event::read(&kind, &details), Some(event));
    assert_eq!(Event::PasswordChanged {}.parts().1, "{}");
    assert_eq!(Event::read("something.newer", "{}"), None);
}
