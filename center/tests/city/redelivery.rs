//! Drops, duplicates, reordering, forks and conflicts: the same state in the end, or a clear no.

use domain::sync::{FeedAt, Pull, PullReply};
use domain::{Change, Outcome};

use crate::acts::{identity, registration};
use crate::desk::{Desk, codes};
use crate::support::{City, STATION_A};

#[tokio::test]
async fn pushes_in_any_order_and_number_come_to_the_same() {
    let city = City::start("redelivery").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let commands: Vec<_> = (1..=6)
        .map(|n| registration(&desk.staff, identity("王示范", "1980-05-05", n)))
        .collect();
    let entries: Vec<_> = commands.iter().map(|command| desk.write(command)).collect();
    let late = desk.push(&entries[3..]).await.unwrap_err();
    assert_eq!((late.code.as_str(), late.acked), ("log.gap", Some(0)));
    assert_eq!(desk.push(&entries[..2]).await, Ok(2));
    assert_eq!(desk.push(&entries[..2]).await, Ok(2), "a lost answer");
    assert_eq!(desk.push(&entries[1..4]).await, Ok(4), "an overlap");
    assert_eq!(desk.push(&entries[..1]).await, Ok(4), "an old one, late");
    assert_eq!(desk.push(&entries).await, Ok(6));
    desk.pull().await;
    for command in &commands {
        assert_eq!(desk.outcome(command.id), Some(Outcome::Accepted));
    }
    assert_eq!(desk.state.cases.items.len(), 6);
    assert_eq!(city.count("SELECT count(*) FROM cases").await, 6);
    assert_eq!(city.count("SELECT count(*) FROM person").await, 6);
    // What was sent again is no work that was done.
    let accepted = "yizhan_commands_total{outcome=\"accepted\"}";
    assert_eq!(city.metric(accepted).await, 6.0);
    let gap = "yizhan_requests_total{port=\"station\",status=\"409\"}";
    assert_eq!(city.metric(gap).await, 1.0);
    assert_eq!(city.health().await.0, 200);
}

#[tokio::test]
async fn a_large_push_is_one_transaction_and_one_beyond_the_limit_is_refused() {
    let city = City::start("large").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let days = (1..=3).flat_map(|d| (1..=100).map(move |n| (format!("1980-05-0{d}"), n)));
    let who = days.map(|(birth, n)| identity("王示范", &birth, n));
    let commands: Vec<_> = who.map(|who| registration(&desk.staff, who)).collect();
    let entries: Vec<_> = commands.iter().map(|command| desk.write(command)).collect();
    let beyond = vec![entries[0].clone(); domain::sync::PUSH_LIMIT + 1];
    let refused = desk.push(&beyond).await.unwrap_err();
    assert_eq!(refused.code, "request.too_large");
    assert_eq!(desk.push(&entries).await, Ok(300));
    assert_eq!(city.count("SELECT count(*) FROM cases").await, 300);
    let written_by = "SELECT count(DISTINCT xmin::text) FROM fact";
    assert_eq!(city.count(written_by).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_sees_one_moment_while_another_desk_files() {
    let city = City::start("one_moment").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let mut beside = Desk::open_as(&city, STATION_A, desk.staff.clone()).await;
    let files = tokio::spawn(async move {
        for n in 1..=100 {
            let command = registration(&beside.staff, identity("王示范", "1980-05-05", n));
            let entry = beside.write(&command);
            beside.push(&[entry]).await.unwrap();
        }
    });
    // Each answer is looked at: an empty one ends where the feed does.
    while !files.is_finished() {
        desk.pull().await;
    }
    files.await.unwrap();
    desk.pull().await;
    assert_eq!(desk.state.cases.items.len(), 100);
}

#[tokio::test]
async fn a_position_has_one_link_and_a_command_one_content() {
    let city = City::start("conflicts").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let first = registration(&desk.staff, identity("王示范", "1980-05-05", 1));
    let before = desk.last.clone();
    let entry = desk.write(&first);
    assert_eq!(desk.push(std::slice::from_ref(&entry)).await, Ok(1));
    let after = desk.last.clone();

    desk.last = before;
    let other = registration(&desk.staff, identity("李样本", "1981-05-05", 1));
    let fork = desk.write(&other);
    let refused = desk.push(&[fork]).await.unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.acked),
        ("log.fork", Some(1))
    );

    desk.last = after.clone();
    let good = desk.write(&other);
    let mut changed = first.clone();
    changed.catalogue = "other".into();
    let conflict = desk.write(&changed);
    let content = domain::sync::sha256_hex(conflict.body.as_bytes());
    let again = desk.write(&changed);
    let page = [good, conflict, again];
    assert_eq!(desk.push(&page).await, Ok(3 + 1), "the log moves on");
    desk.pull().await;
    let answers: Vec<_> = desk.facts.iter().filter(|f| f.entity == first.id).collect();
    let rejected: Vec<_> = answers
        .iter()
        .filter_map(|fact| match &fact.change {
            Change::Decided {
                outcome,
                content: Some(content),
            } => Some((codes(outcome), content.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(
        rejected,
        [(vec!["command.other_content"], content)],
        "told once, of that content alone"
    );

    desk.last.link = "11".repeat(32);
    let mut forged = desk.write(&registration(&desk.staff, identity("张", "1982-05-05", 1)));
    assert_eq!(
        desk.push(&[forged.clone()]).await.unwrap_err().code,
        "log.signature"
    );
    forged.signature = "00".repeat(64);
    assert_eq!(
        desk.push(&[forged]).await.unwrap_err().code,
        "log.signature"
    );
    let accepted = "SELECT count(*) FROM command WHERE state = 'accepted'";
    assert_eq!(city.count(accepted).await, 2, "the first stands");
    let kept = "SELECT count(*) FROM command WHERE state = 'rejected'";
    assert_eq!(city.count(kept).await, 1, "its words are kept");
}

#[tokio::test]
async fn the_same_command_at_a_new_position_acts_once() {
    let city = City::start("redelivered_anew").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let first = registration(&desk.staff, identity("王示范", "1980-05-05", 1));
    let entries = [desk.write(&first), desk.write(&first)];
    assert_eq!(desk.push(&entries).await, Ok(2));
    let again = desk.write(&first);
    assert_eq!(desk.push(&[again]).await, Ok(3));
    desk.pull().await;
    assert_eq!(desk.outcome(first.id), Some(Outcome::Accepted));
    assert_eq!(city.count("SELECT count(*) FROM cases").await, 1);
}

#[tokio::test]
async fn a_feed_that_differs_is_not_continued() {
    let city = City::start("feed_differs").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    desk.file(&registration(
        &desk.staff.clone(),
        identity("王示范", "1980-05-05", 1),
    ))
    .await;
    for after in [
        FeedAt {
            seq: 1,
            sum: "00".repeat(16),
        },
        FeedAt {
            seq: 10_000,
            sum: desk.feed.sum.clone(),
        },
    ] {
        let pull = Pull { after, limit: 10 };
        let refused: Result<PullReply, _> = desk.post("/pull", &pull).await;
        assert_eq!(refused.unwrap_err().code, "feed.differs");
    }
}

#[tokio::test]
async fn what_stations_may_not_say_is_refused_and_what_nobody_can_read_is_held() {
    let city = City::start("gate").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let who = || identity("王示范", "1980-05-05", 1);
    let mut elsewhere = registration(&desk.staff, who());
    crate::acts::filing(&mut elsewhere).community.0 = "320302001006".into();
    assert_eq!(codes(&desk.file(&elsewhere).await), ["act.wrong_place"]);

    let case = domain::Id(uuid::Uuid::now_v7());
    let act = domain::Act::PagesStored { case };
    let own_review = crate::acts::command(&desk.staff, act);
    assert_eq!(
        codes(&desk.file(&own_review).await),
        ["act.not_for_stations"]
    );

    let mut stranger = desk.staff.clone();
    stranger.id = domain::Id(uuid::Uuid::now_v7());
    let unknown = registration(&stranger, who());
    assert_eq!(codes(&desk.file(&unknown).await), ["staff.not_allowed"]);

    let id = domain::Id(uuid::Uuid::now_v7());
    let newer = desk.write_body(
        id,
        format!(r#"{{"id":"{id}","act":{{"kind":"teleport"}}}}"#),
    );
    assert_eq!(desk.push(&[newer]).await, Ok(4));
    desk.pull().await;
    assert_eq!(codes(&desk.outcome(id).unwrap()), ["command.unreadable"]);
    assert_eq!(
        desk.file(&registration(&desk.staff.clone(), who())).await,
        Outcome::Accepted
    );
}

#[tokio::test]
async fn a_poisonous_command_is_held_and_blocks_nobody() {
    let city = City::start("poison").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let mut commands: Vec<_> = (1..=3)
        .map(|n| registration(&desk.staff, identity("王示范", "1980-05-05", n)))
        .collect();
    // PostgreSQL keeps no NUL in a text: the decider accepts this one, the store cannot.
    crate::acts::filing(&mut commands[1]).serial = "a\0b".into();
    commands[2].after = Some(commands[1].id);
    let entries: Vec<_> = commands.iter().map(|command| desk.write(command)).collect();
    assert_eq!(desk.push(&entries).await, Ok(3));
    desk.pull().await;
    assert_eq!(desk.outcome(commands[0].id), Some(Outcome::Accepted));
    assert_eq!(
        codes(&desk.outcome(commands[1].id).unwrap()),
        ["command.poisonous"]
    );
    assert_eq!(
        codes(&desk.outcome(commands[2].id).unwrap()),
        ["command.waits"]
    );

    let mut repaired = registration(&desk.staff, identity("王示范", "1980-05-05", 2));
    repaired.replaces = Some(commands[1].id);
    assert_eq!(desk.file(&repaired).await, Outcome::Accepted);
    desk.pull().await;
    assert_eq!(
        codes(&desk.outcome(commands[1].id).unwrap()),
        ["command.replaced"]
    );
    assert_eq!(
        desk.outcome(commands[2].id),
        Some(Outcome::Accepted),
        "its wait is over"
    );
    assert_eq!(city.count("SELECT count(*) FROM held").await, 0);
}
