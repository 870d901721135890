//! `center.toml` in the centre's folder: where the database, the catalogue and the pages are, and
//! on which ports to listen.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use domain::sync::LeaseTerms;
use serde::{Deserialize, Serialize};

use crate::error::{Doing, Error, Result};

/// The file's name.
pub const FILE: &str = "center.toml";

/// Everything a centre process is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The centre's folder: keys, certificates, pages.
    #[serde(skip)]
    pub dir: PathBuf,
    /// PostgreSQL, as its owner or as a member of `yizhan_decide` and `yizhan_console`.
    pub database: String,
    /// The catalogue's folder.
    pub catalog: PathBuf,
    /// The built web pages; without it the console has an API only.
    #[serde(default)]
    pub ui: Option<PathBuf>,
    /// The address to listen on.
    #[serde(default = "loopback")]
    pub listen: IpAddr,
    /// The name or address by which stations reach this centre.
    #[serde(default = "loopback_name")]
    pub host: String,
    /// What stations are told at enrolment, where something stands between them and our port.
    #[serde(default)]
    pub station_url: Option<String>,
    /// Stations, mutual TLS; 0 takes a free port.
    #[serde(default)]
    pub station_port: u16,
    /// Enrolment, TLS.
    #[serde(default)]
    pub enrol_port: u16,
    /// The console.
    #[serde(default)]
    pub console_port: u16,
    /// Connections to PostgreSQL for deciding; the console has half as many.
    #[serde(default = "connections")]
    pub connections: usize,
    /// Days that a station's certificate holds; it is renewed by itself before.
    #[serde(default = "certificate_days")]
    pub certificate_days: i64,
    /// The lowest protocol whose stations may do new work; older ones send what they have.
    #[serde(default = "minimum_protocol")]
    pub minimum_protocol: u32,
    /// What is sealed anew: 1 for AES-GCM and SHA-256, 2 for SM4-GCM and SM3. Both are read.
    #[serde(default = "suite")]
    pub suite: u8,
    /// Certificate chain and key of the console, PEM; without them it speaks plain HTTP.
    #[serde(default)]
    pub console_tls: Option<ConsoleTls>,
    /// A bucket for the pages; without it they lie in the centre's folder. Processes of one centre on several
    /// machines need one.
    #[serde(default)]
    pub pages: Option<Bucket>,
    /// What stations may do without contact, and how they lock.
    #[serde(default)]
    pub lease: LeaseTerms,
    /// When snapshots of feeds are made and offered, where this centre does it otherwise than
    /// `catalog/policy/snapshots.toml` says.
    #[serde(default)]
    pub snapshots: Option<crate::snapshots::Limits>,
    /// Whether there is a ferry, where this centre says otherwise than `catalog/policy/ferry.toml`.
    #[serde(default)]
    pub ferry: Option<bool>,
    /// Bytes of pages a second that one station may send; without it as fast as the line is.
    #[serde(default)]
    pub blob_bytes_per_s: Option<u64>,
}

/// The console's own certificate.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleTls {
    /// Chain, PEM.
    pub certificate: PathBuf,
    /// Key, PEM.
    pub key: PathBuf,
}

/// Where pages are kept, at a store that speaks S3.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// `https://…`; plain `http://` only where nobody else is on the wire. What is kept is sealed anyway.
    pub endpoint: String,
    /// The bucket, which exists.
    pub name: String,
    /// Put before every name, where the bucket holds other things too.
    #[serde(default)]
    pub prefix: String,
    /// The region, for stores that ask for one.
    #[serde(default = "region")]
    pub region: String,
    /// Access key id.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// The CA of the store's certificate, PEM, where the system does not know it.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.name, self.endpoint)
    }
}

fn region() -> String {
    "us-east-1".to_owned()
}

fn loopback() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}

fn loopback_name() -> String {
    "127.0.0.1".to_owned()
}

fn certificate_days() -> i64 {
    crate::ca::CLIENT_DAYS
}

fn minimum_protocol() -> u32 {
    domain::sync::PROTOCOL
}

fn suite() -> u8 {
    crypto::Suite::default().id()
}

fn connections() -> usize {
    8
}

impl Config {
    /// A configuration that listens on free loopback ports.
    pub fn new(dir: &Path, database: &str, catalog: &Path) -> Config {
        Config {
            dir: dir.to_owned(),
            database: database.to_owned(),
            catalog: catalog.to_owned(),
            ui: None,
            listen: loopback(),
            host: loopback_name(),
            station_url: None,
            station_port: 0,
            enrol_port: 0,
            console_port: 0,
            certificate_days: certificate_days(),
            minimum_protocol: minimum_protocol(),
            suite: suite(),
            console_tls: None,
            pages: None,
            connections: connections(),
            lease: LeaseTerms::default(),
            snapshots: None,
            ferry: None,
            blob_bytes_per_s: None,
        }
    }

    /// Reads the file of a folder.
    pub fn read(dir: &Path) -> Result<Config> {
        let path = dir.join(FILE);
        let text = std::fs::read_to_string(&path).doing("read", &path)?;
        let mut config: Config =
            toml::from_str(&text).map_err(|error| Error::Config(error.to_string()))?;
        config.dir = dir.to_owned();
        Ok(config)
    }

    /// The suite for what is sealed anew.
    pub fn suite(&self) -> Result<crypto::Suite> {
        let unknown = || Error::Config(format!("suite {} is neither 1 nor 2", self.suite));
        crypto::Suite::of(self.suite).ok_or_else(unknown)
    }

    /// Writes the file of its folder; it may name a database password, so only we read it.
    pub fn write(&self) -> Result<()> {
        let text = toml::to_string(self).map_err(|error| Error::Config(error.to_string()))?;
        crate::keys::write_private(&self.dir.join(FILE), text.as_bytes())
    }
}
