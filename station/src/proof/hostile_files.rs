//! R13 for what the station reads from its own disk and from the centre: made-up and damaged key
//! files, journals, backups, catalogues and messages give a failure with a code, never a panic, never much memory,
//! never a long wait; and no truncation passes for the whole.

use super::count::{self, Row};
use super::hostile::{Chance, times};
use super::model::{ModelDisk, Mount};
use super::work::{Smooth, Work};
use super::*;
use std::path::PathBuf;

use crate::backup;
use crate::journal::Journal;
use crate::keys::{Found, with_check};
use crate::line::body;

/// What one input may make a parser hold; argon2id's own 64 MiB come on top for key files.
const MEMORY: usize = 48 << 20;
const KEY_MEMORY: usize = 160 << 20;
/// Limit of one message in these proofs.
const MESSAGE_BYTES: usize = 4 << 20;

/// Runs inputs through a parser; a failure names the seed that makes the input again.
fn inputs(about: &str, samples: &[Vec<u8>], names: &[&str], memory: usize, parse: impl Fn(&[u8])) {
    let Some(row) = Row::begin("R13", about) else {
        return;
    };
    let inputs = count::of(100, 10_000);
    times(
        inputs,
        samples,
        |chance| made_up(chance, names),
        memory,
        parse,
    );
    row.end(2 * inputs, 2 * inputs, &[]);
}

/// JSON as an attacker would write it: the names that are looked for, with anything under them.
fn made_up(chance: &mut Chance, names: &[&str]) -> Vec<u8> {
    let mut text = String::new();
    value(chance, names, 5, &mut text);
    text.into_bytes()
}

fn value(chance: &mut Chance, names: &[&str], depth: usize, out: &mut String) {
    const ODD: [&str; 14] = [
        "null",
        "true",
        "0",
        "-1",
        "4294967295",
        "4294967296",
        "18446744073709551616",
        "1e999",
        "0.5",
        "\"\"",
        "\"\\u0000\"",
        "\"00\"",
        "\"7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f\"",
        "\"正\"",
    ];
    match chance.below(if depth == 0 { 2 } else { 8 }) {
        0 | 1 => out.push_str(chance.of::<&str>(&ODD)),
        2 => {
            let len = chance.below(2_000);
            let hex = "5a".repeat(len);
            out.push_str(&format!("\"{hex}\""));
        }
        3 => {
            let deep = chance.below(3_000);
            out.push_str(&"[".repeat(deep));
            out.push_str(&"]".repeat(deep));
        }
        4 => {
            out.push('[');
            for at in 0..chance.below(5) {
                if at > 0 {
                    out.push(',');
                }
                value(chance, names, depth - 1, out);
            }
            out.push(']');
        }
        _ => {
            out.push('{');
            for at in 0..chance.below(names.len() + 2) {
                if at > 0 {
                    out.push(',');
                }
                let name = names.get(at).copied().unwrap_or("more");
                out.push_str(&format!("\"{name}\":"));
                value(chance, names, depth - 1, out);
            }
            out.push('}');
        }
    }
}

/// A founded station on a model disk.
fn station() -> Mount {
    let mount = Mount::new(ModelDisk::new());
    let mut smooth = Smooth;
    Work::at(&mount, &mut smooth).found();
    mount
}

fn bytes_of(mount: &Mount, name: &str) -> Vec<u8> {
    crate::disk::read(&mount.desk().join(name)).unwrap()
}

/// The door, looked at and tried: what a start does with these files.
fn start(mount: &Mount) {
    let _ = crate::door::look(&mount.desk());
    if let Err(error) = unlock(&mount.desk(), LOGIN, PASSWORD, &shelf(), now()) {
        assert_ne!(error.code(), "internal.bug", "{error}");
    }
}

#[test]
fn a_hostile_key_file_is_refused_with_a_code() {
    let mount = station();
    let samples = vec![bytes_of(&mount, "keys.json")];
    let names = names_in(&samples[0]);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let path = Path::new("desk/keys.json");
    mount.disk.lose(Path::new("desk/keys.json.copy"));
    inputs("hostile keys.json", &samples, &names, KEY_MEMORY, |bytes| {
        mount.disk.put(path, bytes.to_vec());
        start(&mount);
    });
    // Whoever can write the file can put its check in, too.
    let about = "hostile keys.json with a right check";
    inputs(about, &samples, &names, KEY_MEMORY, |bytes| {
        let Ok(mut file) = serde_json::from_slice::<serde_json::Value>(bytes) else {
            return;
        };
        let Some(fields) = file.as_object_mut() else {
            return;
        };
        fields.remove("check");
        mount.disk.put(path, with_check(file).unwrap());
        start(&mount);
    });
    for end in 0..samples[0].len() - 1 {
        mount.disk.put(path, samples[0][..end].to_vec());
        let loaded = Found::load(&mount.desk());
        assert_eq!(code(loaded), "keys.unreadable", "cut at {end}");
    }
}

/// The journal's own format: frames, sealed. Whatever stands there, a start reads what is authentic
/// of it and goes on; the database has the rest.
#[test]
fn a_hostile_journal_is_read_as_far_as_it_is_authentic() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    register(&desk, &identity("李样本", 2));
    let (keys, id) = (desk.keys.clone(), desk.installation.id);
    let places = Places::load(folder.path());
    let journal = places.journal_of(folder.path());
    drop(desk);
    let segments = segments_in(&journal);
    let [segment] = segments.as_slice() else {
        panic!("one segment, not {segments:?}");
    };
    let samples = vec![std::fs::read(segment).unwrap()];
    let whole = Journal::look(&journal, id, &keys.journal).unwrap().unwrap();
    inputs("hostile journal", &samples, &[], MEMORY, |bytes| {
        std::fs::write(segment, bytes).unwrap();
        match Journal::look(&journal, id, &keys.journal) {
            Ok(Some(found)) => {
                let known = |(n, kept)| whole.entries.get(n) == Some(kept);
                assert!(found.entries.iter().all(known), "an entry nobody wrote");
            }
            Ok(None) => {}
            Err(error) => assert_ne!(error.code(), "internal.bug", "{error}"),
        }
    });
}

fn segments_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(segments_in(&path)),
            false => found.push(path),
        }
    }
    found
}

/// What a backup says of itself: changed or made up, it is never taken for a good one.
#[test]
fn a_hostile_backup_is_refused_with_a_code() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let source = backup::Source {
        folder: folder.path(),
        store: &desk.store,
        blobs: &desk.blobs,
        installation: &desk.installation,
        keys: &desk.keys,
    };
    let places = Places::load(folder.path());
    let backups = places.backups_of(folder.path());
    let made = backup::make(&source, &backups, &places, now()).unwrap();
    let path = made.folder.join("backup.json");
    let samples = vec![std::fs::read(&path).unwrap()];
    let names = ["manifest", "code", "version", "files", "path", "size_bytes"];
    inputs("hostile backup.json", &samples, &names, MEMORY, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        let _ = backup::list_unproved(&backups);
        let listed = backup::list(&backups, &desk.keys.backup);
        let whole = listed.iter().all(|found| found.manifest == made.manifest);
        assert!(whole, "a manifest nobody wrote");
        if let Err(error) = backup::check(&made.folder, &desk.keys) {
            assert_eq!(error.code(), "backup.damaged", "{error}");
        }
    });
    for end in 0..samples[0].len() - 1 {
        std::fs::write(&path, &samples[0][..end]).unwrap();
        let refused = code(backup::check(&made.folder, &desk.keys));
        assert_eq!(refused, "backup.damaged", "cut at {end}");
    }
}

#[test]
fn hostile_small_files_do_not_stop_the_start() {
    let mount = station();
    let samples = vec![
        bytes_of(&mount, "installation.json"),
        bytes_of(&mount, "machine.secret"),
        br#"{"zhang":{"wrong":4,"last":"2026-11-23T01:00:00Z"}}"#.to_vec(),
    ];
    let names = ["id", "community", "zhang", "wrong", "last", "station_url"];
    let small = ["installation.json", "machine.secret", "attempts.json"];
    inputs(
        "hostile small files",
        &samples,
        &names,
        KEY_MEMORY,
        |bytes| {
            // Each input is one of them: a start costs argon2id.
            if let Some(name) = small.get(bytes.len() % small.len()) {
                let path = PathBuf::from("desk").join(name);
                mount.disk.put(&path, bytes.to_vec());
                start(&mount);
                mount.disk.lose(&path);
            }
            mount
                .disk
                .put(Path::new("desk/machine.secret"), samples[1].clone());
        },
    );
}

#[test]
fn a_hostile_message_is_refused_with_a_code() {
    use domain::sync::{HelloReply, Problem, PullReply, PushReply};
    let reply = serde_json::json!({
        "server_time": "2026-11-23T01:00:00Z", "acked": 3, "durable": 2, "head": 9,
        "pace": { "after_ms": 5, "batch": 100 },
        "lease": { "staff": [staff()], "hours": 72 }, "minimum_version": "0.1.0", "orders": [],
    });
    let facts = serde_json::json!({ "facts": published(), "head": 12 });
    let plain = [reply, facts].map(|value| value.to_string().into_bytes());
    let packed = plain
        .clone()
        .map(|bytes| zstd::encode_all(&bytes[..], 3).unwrap());
    let samples = [plain, packed].concat();
    let names = [
        "facts", "head", "acked", "pace", "lease", "seq", "body", "sum",
    ];
    let folder = founded();
    let desk = open(folder.path());
    inputs(
        "hostile answers of the centre",
        &samples,
        &names,
        MEMORY,
        |bytes| {
            let plain = body::unpack(bytes, MESSAGE_BYTES).unwrap_or_else(|_| bytes.to_vec());
            let _ = serde_json::from_slice::<HelloReply>(&plain);
            let _ = serde_json::from_slice::<PushReply>(&plain);
            let _ = serde_json::from_slice::<Problem>(&plain);
            if let Ok(reply) = serde_json::from_slice::<PullReply>(&plain) {
                // What is out of order is refused; nothing of it stays.
                let at = desk.store.feed_at().unwrap();
                if let Err(error) = desk.store.apply_facts(&reply.facts) {
                    assert_ne!(error.code(), "internal.bug", "{error}");
                    assert_eq!(desk.store.feed_at().unwrap(), at);
                }
            }
        },
    );
    assert!(desk.store.looks_whole().is_ok());
}

/// Facts that the feed goes on with, their bodies damaged: the sums are right, the contents are not.
#[test]
fn a_hostile_fact_under_a_right_sum_is_refused_or_kept_unread() {
    let samples: Vec<Vec<u8>> = published().iter().map(|f| f.body.clone().into()).collect();
    let names = [
        "entity", "cause", "index", "change", "kind", "person", "case",
    ];
    let folder = founded();
    let desk = open(folder.path());
    inputs(
        "hostile facts under a right sum",
        &samples,
        &names,
        MEMORY,
        |bytes| {
            let at = desk.store.feed_at().unwrap();
            let body = String::from_utf8_lossy(bytes).into_owned();
            let fact = domain::sync::FeedFact {
                seq: at.seq + 1,
                sum: domain::sync::sum_after(&at.sum, &body),
                body,
            };
            if let Err(error) = desk.store.apply_facts(&[fact]) {
                assert_ne!(error.code(), "internal.bug", "{error}");
                assert_eq!(desk.store.feed_at().unwrap(), at);
            }
        },
    );
    assert!(desk.store.looks_whole().is_ok());
}

fn published() -> Vec<domain::sync::FeedFact> {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = super::city::City::new();
    register(&desk, &identity("王示范", 1));
    city.meet(&desk);
    city.feed
}

#[test]
fn a_hostile_catalogue_is_refused_with_a_code() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
    let copy = tempfile::tempdir().unwrap();
    for part in ["businesses", "codes", "divisions", "policy"] {
        std::fs::create_dir(copy.path().join(part)).unwrap();
        for entry in std::fs::read_dir(source.join(part)).unwrap().flatten() {
            std::fs::copy(entry.path(), copy.path().join(part).join(entry.file_name())).unwrap();
        }
    }
    let business = copy.path().join("businesses/hardship_recognition.toml");
    let sample = std::fs::read(&business).unwrap();
    inputs(
        "hostile catalogue files",
        &[sample],
        &["id", "fields"],
        MEMORY,
        |bytes| {
            std::fs::write(&business, bytes).unwrap();
            if let Err(error) = Shelf::load(copy.path()) {
                assert_eq!(error.code(), "catalog.broken");
            }
        },
    );
}

/// Every name in a JSON file, in the order of its text.
fn names_in(json: &[u8]) -> Vec<String> {
    fn of(value: &serde_json::Value, names: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                names.push(name.clone());
                of(value, names);
            }),
            serde_json::Value::Array(items) => items.iter().for_each(|item| of(item, names)),
            _ => {}
        }
    }
    let mut names = Vec::new();
    of(&serde_json::from_slice(json).unwrap(), &mut names);
    names
}
