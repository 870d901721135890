//! The catalogue: businesses and code tables as checked data. Reading files is the caller's.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;

use crate::division::Level;

/// Businesses and code tables, and the hash of the files they were read from.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// SHA-256 over the sorted files, hex: what commands name.
    pub hash: String,
    /// Each business's versions by name, the oldest first.
    businesses: BTreeMap<String, Vec<Business>>,
    /// By name.
    pub codes: BTreeMap<String, CodeTable>,
}

/// Words in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Words {
    /// 简体中文
    pub zh: String,
    /// English
    pub en: String,
}

/// One business: its form, papers, rules and review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Business {
    /// Name in code: `unemployment_registration`.
    pub name: String,
    /// The field's own code: `SYDJ`.
    pub code: String,
    /// Title.
    pub title: Words,
    /// One sentence on what it is for.
    pub summary: Words,
    /// Its place in lists, from 1: what is done most comes first.
    pub order: u32,
    /// First day this version holds.
    pub valid_from: NaiveDate,
    /// Where the rules come from, and how sure that is.
    pub basis: Vec<Source>,
    /// The standing it grants.
    pub grants: Option<String>,
    /// The form.
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
    /// The papers.
    #[serde(default, rename = "material")]
    pub materials: Vec<Material>,
    /// The rules by name.
    #[serde(default, rename = "check")]
    pub checks: Vec<RuleUse>,
    /// The review, in order.
    #[serde(default, rename = "step")]
    pub steps: Vec<Step>,
}

/// A source with its mark of certainty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Source {
    /// What it says, and by which rule.
    pub text: String,
    /// How sure.
    pub mark: Mark,
}

/// How sure a datum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Mark {
    /// The source was read.
    Source,
    /// Known in the field, source not read.
    Known,
    /// Our own assumption, editable.
    Ours,
}

/// A part of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Section {
    /// Id within the business.
    pub id: String,
    /// Heading.
    pub title: Words,
    /// Fields in order.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Field {
    /// Id within the business; the same id means the same thing in every business.
    pub id: String,
    /// The field's standard code, `AAC067`, where it has one.
    #[serde(default)]
    pub standard: Option<String>,
    /// Label.
    pub title: Words,
    /// A short hint under the label.
    #[serde(default)]
    pub hint: Option<Words>,
    /// What it takes.
    pub kind: FieldKind,
    /// The code table of a `code` field.
    #[serde(default)]
    pub codes: Option<String>,
    /// Must be answered when it applies.
    #[serde(default)]
    pub required: bool,
    /// Remembered on the person and filled in the next time.
    #[serde(default)]
    pub keep: bool,
    /// Filled from the card: `address`.
    #[serde(default)]
    pub from_card: Option<String>,
    /// When it applies.
    #[serde(default)]
    pub when: Option<When>,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FieldKind {
    /// One line of text.
    Line,
    /// Several lines.
    Paragraph,
    /// A mobile number.
    Phone,
    /// `YYYY-MM-DD`.
    Date,
    /// `YYYY-MM-DD`, not after the business date.
    PastDate,
    /// Yuan with at most two decimals.
    Money,
    /// `yes` or `no`.
    YesNo,
    /// A code of a table.
    Code,
}

/// The one condition there is: another field holds one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct When {
    /// The other field.
    pub field: String,
    /// Its values.
    pub is: Vec<String>,
}

/// A paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Material {
    /// Id within the business.
    pub id: String,
    /// What it is called.
    pub title: Words,
    /// Must have a page when it applies.
    #[serde(default)]
    pub required: bool,
    /// When it applies.
    #[serde(default)]
    pub when: Option<When>,
    /// Its writing is small and close: its pages need more dots an inch.
    #[serde(default)]
    pub dense: bool,
}

/// A rule by name, with parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct RuleUse {
    /// A name in `rule::NAMES`.
    pub rule: String,
    /// What it is about: a field, a material, or `person`.
    pub about: String,
    /// Numbers and words the rule takes.
    #[serde(default)]
    #[ts(type = "Record<string, unknown>")]
    pub with: BTreeMap<String, toml::Value>,
}

/// A review step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Step {
    /// Id within the business.
    pub id: String,
    /// What it is called.
    pub title: Words,
    /// Who does it.
    pub level: Level,
    /// Only cases with something pending enter it.
    #[serde(default)]
    pub exceptions_only: bool,
    /// Working days it may take.
    #[serde(default)]
    pub working_days: Option<u32>,
}

/// A code table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CodeTable {
    /// Name in code.
    pub name: String,
    /// Title.
    pub title: Words,
    /// Its items in order.
    #[serde(rename = "item")]
    pub items: Vec<CodeItem>,
}

/// A code and its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CodeItem {
    /// The code as stored.
    pub code: String,
    /// 简体中文
    pub zh: String,
    /// English
    pub en: String,
}

/// What is wrong with a catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A file is not the TOML it should be.
    #[error("{path}: {error}")]
    Toml {
        /// Which file.
        path: String,
        /// What the reader says.
        error: Box<toml::de::Error>,
    },
    /// A file refers to something that is not there.
    #[error("{business}: {what}")]
    Dangling {
        /// Which business.
        business: String,
        /// What it refers to.
        what: String,
    },
}

impl Catalog {
    /// Reads `(path, text)` pairs whose paths begin with `businesses/` or `codes/`, and checks that
    /// every table, field and rule named exists.
    pub fn load(files: &[(String, String)]) -> Result<Catalog, CatalogError> {
        let mut files: Vec<_> = files.iter().collect();
        files.sort();
        let mut hash = Sha256::new();
        let mut catalog = Catalog {
            hash: String::new(),
            businesses: BTreeMap::new(),
            codes: BTreeMap::new(),
        };
        for (path, text) in files {
            hash.update((path.len() as u64).to_be_bytes());
            hash.update(path);
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
            if path.starts_with("codes/") {
                let table: CodeTable = read(path, text)?;
                catalog.codes.insert(table.name.clone(), table);
            } else if path.starts_with("businesses/") {
                catalog.add(read(path, text)?)?;
            }
        }
        catalog.hash = hex::encode(hash.finalize());
        catalog
            .businesses
            .values()
            .flatten()
            .try_for_each(|business| catalog.verify(business))?;
        Ok(catalog)
    }

    fn add(&mut self, business: Business) -> Result<(), CatalogError> {
        let versions = self.businesses.entry(business.name.clone()).or_default();
        let at = versions.partition_point(|known| known.valid_from < business.valid_from);
        if versions.get(at).map(|known| known.valid_from) == Some(business.valid_from) {
            return Err(CatalogError::Dangling {
                what: format!("two versions from {}", business.valid_from),
                business: business.name,
            });
        }
        versions.insert(at, business);
        Ok(())
    }

    /// The version of a business that holds on `day`: the one that begins last and no later. What was
    /// done on a day is judged by the rules of that day, whenever that happens.
    pub fn find_business(&self, name: &str, day: NaiveDate) -> Option<&Business> {
        let versions = self.businesses.get(name)?;
        versions.iter().rfind(|known| known.valid_from <= day)
    }

    /// The newest version of a business, for what it is called.
    pub fn newest(&self, name: &str) -> Option<&Business> {
        self.businesses.get(name)?.last()
    }

    /// Every version of every business: what is done most first, its newest version before others.
    pub fn in_order(&self) -> Vec<&Business> {
        let mut all: Vec<_> = self.businesses.values().collect();
        let newest = |versions: &&Vec<Business>| versions.last().map(|b| (b.order, b.name.clone()));
        all.sort_by_key(newest);
        all.into_iter()
            .flat_map(|versions| versions.iter().rev())
            .collect()
    }

    fn verify(&self, business: &Business) -> Result<(), CatalogError> {
        let missing = |what: String| CatalogError::Dangling {
            business: business.name.clone(),
            what,
        };
        let fields: Vec<_> = business.sections.iter().flat_map(|s| &s.fields).collect();
        let has_field = |id: &str| fields.iter().any(|field| field.id == id);
        for field in &fields {
            if field.kind == crate::catalog::FieldKind::Code {
                let name = field.codes.as_deref().unwrap_or("");
                if !self.codes.contains_key(name) {
                    return Err(missing(format!(
                        "field {}: no code table {name:?}",
                        field.id
                    )));
                }
            }
        }
        let fields_when = fields.iter().map(|field| &field.when);
        let all_when = fields_when.chain(business.materials.iter().map(|m| &m.when));
        for when in all_when.flatten() {
            if !has_field(&when.field) {
                return Err(missing(format!("no field {:?}", when.field)));
            }
        }
        for check in &business.checks {
            if !crate::rule::NAMES.contains(&check.rule.as_str()) {
                return Err(missing(format!("no rule {:?}", check.rule)));
            }
            let known = check.about == "person"
                || has_field(&check.about)
                || business
                    .materials
                    .iter()
                    .any(|material| material.id == check.about);
            if !known {
                return Err(missing(format!(
                    "{} is about {:?}",
                    check.rule, check.about
                )));
            }
        }
        Ok(())
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &str, text: &str) -> Result<T, CatalogError> {
    toml::from_str(text).map_err(|error| CatalogError::Toml {
        path: path.to_owned(),
        error: Box::new(error),
    })
}
