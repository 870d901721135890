//! The rules of `deny.toml` (licences, bans, sources), checked over what cargo would link. The file
//! is cargo-deny's own; this reads the part that needs no network, so no extra tool is needed.

use std::fs;

use serde_json::Value;
use xtask::{Doing, Error, Result};

use super::licence;
use crate::checkout;

pub fn check() -> Result<()> {
    let path = checkout::root().join("deny.toml");
    let text = fs::read_to_string(&path).doing(|| format!("read {}", path.display()))?;
    let rules = Rules::read(&text)?;
    let mut complaints = Vec::new();
    for target in &rules.targets {
        let graph = checkout::metadata(&["--locked", "--filter-platform", target])?;
        let packages = graph["packages"].as_array().map_or(0, Vec::len);
        complaints.extend(judge(&rules, &graph));
        println!("deny: {packages} packages for {target}");
    }
    complaints.sort();
    complaints.dedup();
    match complaints.is_empty() {
        true => Ok(()),
        false => Err(Error::Failed(format!(
            "deny.toml:\n  {}",
            complaints.join("\n  ")
        ))),
    }
}

struct Rules {
    targets: Vec<String>,
    licences: Vec<String>,
    bans: Vec<Ban>,
    registries: Vec<String>,
    git: Vec<String>,
}

/// A crate that may not be linked, but for those that may use it.
struct Ban {
    name: String,
    wrappers: Vec<String>,
}

impl Rules {
    fn read(text: &str) -> Result<Rules> {
        let file: toml::Table = text
            .parse()
            .map_err(|e| Error::Failed(format!("deny.toml: {e}")))?;
        let list = |table: &str, key: &str| -> Result<Vec<toml::Value>> {
            let found = file
                .get(table)
                .and_then(|t| t.get(key))
                .and_then(|v| v.as_array());
            let lacks = || Error::Failed(format!("deny.toml lacks the list {table}.{key}"));
            found.cloned().ok_or_else(lacks)
        };
        let words = |table: &str, key: &str| -> Result<Vec<String>> {
            Ok(list(table, key)?
                .iter()
                .filter_map(|v| v.as_str().map(str::to_owned))
                .collect())
        };
        let ban = |entry: &toml::Value| {
            let wrappers = entry
                .get("wrappers")
                .and_then(|w| w.as_array())
                .into_iter()
                .flatten();
            Some(Ban {
                name: entry.get("crate")?.as_str()?.to_owned(),
                wrappers: wrappers
                    .filter_map(|w| w.as_str().map(str::to_owned))
                    .collect(),
            })
        };
        let bans: Option<Vec<Ban>> = list("bans", "deny")?.iter().map(ban).collect();
        Ok(Rules {
            targets: words("graph", "targets")?,
            licences: words("licenses", "allow")?,
            bans: bans.ok_or_else(|| Error::Failed("deny.toml: a ban without a crate".into()))?,
            registries: words("sources", "allow-registry")?,
            git: words("sources", "allow-git")?,
        })
    }
}

/// One line for each rule that a package breaks.
fn judge(rules: &Rules, graph: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let packages = graph["packages"].as_array().map_or(&[][..], Vec::as_slice);
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let label = format!("{name} {}", package["version"].as_str().unwrap_or_default());
        let licence = package["license"].as_str().unwrap_or_default();
        let allowed = |word: &str| rules.licences.iter().any(|l| l == word);
        if !licence::is_met(licence, &allowed) {
            complaints.push(format!("{label}: licence {licence:?} is not allowed"));
        }
        if let Some(source) = package["source"].as_str().filter(|s| !known(rules, s)) {
            complaints.push(format!("{label}: source {source} is not allowed"));
        }
        let ban = rules.bans.iter().find(|ban| ban.name == name);
        let users = ban.map(|ban| (ban, users(graph, package)));
        if let Some((ban, users)) = users {
            let bad: Vec<&str> = users
                .iter()
                .copied()
                .filter(|u| !ban.wrappers.iter().any(|w| w == u))
                .collect();
            if ban.wrappers.is_empty() || !bad.is_empty() {
                complaints.push(format!("{label} is banned, used by {}", bad.join(", ")));
            }
        }
        // Only our own manifests: what others ask for is theirs.
        let needs = package["dependencies"]
            .as_array()
            .filter(|_| package["source"].is_null());
        for needed in needs.into_iter().flatten() {
            if needed["req"] == "*" && needed["path"].is_null() {
                complaints.push(format!("{label}: {} has no version", needed["name"]));
            }
        }
    }
    complaints
}

/// Whether a package's source is on the lists.
fn known(rules: &Rules, source: &str) -> bool {
    if let Some(registry) = source.strip_prefix("registry+") {
        return rules.registries.iter().any(|r| r == registry);
    }
    let git = source
        .strip_prefix("git+")
        .and_then(|url| url.split(['?', '#']).next());
    git.is_some_and(|url| rules.git.iter().any(|g| g == url))
}

/// The names of the packages that link this one.
fn users<'a>(graph: &'a Value, package: &Value) -> Vec<&'a str> {
    let nodes = graph["resolve"]["nodes"].as_array().into_iter().flatten();
    let links = |node: &&Value| {
        let deps = node["deps"].as_array().into_iter().flatten();
        deps.into_iter().any(|dep| dep["pkg"] == package["id"])
    };
    let ids: Vec<&Value> = nodes.filter(links).map(|node| &node["id"]).collect();
    let packages = graph["packages"].as_array().into_iter().flatten();
    packages
        .filter(|p| ids.contains(&&p["id"]))
        .filter_map(|p| p["name"].as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RULES: &str = r#"
        graph.targets = ["t"]
        licenses.allow = ["MIT"]
        bans.deny = [{ crate = "two-ways" }, { crate = "cipher", wrappers = ["store"] }]
        sources.allow-registry = ["https://index"]
        sources.allow-git = []
    "#;

    fn complaints(package: Value, user: &str) -> Vec<String> {
        let graph = json!({
            "packages": [package, {"id": "u", "name": user, "license": "MIT"}],
            "resolve": {"nodes": [
                {"id": "p", "deps": []},
                {"id": "u", "deps": [{"pkg": "p"}]},
            ]},
        });
        judge(&Rules::read(RULES).unwrap(), &graph)
    }

    fn package(name: &str, licence: &str, source: Option<&str>) -> Value {
        json!({"id": "p", "name": name, "version": "1", "license": licence, "source": source})
    }

    #[test]
    fn a_package_that_keeps_every_rule_is_not_named() {
        let good = package(
            "good",
            "MIT OR GPL-3.0-only",
            Some("registry+https://index"),
        );
        assert_eq!(complaints(good, "store"), Vec::<String>::new());
    }

    #[test]
    fn a_licence_a_source_and_a_ban_are_each_named() {
        let licence = complaints(package("a", "GPL-3.0-only", None), "store");
        assert!(licence[0].contains("licence"), "{licence:?}");
        let none = complaints(json!({"id": "p", "name": "a"}), "store");
        assert!(none[0].contains("licence"), "{none:?}");
        let source = complaints(package("a", "MIT", Some("registry+https://other")), "store");
        assert!(source[0].contains("source"), "{source:?}");
        let git = complaints(package("a", "MIT", Some("git+https://x?rev=1#1")), "store");
        assert!(git[0].contains("source"), "{git:?}");
        let ban = complaints(package("two-ways", "MIT", None), "store");
        assert!(ban[0].contains("banned"), "{ban:?}");
    }

    #[test]
    fn a_banned_crate_is_allowed_to_its_wrapper_only() {
        assert!(complaints(package("cipher", "MIT", None), "store").is_empty());
        assert!(complaints(package("cipher", "MIT", None), "window")[0].contains("window"));
    }

    #[test]
    fn a_dependency_of_ours_without_a_version_is_named() {
        let mut ours = package("ours", "MIT", None);
        ours["dependencies"] =
            json!([{"name": "any", "req": "*"}, {"name": "p", "req": "*", "path": "x"}]);
        assert_eq!(complaints(ours, "store").len(), 1);
    }
}
