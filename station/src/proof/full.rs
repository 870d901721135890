//! A full disk: said as such, nothing lost, and the form can still be saved once there is room.

use super::*;

#[test]
fn a_full_disk_loses_neither_what_was_saved_nor_the_form() {
    let folder = founded();
    let desk = open(folder.path());
    let first = register(&desk, &identity("王示范", 1));
    let draft = hardship_draft(&desk, &identity("李样本", 3));
    // Long enough that a command needs pages of its own.
    let mut long = draft.answers.clone();
    long.insert("situation".into(), "说".repeat(990));
    long.insert("visit_opinion".into(), "见".repeat(990));
    desk.save_answers(draft.draft, long.clone(), now()).unwrap();
    desk.store.pretend_full(true);
    let mut refused = Vec::new();
    for order in 10..60 {
        let outcome = desk.open_draft(HARDSHIP, card(&identity("赵示范", order)), now());
        refused.extend(outcome.err().map(|error| error.code().to_owned()));
    }
    assert!(refused.len() > 10, "the disk was full");
    let full = |code: &String| code == "store.disk_full";
    assert!(refused.iter().all(full), "{refused:?}");
    assert_eq!(code(desk.submit(draft.draft, now())), "store.disk_full");
    let kept = desk.get_draft(draft.draft, now()).unwrap();
    assert_eq!(kept.answers, long);
    assert!(desk.get_case(first.case, now()).is_ok());
    assert_eq!(desk.store.log_at().unwrap().last, 1);
    desk.store.pretend_full(false);
    desk.submit(draft.draft, now()).unwrap();
    drop(desk);
    assert_eq!(open(folder.path()).store.log_at().unwrap().last, 2);
}
