//! Pages in a bucket: a server that speaks S3, written by others, and two processes of one centre that share
//! it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use center::config::Bucket;
use center::snapshots::Limits;
use center::{Center, Config};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use reqwest::Method;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::acts::{hardship, identity, page, registration};
use crate::desk::{Desk, codes};
use crate::support::{City, STATION_A, STATION_B, STREET, config};

const PART: usize = domain::sync::BLOB_PART_BYTES;
const BUCKET: &str = "pages";

/// The store; stopped when dropped, its objects stay.
struct Store {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Store {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Store {
    async fn serve(folder: &TempDir, address: SocketAddr) -> Store {
        std::fs::create_dir_all(folder.path().join(BUCKET)).unwrap();
        let files = s3s_fs::FileSystem::new(folder.path()).unwrap();
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single("station-pages", "only for tests"));
        let service = service.build();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service.clone();
                open.spawn(async move {
                    let http = auto::Builder::new(TokioExecutor::new());
                    let _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Store { address, task }
    }

    fn bucket(&self, secret: &str) -> Bucket {
        Bucket {
            endpoint: format!("http://{}", self.address),
            name: BUCKET.to_owned(),
            prefix: "yizhan".to_owned(),
            region: "us-east-1".to_owned(),
            access_key: "station-pages".to_owned(),
            secret_key: secret.to_owned(),
            ca: None,
        }
    }
}

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn picture() -> Vec<u8> {
    (0..600_000u32).map(|n| (n % 241) as u8).collect()
}

fn objects(folder: &TempDir) -> Vec<String> {
    let mut folders = vec![folder.path().join(BUCKET)];
    let mut names = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => names.push(path.to_string_lossy().into_owned()),
            }
        }
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_of_a_centre_take_one_page_together_into_one_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::serve(&folder, anywhere()).await;
    let with_bucket = |config: &mut Config| config.pages = Some(store.bucket("only for tests"));
    let city = City::start_with("bucket", with_bucket).await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let who = identity("王示范", "1970-05-05", 1);
    desk.file(&registration(&desk.staff.clone(), who.clone()))
        .await;
    let bytes = picture();
    let page = page(&bytes);
    let filed = hardship(&desk.staff, who, page.clone());
    assert_eq!(codes(&desk.file(&filed).await), ["pages.awaited"]);
    let first = desk.part(&page.sha256, 0, &bytes[..PART]).await.unwrap();
    assert_eq!(first.have, PART as u64);

    // The other process, with the same keys and tables and a port of its own.
    let mut config = config(city.dir.path(), &city.url);
    with_bucket(&mut config);
    let other = Center::start(config).await.unwrap();
    desk.turn_to(&other);
    let second = desk
        .part(&page.sha256, PART, &bytes[PART..2 * PART])
        .await
        .unwrap();
    assert_eq!(second.have, 2 * PART as u64);
    desk.turn_to(&city.running);
    let third = desk
        .part(&page.sha256, 2 * PART, &bytes[2 * PART..])
        .await
        .unwrap();
    assert!(third.stored);

    let kept = objects(&folder);
    assert_eq!(kept.len(), 1, "one page and no part: {kept:?}");
    assert!(kept[0].contains("/yizhan/"));
    assert!(
        !kept[0].contains(&page.sha256[..16]),
        "named by a keyed hash"
    );
    let street = city.reviewer("street", STREET).await;
    let case = filed.id.derive("case");
    let path = format!("/cases/{case}/pages/0");
    let shown = street.ask(Method::GET, &path, None).await;
    assert_eq!(shown.bytes().await.unwrap(), bytes);
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_away_is_said_and_the_page_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::serve(&folder, anywhere()).await;
    let bucket = store.bucket("only for tests");
    let city = City::start_with("bucket_away", |config| config.pages = Some(bucket)).await;
    let desk = Desk::open(&city, STATION_A).await;
    let bytes = picture();
    let sha = domain::sync::sha256_hex(&bytes);
    let length = bytes.len();
    desk.first_part(&sha, &bytes[..PART], length).await.unwrap();
    let address = store.address;
    drop(store);
    let away = desk.part(&sha, PART, &bytes[PART..2 * PART]).await;
    assert_eq!(away.unwrap_err().code, "centre.pages_down");
    let (status, health) = city.health().await;
    assert_eq!(status, 200, "commands are still taken");
    assert_eq!(
        (&health["database"], &health["pages"]),
        (&json!("ok"), &json!("down"))
    );
    assert_eq!(desk.blob(&sha).await.have, PART as u64);
    let _store = Store::serve(&folder, address).await;
    desk.part(&sha, PART, &bytes[PART..2 * PART]).await.unwrap();
    let last = desk.part(&sha, 2 * PART, &bytes[2 * PART..]).await;
    assert!(last.unwrap().stored);
    assert_eq!(city.health().await.1["pages"], "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_is_said_and_nothing_is_called_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::serve(&folder, anywhere()).await;
    let bucket = store.bucket("another secret");
    let city = City::start_with("bucket_secret", |config| config.pages = Some(bucket)).await;
    let desk = Desk::open(&city, STATION_A).await;
    let bytes = picture();
    let sha = domain::sync::sha256_hex(&bytes);
    let refused = desk.first_part(&sha, &bytes[..PART], bytes.len()).await;
    assert_eq!(refused.unwrap_err().code, "centre.pages_down");
    assert_eq!(desk.blob(&sha).await.have, 0);
    assert!(objects(&folder).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_lies_sealed_in_the_bucket_and_is_answered_in_stretches() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::serve(&folder, anywhere()).await;
    let bucket = store.bucket("only for tests");
    let limits = Limits {
        tail_facts: 1_000_000,
        tail_percent: 0,
        behind_facts: 1,
        behind_percent: 0,
        kept_hours: 0,
        part_kib: 1,
    };
    let city = City::start_with("bucket_snapshot", |config| {
        (config.pages, config.snapshots) = (Some(bucket), Some(limits));
    })
    .await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let feed = domain::Division(STATION_A.to_owned());
    let mut built = Vec::new();
    for order in 1..3 {
        let who = identity("王示范", "1970-05-05", order);
        desk.file(&registration(&desk.staff.clone(), who)).await;
        let offer = city.center().build_snapshot(&feed).await.unwrap();
        built.push(offer.expect("there is something new"));
        assert_eq!(city.center().build_snapshot(&feed).await.unwrap(), None);
    }
    let [old, new] = built.as_slice() else {
        panic!("two are built")
    };
    assert_eq!(objects(&folder).len(), 2);
    for offer in [old, new] {
        let whole = desk.stretch(offer, 0, offer.size_bytes - 1).await;
        assert_eq!(domain::sync::sha256_hex(&whole), offer.sha256);
        assert_eq!(desk.stretch(offer, 3, 9).await, whole[3..10]);
    }
    for object in objects(&folder) {
        assert!(!object.contains(&old.sha256[..16]), "named by a keyed hash");
        let bytes = std::fs::read(object).unwrap();
        assert!(!bytes.windows(7).any(|w| w == b"YZ-SNAP"), "sealed");
    }
    // The one before is kept for a while; that is over at once here.
    city.center().forget_snapshots().await.unwrap();
    assert_eq!(objects(&folder).len(), 1);
    assert_eq!(desk.stretch_code(old).await, "snapshot.gone");
    assert!(!desk.stretch(new, 0, 5).await.is_empty());
    std::fs::write(&objects(&folder)[0], b"damaged").unwrap();
    assert_eq!(desk.stretch_code(new).await, "snapshot.gone");
    let offer = city.center().build_snapshot(&feed).await.unwrap();
    assert_eq!(offer.as_ref(), Some(new), "made again of the facts");
    assert!(!desk.stretch(new, 0, 5).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_hangs_keeps_nobody_from_anything_but_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::serve(&folder, anywhere()).await;
    let bucket = store.bucket("only for tests");
    let city = City::start_with("bucket_hangs", |config| config.pages = Some(bucket)).await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let mut other = Desk::open(&city, STATION_B).await;
    // Whoever connects from now on is never answered.
    let address = store.address;
    drop(store);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let hangs = TcpListener::bind(address).await.unwrap();
    let bytes = picture();
    let sha = domain::sync::sha256_hex(&bytes);
    let url = desk.url(&format!("/blob/{sha}"));
    for _ in 0..8 {
        let request = desk.client.patch(&url).header("upload-offset", 0);
        let request = request.header("upload-length", bytes.len());
        tokio::spawn(request.body(bytes[..PART].to_vec()).send());
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = Instant::now();
    assert_eq!(other.blob(&sha).await.have, 0);
    for (path, code) in [("catalogue", "catalog.gone"), ("snapshot", "snapshot.gone")] {
        let url = other.url(&format!("/{path}/{sha}"));
        let answer = other.client.get(url).send().await.unwrap();
        let problem: domain::sync::Problem = answer.json().await.unwrap();
        assert_eq!(problem.code, code);
    }
    for (desk, name) in [(&mut desk, "王示范"), (&mut other, "李样本")] {
        let order = if name == "王示范" { 1 } else { 3 };
        let filed = registration(&desk.staff.clone(), identity(name, "1980-05-05", order));
        assert_eq!(desk.file(&filed).await, domain::Outcome::Accepted);
    }
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
    drop(hangs);
}
