//! The data files that policy people edit hold together: divisions, code tables, exclusions.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn catalog(name: &str) -> PathBuf {
    // Where the tests run, whatever folder they were built in: a build that is kept may be from another.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    here.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")))
        .join("../catalog")
        .join(name)
}

fn table(path: &Path) -> toml::Table {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.parse()
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

const MARKS: [&str; 3] = ["source", "known", "ours"];

#[test]
fn the_divisions_are_a_whole_tree_with_the_published_number_of_stations() {
    let text = fs::read_to_string(catalog("divisions/xuzhou.csv")).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let head = "code,name,level,parent,kind,valid_from,valid_to,successor,mark,station";
    assert_eq!(lines.next(), Some(head));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let codes: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(codes.len(), rows.len(), "a code stands twice");
    for row in &rows {
        assert_eq!(row.len(), 10, "{row:?}");
        assert!(MARKS.contains(&row[8]), "{row:?}");
        let level = match row[0].len() {
            4 => "city",
            6 => "county",
            9 => "street",
            _ => "community",
        };
        assert_eq!(row[2], level, "{row:?}");
        assert!(
            level == "city" || codes.contains(row[3]),
            "{row:?} has no parent"
        );
        assert!(
            row[0].starts_with(row[3]),
            "{row:?} does not lie in its parent"
        );
    }
    let count = |level: &str, station: &str| {
        rows.iter()
            .filter(|row| row[2] == level && row[9].contains(station))
            .count()
    };
    let all = ["city", "county", "street", "community"].map(|level| count(level, ""));
    assert_eq!(all, [1, 11, 186, 2_812]);
    assert_eq!(
        (count("street", "1"), count("community", "1")),
        (168, 2_746)
    );
}

#[test]
fn every_code_table_has_one_shape_and_no_code_twice() {
    let mut items = 0;
    for entry in fs::read_dir(catalog("codes")).unwrap() {
        let path = entry.unwrap().path();
        let table = table(&path);
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap();
        assert_eq!(table["name"].as_str(), Some(stem));
        assert!(MARKS.contains(&table["mark"].as_str().unwrap()), "{stem}");
        assert!(
            table["standard"].is_str() && table["source"].is_str(),
            "{stem}"
        );
        assert!(
            table["title"]["zh"].is_str() && table["title"]["en"].is_str(),
            "{stem}"
        );
        let mut codes = BTreeSet::new();
        for item in table["item"].as_array().unwrap() {
            let code = item["code"].as_str().unwrap();
            assert!(codes.insert(code), "{stem} has {code} twice");
            assert!(item["zh"].is_str() && item["en"].is_str(), "{stem} {code}");
            let mark = item
                .get("mark")
                .map_or("source", |mark| mark.as_str().unwrap());
            assert!(MARKS.contains(&mark), "{stem} {code}");
            items += 1;
        }
    }
    assert!(items > 190, "only {items} codes were found");
}

#[test]
fn every_exclusion_says_who_decides_and_where_it_comes_from() {
    let table = table(&catalog("exclusions.toml"));
    let rules = table["rule"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert_eq!((ids.len(), rules.len()), (20, 20));
    for rule in rules {
        let one_of = |key: &str, words: &[&str]| words.contains(&rule[key].as_str().unwrap());
        assert!(one_of("decided_by", &["centre", "station"]), "{rule}");
        assert!(
            one_of("action", &["close_a", "stop_a", "block", "warn", "flag"]),
            "{rule}"
        );
        assert!(one_of("mark", &MARKS), "{rule}");
    }
}
