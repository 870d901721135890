//! What lies in PostgreSQL and in the folder shows no citizen number and no page; keys lie apart.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::acts::{hardship, identity, page, registration};
use crate::desk::Desk;
use crate::support::{City, STATION_A};

const CANARY: &[u8] = b"a page with CANARY-7319 on it";

#[tokio::test]
async fn no_number_and_no_page_lies_open_in_database_or_folder() {
    let city = City::start("at_rest").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let who = identity("王示范", "1970-05-05", 1);
    desk.file(&registration(&desk.staff.clone(), who.clone()))
        .await;
    let filed = hardship(&desk.staff, who.clone(), page(CANARY));
    desk.file(&filed).await;
    desk.part(&page(CANARY).sha256, 0, CANARY).await.unwrap();
    desk.file(&registration(
        &desk.staff.clone(),
        identity("李样本", "1970-05-05", 1),
    ))
    .await;

    let client = city.behind().await;
    let tables = client
        .query(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
            &[],
        )
        .await
        .unwrap();
    let number = &who.document.number;
    let in_hex = hex::encode(number);
    let mut rows = 0;
    for table in &tables {
        let table: String = table.get(0);
        // The text form of a row shows bytea columns in hex.
        let all = client
            .query(&format!("SELECT t::text FROM {table} t"), &[])
            .await
            .unwrap();
        for row in all {
            let text: String = row.get(0);
            rows += 1;
            let open = text.contains(number.as_str()) || text.contains(&in_hex);
            assert!(!open, "a number lies open in {table}");
        }
    }
    assert!(rows > 30, "looked at {rows} rows");
    let mut files = 0;
    look(city.dir.path(), 0o600, &mut files);
    assert!(files >= 5, "looked at {files} files");
}

/// Every file is ours alone: by its own mode, or because nobody else gets into the folder of pages.
fn look(folder: &Path, mode_wanted: u32, files: &mut usize) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        if path.is_dir() {
            let is_closed = path.ends_with("blobs");
            assert!(!is_closed || mode == 0o700, "{}", path.display());
            let mode_wanted = if is_closed { 0o644 } else { mode_wanted };
            look(&path, mode_wanted, files);
            continue;
        }
        *files += 1;
        let bytes = fs::read(&path).unwrap();
        assert!(
            !bytes.windows(CANARY.len()).any(|w| w == CANARY),
            "{}",
            path.display()
        );
        assert_eq!(mode & !mode_wanted, 0, "{}", path.display());
    }
}
