//! A business has a version for each time its rules changed.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use chrono::NaiveDate;
use domain::Catalog;
use domain::catalog::CatalogError;

/// `(file, its first day)` for each version of one business, and a title that says which it is.
fn catalog(versions: &[(&str, &str)]) -> Result<Catalog, CatalogError> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(shipped.join("codes")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.push((
            format!("codes/{name}"),
            std::fs::read_to_string(path).unwrap(),
        ));
    }
    let text =
        std::fs::read_to_string(shipped.join("businesses/unemployment_registration.toml")).unwrap();
    for (file, from) in versions {
        let text = text.replacen("2023-02-01", from, 1).replacen(
            "失业登记",
            &format!("失业登记{from}"),
            2,
        );
        files.push((format!("businesses/{file}.toml"), text));
    }
    Catalog::load(&files)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn a_day_is_judged_by_the_version_that_holds_on_it() {
    // Read in the order of their names, which is not that of their days.
    let versions = [
        ("a", "2027-01-01"),
        ("b", "2023-02-01"),
        ("c", "2025-07-01"),
    ];
    let catalog = catalog(&versions).unwrap();
    let from = |on: &str| {
        let found = catalog.find_business("unemployment_registration", day(on));
        found.map(|business| business.valid_from)
    };
    assert_eq!(from("2023-01-31"), None);
    assert_eq!(from("2023-02-01"), Some(day("2023-02-01")));
    assert_eq!(from("2025-06-30"), Some(day("2023-02-01")));
    assert_eq!(from("2026-12-31"), Some(day("2025-07-01")));
    assert_eq!(from("2027-01-01"), Some(day("2027-01-01")));
    assert_eq!(from("2040-01-01"), Some(day("2027-01-01")));
    let newest = catalog.newest("unemployment_registration").unwrap();
    assert_eq!(newest.valid_from, day("2027-01-01"));
    let listed: Vec<_> = catalog
        .in_order()
        .iter()
        .map(|business| business.valid_from)
        .collect();
    let newest_first = ["2027-01-01", "2025-07-01", "2023-02-01"].map(day);
    assert_eq!(listed, newest_first);
}

#[test]
fn two_versions_of_one_day_are_refused() {
    let error = catalog(&[("a", "2025-07-01"), ("b", "2025-07-01")]).unwrap_err();
    assert!(error.to_string().contains("2025-07-01"), "{error}");
}
