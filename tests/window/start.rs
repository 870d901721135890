//! The counter's window, started on a folder of its own with a tray of cards and a scanner.

use std::path::{Path, PathBuf};

use serde_json::json;
use tests::browser::Browser;
use tests::city::City;
use tests::desk::PASSWORD;

use super::ENTER;

/// SANE's virtual scanner with something on its glass.
const SCANNER: &str = "number_of_devices 1\nmode Color\ndepth 8\nresolution_min 1.0\n\
    resolution_max 1200.0\nresolution_quant 1.0\nresolution 50.0\ntest-picture \"Grid\"\n";

/// Opens it, enrolled in the city and at its door.
pub async fn open_window(city: &City, code: &str, folder: &Path) -> Browser {
    open_window_among(city, code, folder, &[]).await
}

/// The same with other folders around it, by the names of the environment.
pub async fn open_window_among(
    city: &City,
    code: &str,
    folder: &Path,
    around: &[(&str, &str)],
) -> Browser {
    let enrol = folder.join("enrol.json");
    let asked = json!({
        "centre_url": city.enrol_url(),
        "code": code,
        "ca_path": city.ca_file(),
        "login": "zhang",
        "password": PASSWORD,
    });
    std::fs::write(&enrol, asked.to_string()).expect("the request is written");
    open_with(Some(enrol), folder, around).await
}

/// Opens it without enrolling: on a new computer, or on the station that lies in `station`.
pub async fn open_as_it_is(folder: &Path) -> Browser {
    open_with(None, folder, &[]).await
}

async fn open_with(enrol: Option<PathBuf>, folder: &Path, around: &[(&str, &str)]) -> Browser {
    let binaries = binaries();
    let scanner = folder.join("sane");
    std::fs::create_dir(&scanner).expect("a folder");
    std::fs::write(scanner.join("dll.conf"), "test\n").expect("SANE's list of drivers");
    std::fs::write(scanner.join("test.conf"), SCANNER).expect("the scanner's settings");
    let station = folder.join("station");
    std::fs::create_dir_all(&station).expect("a folder");
    let decoder = env!("CARGO_BIN_EXE_photo-decoder");
    let readers = format!("[photo]\nprogram = {decoder:?}\n");
    std::fs::write(station.join("readers.toml"), readers).expect("the readers' file");
    let tray = folder.join("tray");
    std::fs::create_dir(&tray).expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = |path: PathBuf| path.display().to_string();
    let mut arguments = vec![
        "--data".to_owned(),
        path(station),
        "--catalog".into(),
        path(root.join("catalog")),
        "--demo-tray".into(),
        path(tray),
        "--demo-driver".into(),
        path(binaries.join("libifd.so")),
    ];
    if let Some(enrol) = enrol {
        arguments.extend(["--enrol".into(), path(enrol)]);
    }
    // The window remembers its language under the home of whoever runs it; a test has its own.
    let home = folder.join("home");
    std::fs::create_dir(&home).expect("a folder");
    let home = home.to_str().expect("UTF-8");
    let envs = [
        ("XDG_DATA_HOME", home),
        ("XDG_CACHE_HOME", home),
        ("SANE_CONFIG_DIR", scanner.to_str().expect("UTF-8")),
        ("LANG", "zh_CN.UTF-8"),
    ];
    let envs = [&envs[..], around].concat();
    let log = folder.join("window.log");
    Browser::window(&binaries.join("yizhan"), &arguments, &envs, &log).await
}

/// Logs in as the one who works there.
pub async fn log_in(counter: &Browser) {
    counter.see("login").await;
    counter.fill("login-password", PASSWORD).await;
    counter.press(ENTER).await;
    counter.see("today").await;
}

/// Where cargo put the programs: beside this test's folder.
fn binaries() -> PathBuf {
    let test = std::env::current_exe().expect("this binary");
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("target/debug")
        .to_owned();
    assert!(
        folder.join("yizhan").exists(),
        "build the window first: cargo xtask test does"
    );
    folder
}
