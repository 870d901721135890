//! A row of the database that cannot be read: whose it is waits, everybody else does not.

use domain::Outcome;

use crate::acts::{identity, registration};
use crate::desk::{Desk, codes};
use crate::support::{City, STATION_A, config, soon};

#[tokio::test]
async fn a_case_that_cannot_be_read_holds_its_own_command_and_no_other_until_it_is_mended() {
    let city = City::start("rotten").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let staff = desk.staff.clone();
    let who = identity("王示范", "1980-05-05", 1);
    desk.file(&registration(&staff, who.clone())).await;
    let behind = city.behind().await;
    let rot = "WITH was AS (SELECT id, body FROM cases)
         UPDATE cases SET body = '{\"half' FROM was WHERE cases.id = was.id RETURNING was.body";
    let body: String = behind.query_one(rot, &[]).await.unwrap().get(0);

    // One batch, with the one that fails in its middle.
    let before = registration(&staff, identity("李样本", "1981-05-05", 1));
    let again = registration(&staff, who);
    let after = registration(&staff, identity("张样本", "1982-05-05", 1));
    let batch = [&before, &again, &after].map(|command| desk.write(command));
    assert_eq!(desk.push(&batch).await, Ok(4));
    desk.pull().await;
    assert_eq!(desk.outcome(before.id), Some(Outcome::Accepted));
    assert_eq!(desk.outcome(after.id), Some(Outcome::Accepted));
    let held = desk.outcome(again.id).unwrap();
    assert_eq!(codes(&held), ["command.poisonous"]);
    let told = desk.feed.seq;

    // Another look at it while the row is as it was tells nothing anew.
    let City { running, url, dir } = city;
    running.stop().await;
    let open = || center::Center::start(config(dir.path(), &url));
    let running = open().await.unwrap();
    desk.turn_to(&running);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    desk.pull().await;
    assert_eq!(desk.feed.seq, told);
    running.stop().await;

    let mend = "UPDATE cases SET body = $1 WHERE body = '{\"half'";
    assert_eq!(behind.execute(mend, &[&body]).await.unwrap(), 1);
    let running = open().await.unwrap();
    desk.turn_to(&running);
    let desk = tokio::sync::Mutex::new(desk);
    let decided = || async {
        let mut desk = desk.lock().await;
        desk.pull().await;
        desk.outcome(again.id)
            .filter(|outcome| !matches!(outcome, Outcome::Held { .. }))
    };
    let decided = soon(decided).await;
    assert_eq!(codes(&decided), ["person.already_registered"]);
    running.stop().await;
}

#[tokio::test]
async fn with_another_data_key_nothing_is_taken_and_nothing_is_held() {
    let city = City::start("wrong_key").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let staff = desk.staff.clone();
    let who = identity("王示范", "1980-05-05", 1);
    desk.file(&registration(&staff, who.clone())).await;
    assert_eq!(city.health().await.1["key"], "ok");
    let behind = city.behind().await;
    let City { running, url, dir } = city;
    running.stop().await;
    let (key, kept) = (
        dir.path().join("keys/data.key"),
        dir.path().join("data.key"),
    );
    std::fs::rename(&key, &kept).unwrap();

    // Also where the database does not name its key yet.
    let again = desk.write(&registration(&staff, who));
    for unnamed in [false, true] {
        if unnamed {
            behind.execute("DELETE FROM data_key", &[]).await.unwrap();
        }
        let running = center::Center::start(config(dir.path(), &url))
            .await
            .unwrap();
        desk.turn_to(&running);
        let refused = desk.push(std::slice::from_ref(&again)).await.unwrap_err();
        assert_eq!(refused.code, "centre.wrong_key");
        let (url, dir) = (url.clone(), tempfile::tempdir().unwrap());
        let city = City { running, url, dir };
        let (status, health) = city.health().await;
        assert_eq!((status, &health["key"]), (503, &"centre.wrong_key".into()));
        city.running.stop().await;
    }
    std::fs::rename(&kept, &key).unwrap();
    let running = center::Center::start(config(dir.path(), &url))
        .await
        .unwrap();
    desk.turn_to(&running);
    assert_eq!(desk.push(std::slice::from_ref(&again)).await, Ok(2));
    let held = "SELECT count(*) FROM held";
    let held: i64 = behind.query_one(held, &[]).await.unwrap().get(0);
    assert_eq!(held, 0);
    running.stop().await;
}
