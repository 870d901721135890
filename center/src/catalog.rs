//! Reads the catalogue's folder: businesses and code tables for `domain::Catalog`, the names of the
//! divisions, and all of it as stations load it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use domain::bundle::{Bundle, FOLDERS};
use domain::division::Level;
use domain::{Catalog, Division};

use crate::error::{Doing, Error, Result};

/// What of a catalogue's folder travels to the stations.
pub fn files(root: &Path) -> Result<Bundle> {
    let mut files = Vec::new();
    for (folder, end) in FOLDERS {
        let path = root.join(folder);
        for entry in fs::read_dir(&path).doing("read", &path)? {
            let path = entry.doing("read", &path)?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(name) = name.filter(|name| name.ends_with(end)) else {
                continue;
            };
            let text = fs::read_to_string(&path).doing("read", &path)?;
            files.push((format!("{folder}/{name}"), text));
        }
    }
    Bundle::of(files).map_err(|error| Error::Catalog(error.to_string()))
}

/// The catalogue, checked.
pub fn load(files: &Bundle) -> Result<Catalog> {
    let rules = files.within(&["businesses", "codes"]);
    Catalog::load(&rules).map_err(|error| Error::Catalog(error.to_string()))
}

/// Names by code.
pub struct Divisions(BTreeMap<Division, String>);

impl Divisions {
    /// Reads `divisions/xuzhou.csv`: code and name are its first columns, `#` begins a comment.
    pub fn load(root: &Path) -> Result<Divisions> {
        let path = root.join("divisions/xuzhou.csv");
        let text = fs::read_to_string(&path).doing("read", &path)?;
        let row = |line: &str| {
            let mut columns = line.split(',');
            let code = Division::parse(columns.next()?)?;
            Some((code, columns.next()?.to_owned()))
        };
        Ok(Divisions(text.lines().filter_map(row).collect()))
    }

    /// The name; the code itself where there is none.
    pub fn name(&self, division: &Division) -> String {
        self.0
            .get(division)
            .cloned()
            .unwrap_or_else(|| division.0.clone())
    }

    /// Whether this division exists.
    pub fn knows(&self, division: &Division) -> bool {
        self.0.contains_key(division)
    }

    /// Communities whose name holds a text, or whose code begins with it; none for no text.
    pub fn find_communities(&self, text: &str, limit: usize) -> Vec<(Division, String)> {
        let fits = |(code, name): &(&Division, &String)| {
            let named = name.contains(text) || code.0.starts_with(text);
            code.level() == Level::Community && !text.is_empty() && named
        };
        let found = self.0.iter().filter(fits).take(limit);
        found
            .map(|(code, name)| (code.clone(), name.clone()))
            .collect()
    }

    /// Every name within an area.
    pub fn within(&self, area: &Division) -> BTreeMap<Division, String> {
        let inside = |(code, _): &(&Division, &String)| area.contains(code);
        self.0
            .iter()
            .filter(inside)
            .map(|(code, name)| (code.clone(), name.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_catalogue_is_read_with_its_divisions() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
        assert!(
            load(&files(&root).unwrap())
                .unwrap()
                .newest("hardship_recognition")
                .is_some()
        );
        let divisions = Divisions::load(&root).unwrap();
        assert_eq!(divisions.name(&Division("320302".into())), "鼓楼区");
        let street = Division("320302001".into());
        assert!(
            divisions
                .within(&street)
                .keys()
                .all(|code| street.contains(code))
        );
    }
}
