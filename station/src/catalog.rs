//! The catalogue as a station works by it: businesses and code tables for [`domain::Catalog`], the
//! names of the divisions for the window, and the policy on personal data. Which one that is stands in
//! [`kept`].

pub mod kept;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use domain::bundle::{Bundle, FOLDERS};
use domain::{Catalog, Division, Reason};

use crate::error::{Error, Result};
use crate::lease::is_signed;
use crate::policy::Policy;
use crate::view::CatalogView;

pub use kept::{Catalogues, NotTaken};

/// Codes of this module, beside `catalog.broken`.
pub const CODES: &[&str] = &[
    "catalog.damaged",
    "catalog.forged",
    "catalog.set_aside",
    "catalog.unreadable",
];

/// The catalogue and the divisions' names.
#[derive(Clone)]
pub struct Shelf {
    /// Businesses and code tables, checked.
    pub catalog: Arc<Catalog>,
    /// Names by code.
    pub divisions: Arc<BTreeMap<String, String>>,
    /// The policy on personal data.
    pub policy: Arc<Policy>,
    /// The address of all of it, see [`domain::bundle`].
    pub address: Arc<str>,
    /// The centre's signature over the address, where the centre named it; None for what came with the
    /// program.
    signature: Option<Arc<str>>,
}

impl Shelf {
    /// Reads a catalogue's folder. `catalog.broken` names the file.
    pub fn load(folder: &Path) -> Result<Shelf> {
        Shelf::of(&files(folder)?)
    }

    /// The same of files that are read. `catalog.broken` names the file.
    pub fn of(files: &Bundle) -> Result<Shelf> {
        let rules = files.within(&["businesses", "codes"]);
        let catalog = Catalog::load(&rules).map_err(|error| broken("businesses", error))?;
        Ok(Shelf {
            catalog: Arc::new(catalog),
            divisions: Arc::new(divisions(files)?),
            policy: Arc::new(Policy::of(files).map_err(|(path, why)| broken(&path, why))?),
            address: files.sha256().into(),
            signature: None,
        })
    }

    /// Whether it came with the program, or under the signature of this key.
    pub fn is_trusted(&self, centre_key: &str) -> bool {
        let message = domain::bundle::message(&self.address);
        let signature = self.signature.as_ref();
        signature.is_none_or(|signature| is_signed(centre_key, &message, signature))
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

/// What of a catalogue's folder the centre would send too.
pub fn files(folder: &Path) -> Result<Bundle> {
    let mut files = Vec::new();
    for (part, end) in FOLDERS {
        let path = folder.join(part);
        let failed = |path: &Path, error| broken(&path.display().to_string(), error);
        for entry in std::fs::read_dir(&path).map_err(|e| failed(&path, e))? {
            let path = entry.map_err(|e| failed(&path, e))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(name) = name.filter(|name| name.ends_with(end)) else {
                continue;
            };
            let text = std::fs::read_to_string(&path).map_err(|e| failed(&path, e))?;
            files.push((format!("{part}/{name}"), text));
        }
    }
    Bundle::of(files).map_err(|error| broken(&folder.display().to_string(), error))
}

/// `code,name,…` a line; `#` begins a comment, the first line is the heading.
fn divisions(files: &Bundle) -> Result<BTreeMap<String, String>> {
    const PATH: &str = "divisions/xuzhou.csv";
    let text = files.find(PATH);
    let text = text.ok_or_else(|| broken(PATH, "it is not there"))?;
    let row = |line: &str| {
        let mut columns = line.split(',');
        let code = Division::parse(columns.next()?)?;
        Some((code.0, columns.next()?.to_owned()))
    };
    Ok(text.lines().filter_map(row).collect())
}

fn broken(file: &str, why: impl ToString) -> Error {
    let reason = Reason::new("catalog.broken");
    Error::reason(reason.with("file", file).with("why", why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_of_this_tree_is_read_with_its_divisions() {
        let shelf = Shelf::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog")).unwrap();
        assert!(shelf.catalog.newest("hardship_recognition").is_some());
        assert_eq!(shelf.divisions["320302"], "鼓楼区");
        assert!(shelf.is_trusted(""));
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = Shelf::load(Path::new("/nowhere")).err().unwrap();
        assert_eq!(error.code(), "catalog.broken");
    }

    #[test]
    fn a_catalogue_without_a_policy_is_none() {
        let all = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog")).unwrap();
        let rest = all.within(&["businesses", "codes", "divisions"]);
        let error = Shelf::of(&Bundle::of(rest).unwrap()).err().unwrap();
        assert_eq!(error.code(), "catalog.broken");
    }
}
