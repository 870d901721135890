//! A reviewer at the console, through the same requests the page makes.

use std::sync::Arc;

use domain::Id;
use domain::command::{Decision, Settlement};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A logged-in session.
pub struct Reviewer {
    client: reqwest::Client,
    base: String,
    runtime: Arc<Runtime>,
    cookie: String,
}

impl Reviewer {
    /// Logs in.
    pub fn log_in(base: &str, login: &str, password: &str, runtime: &Arc<Runtime>) -> Reviewer {
        // The client wants a TLS library even for plain HTTP on the loopback.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::new();
        let request = client
            .post(format!("{base}/api/login"))
            .header("X-Yizhan", "1")
            .json(&json!({ "login": login, "password": password }));
        let answer = runtime
            .block_on(request.send())
            .expect("the console answers");
        assert_eq!(answer.status(), StatusCode::OK, "{login} logs in");
        let cookie = answer
            .headers()
            .get("set-cookie")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .expect("a session")
            .to_owned();
        Reviewer {
            client,
            base: base.to_owned(),
            runtime: runtime.clone(),
            cookie,
        }
    }

    /// Any request; the status and the body.
    pub fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Vec<u8>) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .header("X-Yizhan", "1")
            .header("Cookie", &self.cookie);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.runtime.block_on(async {
            let answer = request.send().await.expect("the console answers");
            let status = answer.status();
            (status, answer.bytes().await.expect("a body").to_vec())
        })
    }

    /// Sends bytes; the status and the body.
    pub fn send_bytes(&self, path: &str, bytes: &[u8]) -> (StatusCode, Value) {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("X-Yizhan", "1")
            .header("Cookie", &self.cookie)
            .body(bytes.to_vec());
        self.runtime.block_on(async {
            let answer = request.send().await.expect("the console answers");
            (answer.status(), answer.json().await.expect("JSON"))
        })
    }

    /// A request that must succeed.
    pub fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None);
        assert_eq!(
            status,
            StatusCode::OK,
            "{path}: {}",
            String::from_utf8_lossy(&body)
        );
        serde_json::from_slice(&body).expect("JSON")
    }

    /// Waits until the case is in this inbox.
    pub fn inbox_row(&self, case: Id) -> Value {
        crate::eventually("the case is in the inbox", || {
            let inbox = self.get("/api/inbox");
            let rows = inbox
                .as_array()
                .or_else(|| inbox["rows"].as_array())?
                .clone();
            rows.into_iter().find(|row| row["case"] == json!(case))
        })
    }

    /// A page's media type and bytes.
    pub fn page(&self, case: Id, ordinal: usize) -> (String, Vec<u8>) {
        let (status, bytes) = self.ask(
            Method::GET,
            &format!("/api/cases/{case}/pages/{ordinal}"),
            None,
        );
        assert_eq!(status, StatusCode::OK);
        let media_type = if bytes.starts_with(b"\x89PNG") {
            "image/png"
        } else {
            "image/jpeg"
        };
        (media_type.to_owned(), bytes)
    }

    /// Decides what is on screen now.
    pub fn decide(&self, case: Id, decision: Decision) {
        let seen = self.get(&format!("/api/cases/{case}"));
        let version = seen["case"]["version"].clone();
        let (status, body) = self.review(case, version, decision);
        assert!(
            status.is_success(),
            "{status}: {}",
            String::from_utf8_lossy(&body)
        );
    }

    /// Decides a version.
    pub fn review(&self, case: Id, version: Value, decision: Decision) -> (StatusCode, Vec<u8>) {
        let body = json!({ "version": version, "decision": decision });
        self.ask(
            Method::POST,
            &format!("/api/cases/{case}/review"),
            Some(body),
        )
    }

    /// Settles the only held command of the area.
    pub fn settle_only_held(&self, how: &Settlement) {
        let held = crate::eventually("something is held", || {
            let held = self.get("/api/held");
            held.as_array().and_then(|rows| rows.first().cloned())
        });
        let command = held["command"].as_str().expect("a command").to_owned();
        let body = json!({ "settlement": how });
        let (status, body) = self.ask(
            Method::POST,
            &format!("/api/held/{command}/settle"),
            Some(body),
        );
        assert!(
            status.is_success(),
            "{status}: {}",
            String::from_utf8_lossy(&body)
        );
    }
}
