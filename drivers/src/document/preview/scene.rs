//! A frame as a coarse grid of luma: enough to tell a hand that moves, a page that was turned and a
//! page that lies where it lay. Light that grows or fades over the whole desk is no change.

use crate::document::page::Plane;

/// Cells in a row and in a column.
const CELLS: (usize, usize) = (64, 48);
/// A cell is another when its mean differs by more than this, levels. Noise averages out in a cell
/// (some 250 pixels of a preview), print does not: a line of text changes it by ten and more.
const LEVELS: f32 = 6.0;

/// The grid: means of the cells, row by row, scaled so that all of them together have one mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene(Vec<f32>);

impl Scene {
    /// The grid of a picture, of any size.
    #[must_use]
    pub fn of(luma: &Plane) -> Scene {
        let mut cells = Vec::with_capacity(CELLS.0 * CELLS.1);
        for row in 0..CELLS.1 {
            let rows = part(luma.height, row, CELLS.1);
            for column in 0..CELLS.0 {
                let columns = part(luma.width, column, CELLS.0);
                let sum: u64 = rows
                    .clone()
                    .map(|y| {
                        let cell = &luma.row(y)[columns.clone()];
                        cell.iter().map(|&level| u64::from(level)).sum::<u64>()
                    })
                    .sum();
                cells.push(sum as f32 / (rows.len() * columns.len()).max(1) as f32);
            }
        }
        let mean = cells.iter().sum::<f32>() / cells.len() as f32;
        // A camera with its cap on has nothing to scale.
        let gain = if mean > 4.0 { 128.0 / mean } else { 1.0 };
        cells.iter_mut().for_each(|cell| *cell *= gain);
        Scene(cells)
    }

    /// Which share of the cells differs, 0 to 1.
    #[must_use]
    pub fn change(&self, other: &Scene) -> f32 {
        let pairs = self.0.iter().zip(&other.0);
        let changed = pairs.filter(|(a, b)| (**a - **b).abs() > LEVELS).count();
        changed as f32 / self.0.len() as f32
    }
}

/// The samples of part `n` of `parts`; each has one at least, where there is one.
fn part(len: usize, n: usize, parts: usize) -> std::ops::Range<usize> {
    let begin = (n * len / parts).min(len.saturating_sub(1));
    begin..((n + 1) * len / parts).max(begin + 1).min(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A desk of 80 with a page of 220 whose lines of text depend on `text`.
    fn page(text: usize, gain: f32) -> Plane {
        let mut plane = Plane::filled(1040, 780, 0);
        for y in 0..780 {
            for x in 0..1040 {
                let on_page = (300..740).contains(&x) && (80..700).contains(&y);
                let ink = on_page && y % 20 < 7 && (x * (y / 20 + text) / 7) % 5 < 2;
                let level = match (ink, on_page) {
                    (true, _) => 60.0,
                    (_, true) => 200.0,
                    _ => 80.0,
                };
                plane.data[y * 1040 + x] = (level * gain) as u8;
            }
        }
        plane
    }

    #[test]
    fn a_page_is_told_from_another_in_the_same_place_and_not_from_itself_in_other_light() {
        let one = Scene::of(&page(1, 1.0));
        assert!(one.change(&Scene::of(&page(1, 0.8))) < 0.002);
        let other = one.change(&Scene::of(&page(2, 1.0)));
        assert!(other > 0.05, "{other}");
    }

    #[test]
    fn a_hand_is_a_change_of_its_own_size() {
        let mut hand = page(1, 1.0);
        for y in 500..780 {
            hand.data[y * 1040 + 600..][..200].fill(140);
        }
        let change = Scene::of(&page(1, 1.0)).change(&Scene::of(&hand));
        assert!((0.03..0.3).contains(&change), "{change}");
    }

    #[test]
    fn a_picture_smaller_than_the_grid_and_an_empty_one_have_a_grid_too() {
        for (width, height) in [(1, 1), (5, 3), (0, 0), (64, 48)] {
            let scene = Scene::of(&Plane::filled(width, height, 90));
            assert!(scene.change(&scene) < f32::EPSILON);
        }
    }
}
