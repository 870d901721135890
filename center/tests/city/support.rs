//! A centre on a fresh database, and a reviewer's browser.

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use center::store::staff::Role;
use center::{Center, Config, Running, admin};
use domain::{Division, Staff};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use xtask::postgres::Cluster;

pub const STATION_A: &str = "320302001005";
pub const STATION_B: &str = "320303001003";
pub const STREET: &str = "320302001";
pub const PASSWORD: &str = "only for tests";

static CLUSTER: LazyLock<Mutex<Cluster>> = LazyLock::new(|| Mutex::new(cluster("city")));

/// A throw-away cluster; the folder is emptied at the next start.
pub fn cluster(name: &str) -> Cluster {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("center-{name}"));
    Cluster::remove(&dir).unwrap();
    let settings = [
        ("fsync", "off"),
        ("max_connections", "300"),
        ("shared_buffers", "32MB"),
    ];
    Cluster::start_with(&dir, &settings).unwrap()
}

/// A centre at work.
pub struct City {
    pub running: Running,
    pub url: String,
    pub dir: TempDir,
}

pub fn catalog() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog")
}

pub fn config(dir: &Path, url: &str) -> Config {
    let mut config = Config::new(dir, url, &catalog());
    config.connections = 4;
    config
}

impl City {
    /// A centre with a database of this name.
    pub async fn start(name: &str) -> City {
        City::start_with(name, |_| {}).await
    }

    /// The same with other settings.
    pub async fn start_with(name: &str, settings: impl FnOnce(&mut Config)) -> City {
        let url = {
            let cluster = CLUSTER.lock().unwrap();
            cluster.create_database(name).unwrap();
            cluster.url(name)
        };
        City::start_at(url, settings).await
    }

    pub async fn start_on(url: String) -> City {
        City::start_at(url, |_| {}).await
    }

    async fn start_at(url: String, settings: impl FnOnce(&mut Config)) -> City {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path(), &url);
        settings(&mut config);
        let running = Center::start(config).await.unwrap();
        City { running, url, dir }
    }

    pub fn center(&self) -> &Center {
        self.running.center()
    }

    pub async fn staff(&self, login: &str, area: &str, role: Role) -> Staff {
        let area = Division(area.into());
        admin::add_staff(self.center(), login, login, &area, role, PASSWORD)
            .await
            .unwrap()
    }

    /// Somebody signed in to the console.
    pub async fn reviewer(&self, login: &str, area: &str) -> Browser {
        self.staff(login, area, Role::Reviewer).await;
        Browser::sign_in(self, login).await
    }

    /// What the console's port says of this process's health, without a session.
    pub async fn health(&self) -> (u16, serde_json::Value) {
        let url = format!("http://{}/health", self.running.console_addr);
        let answer = reqwest::get(url).await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Its figures, as a program that watches reads them.
    pub async fn metric(&self, name: &str) -> f64 {
        let url = format!("http://{}/metrics", self.running.console_addr);
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map_or(0.0, |rest| rest.trim().parse().unwrap())
    }

    /// A connection for looking behind the scenes, as the owner.
    pub async fn behind(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
    }

    pub async fn count(&self, query: &str) -> i64 {
        self.behind()
            .await
            .query_one(query, &[])
            .await
            .unwrap()
            .get(0)
    }

    pub async fn text(&self, query: &str) -> String {
        let row = self.behind().await.query_one(query, &[]).await.unwrap();
        row.get(0)
    }
}

/// A browser with a session.
pub struct Browser {
    client: Client,
    base: String,
    cookie: String,
}

impl Browser {
    pub async fn sign_in(city: &City, login: &str) -> Browser {
        let mut browser = Browser {
            client: Client::new(),
            base: format!("http://{}/api", city.running.console_addr),
            cookie: String::new(),
        };
        let body = serde_json::json!({ "login": login, "password": PASSWORD });
        let response = browser.ask(Method::POST, "/login", Some(body)).await;
        assert_eq!(response.status(), StatusCode::OK);
        let cookie = response.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        browser
    }

    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .header("x-yizhan", "1");
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.ask(Method::GET, path, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    /// Status and body.
    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let response = self.ask(Method::POST, path, Some(body)).await;
        (response.status(), response.json().await.unwrap())
    }

    pub async fn approve(&self, case: &str) -> (StatusCode, Value) {
        let version = self.get(&format!("/cases/{case}")).await["case"]["version"].clone();
        let decision = serde_json::json!({ "decision": "approve", "opinion": "同意" });
        let word = serde_json::json!({ "version": version, "decision": decision });
        self.post(&format!("/cases/{case}/review"), word).await
    }
}

/// Waits for something that happens soon.
pub async fn soon<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> T {
    for _ in 0..200 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not happen within 10 s");
}
