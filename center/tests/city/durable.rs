//! A backup of the centre counts once it was restored and compared; then stations are told.

use center::{Error, admin};

use crate::acts::{identity, registration};
use crate::desk::Desk;
use crate::support::{City, STATION_A, cluster};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_counts_once_it_was_restored_and_compared() {
    let cluster = cluster("durable");
    cluster.create_database("durable").unwrap();
    let city = City::start_on(cluster.url("durable")).await;
    let mut desk = Desk::open(&city, STATION_A).await;
    for (order, name) in [(1, "王示范"), (3, "李样本")] {
        let command = registration(&desk.staff.clone(), identity(name, "1980-05-05", order));
        desk.file(&command).await;
    }
    assert_eq!(desk.hello(0).await.unwrap().durable, 0);
    let own = admin::backup::verify(city.center(), &city.url).await;
    assert!(matches!(own, Err(Error::Usage(_))), "{own:?}");
    let City { running, url, dir } = city;
    running.stop().await;
    // As restored from a backup, whole and not.
    for copy in ["whole", "torn", "unowned"] {
        let sql = format!("CREATE DATABASE {copy} TEMPLATE durable");
        cluster.psql(&sql).unwrap();
    }
    let torn = behind(&cluster.url("torn")).await;
    torn.batch_execute("DELETE FROM log WHERE n = 1")
        .await
        .unwrap();
    let unowned = behind(&cluster.url("unowned")).await;
    unowned
        .batch_execute("DELETE FROM person WHERE id = (SELECT id FROM person LIMIT 1)")
        .await
        .unwrap();
    let center = center::Center::open(crate::support::config(dir.path(), &url))
        .await
        .unwrap();
    for copy in ["torn", "unowned"] {
        let refused = admin::backup::verify(&center, &cluster.url(copy)).await;
        assert!(matches!(refused, Err(Error::Backup(_))), "{refused:?}");
    }
    let verified = admin::backup::verify(&center, &cluster.url("whole"))
        .await
        .unwrap();
    assert!(verified.logs >= 1 && verified.entries >= 2, "{verified:?}");
    let row = behind(&url)
        .await
        .query_one(
            "SELECT durable FROM installation WHERE id = $1",
            &[&desk.enrolled.installation.0],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 2);
}

async fn behind(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}
