//! `yizhan-center`: sets a centre up, serves it, and what its operators do from its machine. What a
//! caller reads comes on standard output as `key=value` lines, or as one JSON line when serving.

mod arguments;

use std::path::PathBuf;
use std::process::ExitCode;

use arguments::Arguments;
use center::exports::{ExportWord, WhatFor};
use center::store::staff::Role;
use center::{Center, Config, Error, Running, admin};
use domain::{Division, Id, Outcome};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A push is many small pieces of JSON: a third of its time was the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "yizhan-center COMMAND --dir DIR
  init --database URL [--catalog DIR] [--ui DIR] [--listen ADDRESS] [--host NAME] [--demo]
  serve [--station-port N] [--enrol-port N] [--console-port N] [--station-url URL]
        [--catalog DIR] [--ui DIR]
  code --community CODE
  fingerprint
  staff add --login NAME --name NAME --area CODE --role station|reviewer|query|escrow [--password TEXT]
  staff remove --login NAME
  staff password --login NAME [--password TEXT]
  revoke --installation ID
  employment import FILE.json
  audit verify
  audit export FILE --purpose CODE [--words TEXT]   (purposes: catalog/policy/exports.toml)
  backup verify --copy URL
  key
  certificate verify FILE --key HEX   (needs no --dir)";

#[tokio::main]
async fn main() -> ExitCode {
    traces::leave_none(concat!("yizhan-center ", env!("CARGO_PKG_VERSION")));
    let filter = EnvFilter::try_from_env("YIZHAN_LOG").unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::read(std::env::args().skip(1));
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", error.code());
            if matches!(error, Error::Usage(_)) {
                eprintln!("{USAGE}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(mut arguments: Arguments) -> Result<(), Error> {
    let words: Vec<String> = arguments.words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let ["certificate", "verify", file] = words.as_slice() {
        let key = arguments.get("key")?;
        arguments.end()?;
        return verify_certificate(file, &key);
    }
    let dir = PathBuf::from(arguments.get("dir")?);
    match words.as_slice() {
        ["init"] => init(dir, arguments).await,
        ["serve"] => serve(dir, arguments).await,
        ["code"] => {
            let community = Division(arguments.get("community")?);
            arguments.end()?;
            let code = admin::code(&open(dir).await?, &community).await?;
            println!("code={code}");
            Ok(())
        }
        ["key"] => {
            arguments.end()?;
            println!("key={}", open(dir).await?.public_key());
            Ok(())
        }
        ["fingerprint"] => {
            arguments.end()?;
            println!("fingerprint={}", admin::fingerprint(&dir)?);
            Ok(())
        }
        ["staff", "add"] => add_staff(dir, arguments).await,
        ["staff", "password"] => {
            let login = arguments.get("login")?;
            let password = arguments.find("password");
            let password = password.unwrap_or_else(center::password::random);
            arguments.end()?;
            let set = admin::set_password(&open(dir).await?, &login, &password).await?;
            found(set, "staff member of that name")?;
            println!("{login}={password}");
            Ok(())
        }
        ["staff", "remove"] => {
            let login = arguments.get("login")?;
            arguments.end()?;
            found(
                admin::remove_staff(&open(dir).await?, &login).await?,
                &login,
            )
        }
        ["revoke"] => {
            let text = arguments.get("installation")?;
            arguments.end()?;
            let id: Id = text
                .parse()
                .map_err(|_| Error::Usage(format!("{text} is no id")))?;
            found(admin::revoke(&open(dir).await?, id).await?, &text)
        }
        ["backup", "verify"] => {
            let copy = arguments.get("copy")?;
            arguments.end()?;
            let verified = admin::backup::verify(&open(dir).await?, &copy).await?;
            println!("logs={}\nentries={}", verified.logs, verified.entries);
            Ok(())
        }
        ["employment", "import", file] => {
            arguments.end()?;
            let center = open(dir).await?;
            let outcomes = admin::import_employment_file(&center, file.as_ref()).await?;
            let accepted = outcomes.iter().filter(|o| **o == Outcome::Accepted).count();
            println!("accepted={accepted}\nothers={}", outcomes.len() - accepted);
            Ok(())
        }
        ["audit", "verify"] => {
            arguments.end()?;
            let verdict = center::trail::verify(&open(dir).await?).await?;
            println!("records={}\nhead={}", verdict.records, verdict.head);
            match verdict.fault {
                None => Ok(()),
                Some(fault) => Err(Error::Fault(format!("{} {:?}", fault.code, fault.with))),
            }
        }
        ["audit", "export", file] => {
            let word = ExportWord {
                purpose: arguments.get("purpose")?,
                words: arguments.find("words").unwrap_or_default(),
            };
            arguments.end()?;
            let center = open(dir).await?;
            let what_for = WhatFor::of(center.exports.all(), &word)?;
            let text = center::trail::take_out(&center, None, &what_for).await?;
            std::fs::write(file, text).map_err(|error| Error::Usage(format!("{file}: {error}")))
        }
        _ => Err(Error::Usage("no such command".to_owned())),
    }
}

async fn init(dir: PathBuf, mut arguments: Arguments) -> Result<(), Error> {
    let database = arguments.get("database")?;
    let catalog = arguments.find("catalog").unwrap_or("catalog".to_owned());
    let mut config = Config::new(&dir, &database, &absolute(&catalog)?);
    config.ui = arguments.find("ui").map(|ui| absolute(&ui)).transpose()?;
    if let Some(listen) = arguments.find("listen") {
        config.listen = listen
            .parse()
            .map_err(|_| Error::Usage(format!("{listen} is no address")))?;
        config.host = listen;
    }
    if let Some(host) = arguments.find("host") {
        config.host = host;
    }
    let demo = arguments.has("demo");
    arguments.end()?;
    admin::init(&config)?;
    let center = open(dir).await?;
    if demo {
        for (login, password) in admin::demo::fill(&center).await? {
            println!("{login}={password}");
        }
    }
    Ok(())
}

async fn serve(dir: PathBuf, mut arguments: Arguments) -> Result<(), Error> {
    center::allow_connections();
    let mut config = Config::read(&dir)?;
    for (name, port) in [
        ("station-port", &mut config.station_port),
        ("enrol-port", &mut config.enrol_port),
        ("console-port", &mut config.console_port),
    ] {
        if let Some(text) = arguments.find(name) {
            *port = text
                .parse()
                .map_err(|_| Error::Usage(format!("{text} is no port")))?;
        }
    }
    if let Some(catalog) = arguments.find("catalog") {
        config.catalog = absolute(&catalog)?;
    }
    if let Some(ui) = arguments.find("ui") {
        config.ui = Some(absolute(&ui)?);
    }
    if let Some(url) = arguments.find("station-url") {
        config.station_url = Some(url);
    }
    arguments.end()?;
    let stop = stopped()?;
    let running = Center::start(config).await?;
    announce(&running);
    stop.await;
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}

fn verify_certificate(file: &str, key: &str) -> Result<(), Error> {
    let text =
        std::fs::read_to_string(file).map_err(|error| Error::Usage(format!("{file}: {error}")))?;
    match center::certificate::verify(&text, key) {
        Ok(certified) => {
            println!("good\n{}", certified.words().join("\n"));
            Ok(())
        }
        Err(fault) => Err(Error::Fault(format!(
            "the certificate is not good: {}",
            fault.name()
        ))),
    }
}

fn announce(running: &Running) {
    let ports = serde_json::json!({
        "station": running.station_addr.port(),
        "enrol": running.enrol_addr.port(),
        "console": running.console_addr.port(),
    });
    println!("{ports}");
}

async fn add_staff(dir: PathBuf, mut arguments: Arguments) -> Result<(), Error> {
    let (login, name) = (arguments.get("login")?, arguments.get("name")?);
    let area = Division(arguments.get("area")?);
    let role = match arguments.get("role")?.as_str() {
        "station" => Role::Station,
        "reviewer" => Role::Reviewer,
        "query" => Role::Query,
        "escrow" => Role::Escrow,
        other => return Err(Error::Usage(format!("{other} is no role"))),
    };
    let password = arguments
        .find("password")
        .unwrap_or_else(center::password::random);
    arguments.end()?;
    let center = open(dir).await?;
    let staff = admin::add_staff(&center, &login, &name, &area, role, &password).await?;
    println!("id={}\n{login}={password}", staff.id);
    Ok(())
}

async fn open(dir: PathBuf) -> Result<Center, Error> {
    let center = Center::open(Config::read(&dir)?).await?;
    center.must_have_its_key()?;
    Ok(center)
}

fn found(found: bool, what: &str) -> Result<(), Error> {
    match found {
        true => Ok(()),
        false => Err(Error::Usage(format!("there is no {what}"))),
    }
}

fn absolute(path: &str) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|error| Error::Usage(format!("{path}: {error}")))
}

/// Resolves at SIGTERM or Ctrl-C; both are caught from here on.
fn stopped() -> Result<impl Future<Output = ()>, Error> {
    let caught = |error: std::io::Error| Error::Fault(error.to_string());
    let mut term = signal(SignalKind::terminate()).map_err(caught)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(caught)?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
