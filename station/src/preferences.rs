//! What this machine remembers beside its data: the window's language. No person is in it, so it
//! lies open; the window's own storage is thrown away at every end.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::{Error, Result};

const FILE: &str = "preferences.json";
/// Languages the window can be in.
pub const LANGUAGES: &[&str] = &["zh-CN", "en"];

/// The file's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// One of [`LANGUAGES`]; the first when nobody chose.
    pub language: Option<String>,
}

impl Preferences {
    /// As kept; a file that is missing or damaged is no reason to stop.
    pub fn load(folder: &Path) -> Preferences {
        let text = std::fs::read_to_string(folder.join(FILE));
        let read = text.ok().and_then(|text| serde_json::from_str(&text).ok());
        let mut found: Preferences = read.unwrap_or_default();
        found.language = found.language.filter(|l| LANGUAGES.contains(&l.as_str()));
        found
    }

    /// Keeps them.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_vec(self).map_err(Error::from)?;
        disk::write_whole(&folder.join(FILE), &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_kept_and_nonsense_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Preferences::load(folder.path()), Preferences::default());
        let english = Preferences {
            language: Some("en".into()),
        };
        english.save(folder.path()).unwrap();
        assert_eq!(Preferences::load(folder.path()), english);
        std::fs::write(folder.path().join(FILE), "{\"language\":\"xx\"}").unwrap();
        assert_eq!(Preferences::load(folder.path()).language, None);
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(Preferences::load(folder.path()).language, None);
    }
}
