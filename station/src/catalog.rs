//! Reads the catalogue's folder: businesses and code tables for [`domain::Catalog`], the names of
//! the divisions for the window, and the policy on personal data.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use domain::{Catalog, Division, Reason};

use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::view::CatalogView;

/// The catalogue and the divisions' names.
#[derive(Clone)]
pub struct Shelf {
    /// Businesses and code tables, checked.
    pub catalog: Arc<Catalog>,
    /// Names by code.
    pub divisions: Arc<BTreeMap<String, String>>,
    /// The policy on personal data.
    pub policy: Arc<Policy>,
}

impl Shelf {
    /// Reads a catalogue's folder. `catalog.broken` names the file.
    pub fn load(folder: &Path) -> Result<Shelf> {
        let mut files = Vec::new();
        for part in ["businesses", "codes"] {
            let path = folder.join(part);
            for entry in std::fs::read_dir(&path).map_err(|e| broken(&path, e))? {
                let path = entry.map_err(|e| broken(&path, e))?.path();
                let name = path.file_name().and_then(|name| name.to_str());
                let Some(name) = name.filter(|name| name.ends_with(".toml")) else {
                    continue;
                };
                let text = std::fs::read_to_string(&path).map_err(|e| broken(&path, e))?;
                files.push((format!("{part}/{name}"), text));
            }
        }
        let catalog = Catalog::load(&files).map_err(|error| broken(folder, error))?;
        Ok(Shelf {
            catalog: Arc::new(catalog),
            divisions: Arc::new(divisions(&folder.join("divisions/xuzhou.csv"))?),
            policy: Arc::new(Policy::load(folder).map_err(|(path, why)| broken(&path, why))?),
        })
    }

    /// All of it, for the window.
    pub fn view(&self) -> CatalogView {
        CatalogView {
            businesses: self.catalog.in_order().into_iter().cloned().collect(),
            codes: self.catalog.codes.clone(),
            divisions: self.divisions.as_ref().clone(),
        }
    }
}

/// `code,name,…` a line; `#` begins a comment, the first line is the heading.
fn divisions(path: &Path) -> Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).map_err(|error| broken(path, error))?;
    let row = |line: &str| {
        let mut columns = line.split(',');
        let code = Division::parse(columns.next()?)?;
        Some((code.0, columns.next()?.to_owned()))
    };
    Ok(text.lines().filter_map(row).collect())
}

fn broken(path: &Path, why: impl ToString) -> Error {
    let reason = Reason::new("catalog.broken");
    Error::reason(
        reason
            .with("file", path.display())
            .with("why", why.to_string()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_of_this_tree_is_read_with_its_divisions() {
        let shelf = Shelf::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog")).unwrap();
        assert!(shelf.catalog.newest("hardship_recognition").is_some());
        assert_eq!(shelf.divisions["320302"], "鼓楼区");
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = Shelf::load(Path::new("/nowhere")).err().unwrap();
        assert_eq!(error.code(), "catalog.broken");
    }
}
