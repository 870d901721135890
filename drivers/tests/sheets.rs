//! Finding sheets on a desk: some made-up scenes of each family. `cargo xtask prove sheets` tries many
//! more, and those that were held out.

mod scenes;

use drivers::document::page::find::{self, Options};
use scenes::judge::{Tally, Verdict, judge_scene};

/// Scenes of each family; the proof runs forty.
const SCENES: u64 = 1;

#[test]
fn sheets_are_found_and_nothing_is_found_where_there_is_none() {
    let mut tally = Tally::default();
    for family in scenes::all().filter(|family| !family.open) {
        for seed in 0..SCENES {
            let scene = scenes::make(family, seed);
            let quads = find::sheets(&scene.picture, &Options::default());
            let judged = judge_scene(&quads, &scene);
            assert!(
                judged.verdict != Verdict::Wrong,
                "{} #{seed}: {quads:?} where there is no sheet, {judged:?}",
                family.name
            );
            if judged.verdict != Verdict::Right {
                println!("{} #{seed}: {judged:?}", family.name);
            }
            tally.count(&judged, None);
        }
    }
    let verdicts = tally.verdicts;
    assert!(
        tally.share() >= 0.93,
        "right, abstained, wrong: {verdicts:?}"
    );
}
