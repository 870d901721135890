//! Choosing a backup, and who opens it where.

use crypto::code::PrintedCode;
use tempfile::TempDir;

use super::*;
use crate::desk::Desk;
use crate::door::{enter, keys_of, look};
use crate::proof::{LOGIN, PASSWORD, founded, hardship_draft, identity, now, shelf};
use crate::storage::Places;
use crate::view::Door;

const NEW: &str = "a new password 新";

struct Backed {
    station: TempDir,
    backup: PathBuf,
    code: PrintedCode,
    cases: u64,
}

/// A station with a case, a printed code and a backup; closed.
fn backed_up() -> Backed {
    let station = founded();
    let folder = station.path();
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let desk = &entered.desk;
    let draft = hardship_draft(desk, &identity("王示范", 1)).draft;
    desk.submit(draft, now()).unwrap();
    let code = PrintedCode::random();
    let mut file = keys_of(folder).unwrap();
    file.set_printed(&code, &entered.held, now()).unwrap();
    file.save(folder).unwrap();
    let source = backup::Source {
        folder,
        store: &desk.store,
        blobs: &desk.blobs,
        installation: &desk.installation,
        keys: &desk.keys,
    };
    let places = Places::load(folder);
    let made = backup::make(&source, &places.backups_of(folder), &places, now()).unwrap();
    let cases = made.manifest.log.last;
    assert!(cases > 0);
    drop(entered);
    Backed {
        backup: made.folder,
        station,
        code,
        cases,
    }
}

fn restored(station: &Path, way: &Way) -> Result<(Rebuilt, String)> {
    restore(station, way, shelf().catalog.clone(), now(), &|_| {})
}

fn cases(desk: &Desk) -> u64 {
    desk.store.log_at().unwrap().last
}

fn code_of<T>(outcome: Result<T>) -> String {
    let error = outcome.err().expect("it is refused");
    error.code().to_owned()
}

#[test]
fn on_a_new_computer_the_printed_code_opens_it_and_a_password_does_not() {
    let backed = backed_up();
    let new = tempfile::tempdir().unwrap();
    let station = new.path();
    let chosen_one = choose(station, &backed.backup).unwrap();
    assert_eq!(chosen(station), Some(chosen_one), "after a new start too");
    assert_eq!(look(station), Door::Enrol, "nothing has changed yet");
    assert!(!opens_by_password(station));
    let by_password = Way::Password {
        login: LOGIN,
        password: PASSWORD,
        card: None,
    };
    let told = code_of(restored(station, &by_password));
    assert_eq!(told, "keys.machine_lost");
    let wrong = PrintedCode::random().to_text();
    let printed = |code, password| Way::Printed {
        code,
        login: LOGIN,
        password,
    };
    let told = code_of(restored(station, &printed(&wrong, NEW)));
    assert_eq!(told, "recovery.wrong_printed_code");
    let right = backed.code.to_text();
    let told = code_of(restored(station, &printed(&right, "short")));
    assert_eq!(told, "auth.weak_password");
    assert_eq!(
        look(station),
        Door::Enrol,
        "a failure leaves nothing behind"
    );

    let (rebuilt, login) = restored(station, &printed(&right, NEW)).unwrap();
    assert_eq!((rebuilt.log_last, login.as_str()), (backed.cases, LOGIN));
    assert!(
        !rebuilt.is_complete,
        "the centre has to say how far it goes"
    );
    assert_eq!(chosen(station), None);
    let entered = enter(station, LOGIN, NEW, None, &shelf(), now()).unwrap();
    assert_eq!(cases(&entered.desk), backed.cases);
    assert!(entered.desk.store.restored_last().unwrap().is_some());
}

#[test]
fn on_its_own_computer_a_password_opens_it_and_the_old_files_are_kept() {
    let backed = backed_up();
    let station = backed.station.path();
    let database = station.join(STORE);
    std::fs::write(&database, b"not a database").unwrap();
    choose(station, &backed.backup).unwrap();
    assert!(opens_by_password(station));
    let wrong = Way::Password {
        login: LOGIN,
        password: "wrong password",
        card: None,
    };
    assert_eq!(code_of(restored(station, &wrong)), "auth.wrong_password");
    assert_eq!(std::fs::read(&database).unwrap(), b"not a database");
    let right = Way::Password {
        login: LOGIN,
        password: PASSWORD,
        card: None,
    };
    let (rebuilt, _) = restored(station, &right).unwrap();
    assert!(rebuilt.is_complete, "the journal is there to prove it");
    let kept = rebuilt.kept.expect("the damaged file is kept");
    assert_eq!(std::fs::read(kept).unwrap(), b"not a database");
    let names = std::fs::read_dir(station).unwrap().flatten();
    let keys = names.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.starts_with("keys.json.kept-")
    });
    assert_eq!(keys.count(), 1);
    let entered = enter(station, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    assert_eq!(cases(&entered.desk), backed.cases);
}

#[test]
fn what_is_no_good_backup_of_this_station_is_not_taken_up() {
    let backed = backed_up();
    let new = tempfile::tempdir().unwrap();
    let folder = new.path().join("empty");
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(code_of(choose(new.path(), &folder)), "restore.not_a_backup");
    // A station that is another one keeps what it is.
    let other = founded();
    let mut public = PublicPart::load(other.path()).unwrap();
    public.id = domain::Id(uuid::Uuid::from_u128(99));
    public.save(other.path()).unwrap();
    let told = code_of(choose(other.path(), &backed.backup));
    assert_eq!(told, "restore.another_station");
    // A bit of the database turned on the stick.
    let database = backed.backup.join(STORE);
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[5_000] ^= 1;
    std::fs::write(&database, &bytes).unwrap();
    let told = code_of(choose(new.path(), &backed.backup));
    assert_eq!(told, "backup.damaged");
    assert_eq!(chosen(new.path()), None);
    // The stick is pulled out after it was chosen.
    bytes[5_000] ^= 1;
    std::fs::write(&database, &bytes).unwrap();
    choose(new.path(), &backed.backup).unwrap();
    std::fs::rename(&backed.backup, backed.backup.with_extension("away")).unwrap();
    let right = backed.code.to_text();
    let way = Way::Printed {
        code: &right,
        login: LOGIN,
        password: NEW,
    };
    assert_eq!(code_of(restored(new.path(), &way)), "restore.away");
}
