//! Orders at the station: whose word they are, that they are carried out once, and what stays.

use std::path::Path;

use ed25519_dalek::{Signature, Verifier};

use super::*;
use crate::desk::Desk;
use crate::proof::{code, found_as, identity, installation, now, open, register};

fn centre() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn ours() -> Installation {
    let mut ours = installation();
    ours.centre_key = hex::encode(centre().verifying_key().as_bytes());
    ours
}

fn order(n: u128, what: What) -> Order {
    Order {
        id: Id(uuid::Uuid::from_u128(n)),
        installation: ours().id,
        given_at: now(),
        what,
    }
}

fn signed(order: &Order, key: &SigningKey) -> serde_json::Value {
    let body = serde_json::to_string(order).unwrap();
    let signature = hex::encode(key.sign(&order_message(&body)).to_bytes());
    serde_json::to_value(SignedOrder { body, signature }).unwrap()
}

fn desk(folder: &Path) -> Desk {
    found_as(folder, &ours());
    open(folder)
}

fn obey(desk: &Desk, order: &Order) -> Obeyed {
    desk.store.obey(order, &ours(), now()).unwrap()
}

#[test]
fn only_the_centres_word_for_this_installation_is_an_order() {
    let wipe = order(
        1,
        What::Wipe {
            even_if_unsent: true,
        },
    );
    let good = signed(&wipe, &centre());
    assert_eq!(read(&good, &ours()).unwrap(), Some(wipe.clone()));
    let stranger = signed(&wipe, &SigningKey::from_bytes(&[8; 32]));
    assert_eq!(code(read(&stranger, &ours())), "order.forged");
    let elsewhere = Order {
        installation: Id(uuid::Uuid::from_u128(99)),
        ..wipe.clone()
    };
    assert_eq!(
        code(read(&signed(&elsewhere, &centre()), &ours())),
        "order.forged"
    );
    // One word changed, and a lease's signature in the place of an order's.
    let mut changed = good.clone();
    changed["body"] = good["body"]
        .as_str()
        .unwrap()
        .replace("true", "false")
        .into();
    assert_eq!(code(read(&changed, &ours())), "order.forged");
    let mut lease = good.clone();
    let body = good["body"].as_str().unwrap();
    lease["signature"] =
        hex::encode(centre().sign(&domain::sync::lease_message(body)).to_bytes()).into();
    assert_eq!(code(read(&lease, &ours())), "order.forged");
    assert_eq!(
        code(read(&serde_json::json!({ "kind": "wipe" }), &ours())),
        "order.forged"
    );
    let body = good["body"].as_str().unwrap().replace("wipe", "dance");
    let signature = hex::encode(centre().sign(&order_message(&body)).to_bytes());
    let newer = serde_json::json!({ "body": body, "signature": signature });
    assert_eq!(read(&newer, &ours()).unwrap(), None);
}

#[test]
fn a_resync_forgets_what_the_centre_told_and_nothing_of_ours_and_is_done_once() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path());
    register(&desk, &identity("王示范", 1));
    let before = (
        desk.store.log_at().unwrap(),
        desk.store.unsent().unwrap(),
        desk.count_drafts().unwrap(),
    );
    assert_eq!(before.1.commands, 1);
    let resync = order(1, What::Resync {});
    assert_eq!(obey(&desk, &resync), Obeyed::FeedAgain);
    assert_eq!(desk.store.feed_at().unwrap().seq, 0);
    let after = (
        desk.store.log_at().unwrap(),
        desk.store.unsent().unwrap(),
        desk.count_drafts().unwrap(),
    );
    assert_eq!(before, after);
    assert_eq!(obey(&desk, &resync), Obeyed::Before);
    let reports = desk.store.reports().unwrap();
    assert_eq!((reports.len(), reports[0].state), (1, ReportState::Done));
    // Heard once, it is told no more; and after a restart it is still not done again.
    desk.store.reported(&reports).unwrap();
    drop(desk);
    let desk = open(folder.path());
    assert_eq!(desk.store.reports().unwrap(), []);
    // A centre restored from a backup has forgotten: it is told again, and still not done again.
    assert_eq!(obey(&desk, &resync), Obeyed::Told);
    assert_eq!(desk.store.reports().unwrap(), reports);
    assert_eq!(obey(&desk, &resync), Obeyed::Before);
}

fn wipe(n: u128, even_if_unsent: bool) -> Order {
    order(n, What::Wipe { even_if_unsent })
}

fn settled(desk: &Desk, patience: Patience) -> bool {
    desk.store.settle_wipe(&ours(), now(), patience).unwrap()
}

fn receipt_in(report: &Report) -> Receipt {
    let signed = report.receipt.as_ref().unwrap();
    let key = SigningKey::from_bytes(&ours().log_key).verifying_key();
    let signature = Signature::from_slice(&hex::decode(&signed.signature).unwrap()).unwrap();
    let message = receipt_message(&signed.body);
    assert!(key.verify(&message, &signature).is_ok());
    serde_json::from_str(&signed.body).unwrap()
}

#[test]
fn a_wipe_waits_until_what_is_here_has_been_sent_and_nothing_new_is_taken() {
    for even_if_unsent in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(folder.path());
        register(&desk, &identity("王示范", 1));
        let wipe = wipe(1, even_if_unsent);
        assert_eq!(obey(&desk, &wipe), Obeyed::Begun);
        assert_eq!(obey(&desk, &wipe), Obeyed::Before);
        drop(desk);
        // A restart changes nothing of it.
        let desk = open(folder.path());
        assert_eq!(desk.store.reports().unwrap(), []);
        for admit in [crate::lease::admit_filing, crate::lease::admit_capture] {
            assert_eq!(code(desk.store.write(admit)), "station.wiping");
        }
        assert!(!settled(&desk, Patience::Waits) && desk.store.is_draining().unwrap());
        desk.store.set_acked(1).unwrap();
        assert!(settled(&desk, Patience::Waits) && !desk.store.is_draining().unwrap());
        let reports = desk.store.reports().unwrap();
        let receipt = receipt_in(&reports[0]);
        assert_eq!((receipt.log.last, receipt.unsent.commands), (1, 0));
        // Between receipt and wipe nothing is taken that would be lost unseen.
        let refused = desk.store.write(crate::lease::admit_filing);
        assert_eq!(code(refused), "station.wiping");
        assert!(!desk.store.must_wipe().unwrap(), "the receipt is owed");
        desk.store.reported(&reports).unwrap();
        assert!(desk.store.must_wipe().unwrap());
    }
}

#[test]
fn what_does_not_get_on_is_lost_with_a_wipe_only_if_the_order_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path());
    register(&desk, &identity("王示范", 1));
    obey(&desk, &wipe(1, false));
    assert!(!settled(&desk, Patience::NoLine), "the stick has to arrive");
    assert!(settled(&desk, Patience::Over));
    let refused = desk.store.reports().unwrap().remove(0);
    assert_eq!(refused.code.as_deref(), Some("order.unsent"));
    assert_eq!(
        (refused.state, refused.receipt),
        (ReportState::Failed, None)
    );
    assert!(!desk.store.must_wipe().unwrap());
    // The counter goes on.
    register(&desk, &identity("王示范", 2));

    obey(&desk, &wipe(2, true));
    assert!(settled(&desk, Patience::NoLine));
    let receipt = receipt_in(&desk.store.reports().unwrap()[1]);
    let log = desk.store.log_at().unwrap();
    assert_eq!((receipt.unsent.commands, receipt.log), (2, log));
}

#[test]
fn an_order_that_is_taken_back_stops_what_can_still_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path());
    register(&desk, &identity("王示范", 1));
    let take_back = |n: u128, withdrawn: u128| {
        let withdrawn = Id(uuid::Uuid::from_u128(withdrawn));
        obey(&desk, &order(n, What::Withdraw { order: withdrawn }))
    };
    let told = || {
        let reports = desk.store.reports().unwrap();
        desk.store.reported(&reports).unwrap();
        let told = reports
            .into_iter()
            .map(|report| (report.order.0.as_u128(), report.code));
        told.collect::<Vec<_>>()
    };
    let withdrawn = |n: u128| vec![(n, Some("order.withdrawn".to_owned()))];
    obey(&desk, &order(1, away()));
    obey(&desk, &wipe(2, false));
    // A wipe goes before a move, and each is stopped by its own word alone.
    assert_eq!(take_back(3, 2), Obeyed::Told);
    assert_eq!(told(), withdrawn(2));
    assert!(!desk.store.is_draining().unwrap());
    let refused = desk.store.write(crate::lease::admit_filing);
    assert_eq!(code(refused), "station.moving");
    assert_eq!(take_back(4, 1), Obeyed::Told);
    assert_eq!(take_back(4, 1), Obeyed::Before, "it is told already");
    assert_eq!(told(), withdrawn(1));
    desk.store.write(crate::lease::admit_filing).unwrap();
    desk.store.set_acked(1).unwrap();
    assert_eq!(desk.store.may_move().unwrap(), None);
    // The answer was lost: it is told once more.
    assert_eq!(take_back(4, 1), Obeyed::Told);
    assert_eq!(told(), withdrawn(1));
    // One that never came is not carried out when it comes late, on a stick.
    assert_eq!(take_back(6, 5), Obeyed::Told);
    assert_eq!(told(), withdrawn(5));
    obey(&desk, &wipe(5, true));
    assert!(!desk.store.must_wipe().unwrap() && !desk.store.is_draining().unwrap());
    // What was carried out stays so.
    obey(&desk, &order(7, What::Resync {}));
    assert_eq!(take_back(8, 7), Obeyed::Before);
    assert_eq!(
        desk.store.reports().unwrap().last().unwrap().state,
        ReportState::Done
    );
}

fn away() -> What {
    What::Remap {
        community: domain::Division("320390002002".to_owned()),
        community_name: "示范二社区".to_owned(),
        code: "ABCD-EFGH".to_owned(),
        with_staff: false,
    }
}

#[test]
fn a_machine_that_is_moving_still_says_what_it_did_and_wipes_only_once_its_receipt_was_heard() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path());
    obey(&desk, &order(1, away()));
    assert_eq!(desk.store.reports().unwrap(), []);
    obey(&desk, &order(2, What::LogExtract {}));
    obey(&desk, &wipe(3, true));
    let mut reports = desk.store.reports().unwrap();
    assert_eq!(reports.len(), 2);
    let receipt = reports.remove(1);
    assert!(receipt.receipt.is_some());
    desk.store.reported(&reports).unwrap();
    assert!(!desk.store.must_wipe().unwrap(), "the receipt is owed");
    desk.store.reported(&[receipt]).unwrap();
    assert!(desk.store.must_wipe().unwrap());
}

#[test]
fn an_extract_names_kinds_and_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path());
    register(&desk, &identity("王示范", 1));
    obey(&desk, &order(1, What::LogExtract {}));
    let text = desk.store.reports().unwrap().remove(0).text.unwrap();
    assert!(
        text.starts_with("yizhan ") && text.contains(" audit case.submitted"),
        "{text}"
    );
    let staff = crate::proof::staff();
    assert!(
        !text.contains(&staff.name) && !text.contains(&staff.id.to_string()),
        "{text}"
    );
    assert!(text.len() <= domain::order::EXTRACT_BYTES);
}
