//! A mistake in a file that support staff wrote, told so that it can be put right by telephone.

use std::ops::Range;

/// Longer words are cut.
const WORD_LIMIT: usize = 40;

/// A mistake with its line and its word.
pub fn told(text: &str, span: Option<Range<usize>>, message: &str) -> String {
    let message = message.trim().replace('\n', " ");
    let Some(span) = span.filter(|span| span.end <= text.len()) else {
        return message;
    };
    let line = 1 + text[..span.start].matches('\n').count();
    let word = text[span].lines().next().unwrap_or_default().trim();
    let cut: String = word.chars().take(WORD_LIMIT).collect();
    match cut.as_str() {
        "" => format!("line {line}: {message}"),
        cut => format!("line {line}, `{cut}`: {message}"),
    }
}
