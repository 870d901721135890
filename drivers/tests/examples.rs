//! The programs for support staff, run as they run them: what they print of a card is masked, their
//! lines for support are about nobody, and how they end says how it went.

#![allow(
    clippy::unwrap_used,
    reason = "a test; outside of a test function clippy cannot tell"
)]

#[allow(dead_code, reason = "the cases of `cards` use all of it")]
mod rig;

use drivers::virtual_card::{Card, Faults, Pcscd, Tray, VirtualReader, pcscd, samples};
use rig::{card, driver, one_of_each};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The built programs, beside this test in the target folder: `cargo test` builds a crate's examples with it.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let debug = test.parent().unwrap().parent().unwrap();
    let program = debug.join("examples").join(name);
    assert!(program.exists(), "build it first: cargo xtask test does");
    program
}

/// What a program said, and how it ended.
fn said(output: Output) -> (String, Option<i32>) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (
        String::from_utf8(output.stdout).unwrap(),
        output.status.code(),
    )
}

/// Reads a card on a private service, and ends with the lines for support.
fn read_card(card: Card) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let readers: Vec<VirtualReader> = one_of_each();
    let trays: Vec<Tray> = readers
        .iter()
        .map(|reader| Tray::open(folder.path(), reader).unwrap())
        .collect();
    let _service = Pcscd::start(folder.path(), &driver(), &readers).unwrap();
    trays[1].insert(card);
    let mut program = Command::new(program("read_card"));
    program.args(["--wait", "6", "--diagnosis"]);
    program.env("PCSCLITE_CSOCK_NAME", pcscd::socket_in(folder.path()));
    said(program.output().unwrap())
}

/// The lines between the marks of what is to be copied.
fn diagnosis(text: &str) -> &str {
    let (_, rest) = text
        .split_once("--- diagnosis, to be copied ---\n")
        .unwrap();
    rest.split_once("--- end ---").unwrap().0
}

#[test]
fn a_card_is_shown_masked_and_supports_lines_are_about_nobody() {
    for key in ["citizen", "moved", "rare_name", "foreigner_2023"] {
        let content = samples::find(key).unwrap().card;
        let (text, code) = read_card(card(key));
        assert_eq!(code, Some(0), "{text}");
        assert!(
            text.contains("read by profile") && text.contains('•'),
            "{text}"
        );
        let parts = [
            Some(content.name.clone()),
            Some(content.id_number.clone()),
            content.english_name.clone(),
            content.address.clone(),
            content.appended_address.clone(),
            content.issuing_authority.clone(),
            Some(content.birth.format("%Y%m%d").to_string()),
            Some(content.birth.to_string()),
        ];
        for part in parts.iter().flatten().filter(|part| !part.is_empty()) {
            assert!(!text.contains(part.as_str()), "{key}: {part}");
        }
        let lines = diagnosis(&text);
        assert!(
            lines.contains("read      ") && lines.contains(" ms"),
            "{lines}"
        );
        assert!(!lines.contains('•'), "nothing of the card at all: {lines}");
        let first = content.name.chars().next().unwrap();
        assert!(first.is_ascii() || !lines.contains(first), "{lines}");
    }
}

#[test]
fn a_social_security_card_is_masked_too() {
    let content = samples::social()[0].card.clone();
    let folder = tempfile::tempdir().unwrap();
    let reader = VirtualReader::new("S", drivers::virtual_card::Interface::Contact);
    let tray = Tray::open(folder.path(), &reader).unwrap();
    let _service = Pcscd::start(folder.path(), &driver(), &[reader]).unwrap();
    tray.insert(rig::social_card(0));
    let mut program = Command::new(program("read_card"));
    program.args(["--wait", "6", "--diagnosis"]);
    program.env("PCSCLITE_CSOCK_NAME", pcscd::socket_in(folder.path()));
    let (text, code) = said(program.output().unwrap());
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("a social-security card: name"), "{text}");
    let parts = [
        Some(content.name),
        Some(content.id_number),
        content.card_number,
    ];
    for part in parts.iter().flatten() {
        assert!(!text.contains(part.as_str()), "{part}");
    }
}

#[test]
fn a_card_that_cannot_be_read_is_told_with_its_cause_and_cure_and_ends_in_failure() {
    let faults = Faults {
        sw3: Some(0x32),
        ..Faults::default()
    };
    let (text, code) = read_card(card("citizen").with(faults));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("card.not_genuine"), "{text}");
    for word in ["cause", "what to do"] {
        let lines = text.lines().filter(|line| line.trim().starts_with(word));
        assert_eq!(lines.count(), 2, "in both languages: {text}");
    }
    assert!(diagnosis(&text).contains("failed    "), "{text}");
    assert!(diagnosis(&text).contains("read      nothing"), "{text}");
}

#[test]
fn what_cannot_be_meant_is_answered_with_how_it_is_used() {
    for name in ["read_card", "scan_page"] {
        let (text, code) = said(Command::new(program(name)).arg("--no").output().unwrap());
        assert_eq!(
            (code, text.starts_with("usage: ")),
            (Some(2), true),
            "{text}"
        );
    }
    let mut profiles = Command::new(program("read_card"));
    profiles.args(["--profiles", "/nowhere/readers.toml"]);
    let (text, code) = said(profiles.output().unwrap());
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("reader.profiles_invalid"), "{text}");
}

/// A page that a program wrote, by name.
fn written(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
    names.sort();
    names
        .into_iter()
        .map(|name| name.into_string().unwrap())
        .collect()
}

#[test]
fn pages_are_taken_from_pictures_and_from_a_scanner_and_a_failure_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    let page = image::GrayImage::from_pixel(60, 80, image::Luma([200]));
    page.save(pictures.join("a.png")).unwrap();
    page.save(pictures.join("b.png")).unwrap();
    let out = folder.path().join("out");
    let run = |words: &[&str]| {
        let mut scan = Command::new(program("scan_page"));
        scan.args(words).args(["--out", out.to_str().unwrap()]);
        said(scan.output().unwrap())
    };
    let replay = format!("replay:{}", pictures.display());
    let (text, code) = run(&[&replay, "--feeder"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("done: 2 page(s)"), "{text}");
    assert_eq!(written(&out), ["page-1.png", "page-2.png"]);
    let (text, code) = run(&["virtual", "--feeder", "--gray", "--dpi", "75"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("done: 3 page(s)"), "{text}");
    let (text, code) = run(&["folder:/nowhere"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("scan.folder_missing") && text.contains("办法 what to do"),
        "{text}"
    );
}
