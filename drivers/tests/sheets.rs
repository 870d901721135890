//! Finding sheets on a desk: some made-up scenes of each family. `cargo xtask prove sheets` tries many
//! more, and those that were held out.

mod scenes;

use drivers::document::page::find::{self, Options};
use scenes::FAMILIES;
use scenes::judge::{Tally, Verdict, judge_scene};

/// Scenes of each family; the proof runs forty.
const SCENES: u64 = 1;

#[test]
fn sheets_are_found_and_nothing_is_found_where_there_is_none() {
    let mut tally = Tally::default();
    for family in &FAMILIES {
        for seed in 0..SCENES {
            let scene = scenes::make(family, seed);
            let quads = find::sheets(&scene.picture, &Options::default());
            let (verdict, overlap) = judge_scene(&quads, &scene);
            let wrong = family.empty && verdict == Verdict::Wrong;
            assert!(
                !wrong,
                "{} #{seed}: {quads:?} where there is no sheet",
                family.name
            );
            if verdict != Verdict::Right {
                println!("{} #{seed}: {verdict:?}, overlap {overlap:.3}", family.name);
            }
            tally.count(family.name, verdict);
        }
    }
    let [right, abstained, wrong] = tally.sum(|_| true);
    let share = right as f32 / (right + abstained + wrong) as f32;
    assert!(
        share >= 0.93,
        "{right} right, {abstained} abstained, {wrong} wrong"
    );
}
