//! The program itself: set up with the demonstration's staff, served, stopped politely.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::support::{catalog, cluster};

fn program(dir: &std::path::Path, line: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yizhan-center"));
    command.args(line).arg("--dir").arg(dir);
    command
}

fn told(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_centre_is_set_up_once_serves_and_leaves_politely() {
    let cluster = cluster("command-line");
    cluster.create_database("city").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (url, catalog) = (cluster.url("city"), catalog());
    let catalog = catalog.to_str().unwrap();
    let init = ["init", "--database", &url, "--catalog", catalog, "--demo"];
    let first = told(&mut program(dir.path(), &init));
    for login in ["station-a=", "station-b=", "street=", "county=", "city="] {
        assert!(first.lines().any(|line| line.starts_with(login)), "{first}");
    }
    assert_eq!(
        told(&mut program(dir.path(), &init)),
        "",
        "passwords are told once"
    );
    let code = told(&mut program(
        dir.path(),
        &["code", "--community", "320302001005"],
    ));
    assert!(
        code.starts_with("code=") && code.trim().len() == 19,
        "{code}"
    );
    let unknown = program(dir.path(), &["code", "--community", "999999999999"])
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(complaint.contains("centre.usage"), "{complaint}");

    // The record of acts leaves with a purpose only, and that is in it.
    let file = dir.path().join("centre.yzaudit");
    let file = file.to_str().unwrap();
    let mut without = program(dir.path(), &["audit", "export", file]);
    let without = without.output().unwrap();
    assert!(String::from_utf8_lossy(&without.stderr).contains("--purpose"));
    let with = ["audit", "export", file, "--purpose", "check"];
    told(&mut program(dir.path(), &with));
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(r#""reason":"check""#), "{text}");

    let mut serving = program(dir.path(), &["serve"]);
    let mut serving = serving
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(serving.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ports: serde_json::Value = serde_json::from_str(&line).unwrap();
    let port = |name: &str| ports[name].as_u64().unwrap();
    // A failure of the centre leaves none of its memory: neither a core file, nor a panic's words.
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", serving.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core"));
    let core: Vec<&str> = core.unwrap().split_whitespace().collect();
    assert_eq!(core[4..], ["1", "1", "bytes"]);
    assert!(port("station") > 0 && port("enrol") > 0 && port("console") > 0);
    let polite = Command::new("kill")
        .arg(serving.id().to_string())
        .status()
        .unwrap();
    assert!(polite.success() && serving.wait().unwrap().success());
}
