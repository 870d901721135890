//! The catalogue, and the one that takes its place: from a day on, it asks one question more.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;
use domain::bundle::FOLDERS;
use domain::case::Answers;
use domain::{Catalog, Outcome};
use tests::desk::{REGISTRATION, answers};

/// What is filed.
pub const BUSINESS: &str = "unemployment_registration";
/// What the other catalogue asks for, beside all else.
pub const FIELD: &str = "heard_of_us";
/// From when on.
const SINCE: &str = "2026-11-23";

/// Both.
struct Both {
    first: Arc<Catalog>,
    other: Arc<Catalog>,
}

fn both() -> &'static Both {
    static BOTH: OnceLock<Both> = OnceLock::new();
    BOTH.get_or_init(|| {
        let mut files = Vec::new();
        for (folder, _) in FOLDERS.iter().filter(|(folder, _)| *folder != "policy") {
            read(folder, &mut files);
        }
        let path = format!("businesses/{BUSINESS}.toml");
        let text = files.iter().find(|(name, _)| *name == path);
        let text = text.expect("the business").1.clone();
        let load = |files: &[_]| Arc::new(Catalog::load(files).expect("the catalogue"));
        let first = load(&files);
        let field = format!(
            "[[section.field]]\nid = \"{FIELD}\"\ntitle = {{ zh = \"从何得知\", en = \"Heard of us\" }}\n\
             kind = \"line\"\nrequired = true\n\n"
        );
        let background = "[[section]]\nid = \"background\"";
        let next = text
            .replace(background, &format!("{field}{background}"))
            .replace("valid_from = \"2023-02-01\"", &format!("valid_from = \"{SINCE}\""));
        assert!(next.contains(FIELD) && next.contains(SINCE));
        files.push((format!("businesses/{BUSINESS}_next.toml"), next));
        let other = load(&files);
        Both { first, other }
    })
}

fn read(folder: &str, files: &mut Vec<(String, String)>) {
    let at = Path::new(tests::desk::CATALOG).join(folder);
    let Ok(listed) = std::fs::read_dir(at) else {
        return;
    };
    for file in listed.filter_map(Result::ok) {
        let name = file.file_name().into_string().expect("a name");
        let text = std::fs::read_to_string(file.path()).expect("a file");
        files.push((format!("{folder}/{name}"), text));
    }
}

/// The catalogue at the beginning.
pub fn first() -> Arc<Catalog> {
    Arc::clone(&both().first)
}

/// The one that takes its place.
pub fn other() -> Arc<Catalog> {
    Arc::clone(&both().other)
}

/// The one that is named.
pub fn named(hash: &str) -> Arc<Catalog> {
    match both().other.hash == hash {
        true => other(),
        false => first(),
    }
}

/// A form as a catalogue asks for it on a day.
pub fn form(catalog: &Catalog, day: NaiveDate) -> Answers {
    let business = catalog.find_business(BUSINESS, day).expect("the business");
    let mut fields = business.sections.iter().flat_map(|section| &section.fields);
    let mut form = answers(REGISTRATION);
    if fields.any(|field| field.id == FIELD) {
        form.insert(FIELD.to_owned(), "告示".to_owned());
    }
    form
}

/// Whether a command failed by what was not asked when it was made, and by nothing else.
pub fn is_failed_by_the_form(outcome: &Outcome) -> bool {
    let Outcome::Rejected { reasons } = outcome else {
        return false;
    };
    reasons.iter().all(|reason| reason.code == "answer.missing")
}
