//! Finds the sheets in a camera's picture: four corners each, or nothing at all when nothing is sure.
//!
//! The picture is looked at small (about 1040 by 780). Writing is taken off it, so that a sheet is an
//! even surface; where luma or colour steps, straight lines are laid; every four lines that may be sides
//! are asked for what a sheet has: a step all along each side, always the same way, that ends at the
//! corners, and calm inside. A wrong quad costs the operator more than none: in doubt there is none.
//!
//! - `coarse`: what is looked at. `text`: writing taken off.
//! - `edges`, `segments`, `lines`: from slopes to lines. `combine`: from lines to quads.
//! - `verify`, `side`: ask the picture. `thing`: what is no sheet. `choose`: one quad for each sheet.
//!   `others`: what a quad is among all. `seam`: two sheets side by side are two. `doubt`, `beyond`:
//!   what is not given after all. `refine`, `vote`, `curve`: to the exact edge.
//! - [`shape`]: plane geometry.
//!
//! Which way up the writing is, is not known here: see `orientation`.

mod beyond;
mod choose;
mod coarse;
mod combine;
mod curve;
mod doubt;
mod edges;
mod lines;
mod others;
mod refine;
mod seam;
mod segments;
pub mod shape;
mod side;
mod text;
mod thing;
mod verify;
mod vote;

use super::{Picture, Point, Quad};
use coarse::Coarse;
use verify::Verified;

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The smallest sheet, as a share of the picture.
    pub area_min: f32,
    /// Sheets given at most.
    pub count_max: usize,
    /// A quad less sure than this is not given.
    pub score_min: f32,
    /// The same for a sheet that a border of the picture cuts.
    pub cut_min: f32,
    /// A sheet on a sheet less sure than this is taken for something printed.
    pub nested_min: f32,
    /// The same for one of a card's shape that lies askew on the other: print seldom does.
    pub card_min: f32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            area_min: 0.012,
            count_max: 8,
            score_min: 0.82,
            cut_min: 0.68,
            nested_min: 0.85,
            card_min: 0.7,
        }
    }
}

/// The sheets in a picture, the most relevant first; empty when none is sure. Corners are in the
/// picture's own pixels, clockwise as seen; one may lie outside the picture when the sheet does.
///
/// Meant for a picture of about 1040 by 780; a larger one is reduced first, which costs more than
/// the search. Bounded in time and memory for any picture.
#[must_use]
pub fn sheets(picture: &Picture, options: &Options) -> Vec<Quad> {
    let Some(coarse) = Coarse::new(picture) else {
        return Vec::new();
    };
    let chosen = choose::choose(&coarse, candidates(&coarse, options), options);
    let quads = chosen
        .iter()
        .filter_map(|v| quad(&coarse, v, &chosen, options));
    quads.take(options.count_max).collect()
}

fn candidates(coarse: &Coarse, options: &Options) -> Vec<Verified> {
    let mut all = Vec::new();
    for channel in &coarse.channels {
        let edges = edges::Edges::of(channel);
        let pieces = segments::of(&edges);
        let walked_max = match all.is_empty() {
            true => lines::WALKED_MAX,
            false => lines::WALKED_MAX / 2,
        };
        all.extend(lines::of(&edges, &pieces, walked_max));
    }
    let lines = lines::strongest(all, coarse.size());
    let combinations = combine::of(&lines, coarse.size(), options.area_min);
    verify::verify(coarse, &combinations, options)
}

/// `None` for a sheet on a sheet whose sides cannot be told from what is written around it.
fn quad(coarse: &Coarse, verified: &Verified, all: &[Verified], options: &Options) -> Option<Quad> {
    const AGREED_MIN: f32 = 0.7;
    let (corners, agreed) = refine::refine(coarse, verified);
    let mut lower = all.iter();
    let nested = lower.any(|other| choose::lies_on(verified, other, options));
    let factor = coarse.factor as f32;
    (!nested || agreed >= AGREED_MIN).then(|| Quad {
        corners: corners.map(|p| Point {
            x: p.x * factor,
            y: p.y * factor,
        }),
        score: verified.score,
        sides: verified.sides.map(|s| s.score()),
        cut: verified.cut,
        nested,
        ground: choose::is_ground(coarse, verified, all, options),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::page::Plane;
    use crate::hostile::Chance;

    /// A light sheet on a dark desk.
    fn one_sheet(width: usize, height: usize) -> Picture {
        let mut y = Plane::filled(width, height, 60);
        for row in height / 5..height * 4 / 5 {
            y.data[row * width + width / 6..row * width + width * 5 / 6].fill(220);
        }
        Picture { y, chroma: None }
    }

    #[test]
    fn a_sheet_is_found_to_a_part_of_a_pixel() {
        let found = sheets(&one_sheet(600, 400), &Options::default());
        let [quad] = found[..] else {
            panic!("{found:?}")
        };
        let truth = [(100.0, 80.0), (500.0, 80.0), (500.0, 320.0), (100.0, 320.0)];
        for (x, y) in truth {
            let p = Point { x, y };
            let near = quad.corners.iter().any(|c| shape::distance(*c, p) < 0.7);
            assert!(near, "no corner near {p:?} in {quad:?}");
        }
        assert!(!quad.cut && !quad.nested);
    }

    fn fill(plane: &mut Plane, [x0, y0, x1, y1]: [usize; 4], value: u8) {
        for y in y0..y1 {
            plane.data[y * plane.width + x0..y * plane.width + x1].fill(value);
        }
    }

    fn gray(y: Plane) -> Picture {
        Picture { y, chroma: None }
    }

    #[test]
    fn two_sheets_a_narrow_gap_apart_are_two() {
        let mut y = Plane::filled(800, 600, 60);
        fill(&mut y, [100, 120, 398, 500], 220);
        fill(&mut y, [403, 120, 700, 500], 220);
        let mut found = sheets(&gray(y), &Options::default());
        found.sort_by(|a, b| a.corners[0].x.total_cmp(&b.corners[0].x));
        assert_eq!(found.len(), 2, "{found:?}");
        let lefts = found.iter().map(|q| {
            let xs = q.corners.map(|c| c.x);
            xs.into_iter().fold(f32::INFINITY, f32::min)
        });
        let mut lefts: Vec<f32> = lefts.collect();
        lefts.sort_by(f32::total_cmp);
        assert!((lefts[0] - 100.0).abs() < 1.0, "{lefts:?}");
        assert!((lefts[1] - 403.0).abs() < 3.0, "{lefts:?}");
    }

    #[test]
    fn a_soft_fold_does_not_part_a_booklet() {
        let mut y = Plane::filled(800, 600, 60);
        fill(&mut y, [100, 120, 700, 500], 220);
        for row in 120..500 {
            for x in 360..440 {
                let far = (x as f32 - 400.0) / 9.0;
                y.data[row * 800 + x] = (220.0 - 100.0 * (-far * far).exp()) as u8;
            }
        }
        let found = sheets(&gray(y), &Options::default());
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_patch_of_light_is_no_sheet_and_paper_in_its_place_is() {
        let picture = |inside: u8, cb: u8, cr: u8| {
            let mut y = Plane::filled(800, 600, 80);
            fill(&mut y, [200, 150, 600, 450], inside);
            let [mut b, mut r] = [112, 142].map(|v| Plane::filled(400, 300, v));
            fill(&mut b, [100, 75, 300, 225], cb);
            fill(&mut r, [100, 75, 300, 225], cr);
            let chroma = Some([b, r]);
            Picture { y, chroma }
        };
        let lit = picture(140, 128 - 28, 128 + 24);
        assert_eq!(sheets(&lit, &Options::default()), []);
        let paper = picture(140, 128, 128);
        assert_eq!(sheets(&paper, &Options::default()).len(), 1);
    }

    #[test]
    fn of_a_sheet_on_a_board_it_is_the_sheet_that_is_given() {
        let mut y = Plane::filled(800, 600, 130);
        fill(&mut y, [100, 80, 700, 520], 70);
        fill(&mut y, [140, 120, 660, 480], 225);
        let found = sheets(&gray(y), &Options::default());
        let [quad] = found[..] else {
            panic!("{found:?}")
        };
        assert!(
            (shape::area(&quad.corners) / (520.0 * 360.0) - 1.0).abs() < 0.02,
            "{quad:?}"
        );
    }

    #[test]
    fn a_gap_that_closes_half_way_leaves_a_doubt_and_no_sheet_is_given() {
        let mut y = Plane::filled(800, 600, 60);
        fill(&mut y, [100, 120, 700, 500], 220);
        for row in 120..300 {
            let half = (300 - row) / 60;
            y.data[row * 800 + 399 - half..row * 800 + 402 + half].fill(60);
        }
        assert_eq!(sheets(&gray(y), &Options::default()), []);
    }

    #[test]
    fn a_band_of_colour_at_a_sheets_end_belongs_to_it() {
        let mut y = Plane::filled(800, 600, 60);
        fill(&mut y, [100, 120, 640, 500], 220);
        fill(&mut y, [640, 120, 700, 500], 84);
        let [mut cb, mut cr] = [128, 128].map(|v| Plane::filled(400, 300, v));
        fill(&mut cb, [320, 60, 350, 250], 150);
        fill(&mut cr, [320, 60, 350, 250], 112);
        let picture = Picture {
            y,
            chroma: Some([cb, cr]),
        };
        let found = sheets(&picture, &Options::default());
        let [quad] = found[..] else {
            panic!("{found:?}")
        };
        let area = shape::area(&quad.corners) / (600.0 * 380.0);
        assert!((area - 1.0).abs() < 0.02, "{quad:?}");
    }

    /// A pale card on a sheet, its faint shadow at two sides.
    #[test]
    fn a_cards_shadow_is_not_taken_for_its_edge() {
        let mut y = Plane::filled(1_000, 760, 60);
        fill(&mut y, [100, 80, 900, 680], 235);
        fill(&mut y, [403, 303, 604, 433], 210);
        fill(&mut y, [400, 300, 600, 428], 215);
        let found = sheets(&gray(y), &Options::default());
        let card = found.iter().find(|quad| quad.nested).expect("the card");
        let truth = [
            (400.0, 300.0),
            (600.0, 300.0),
            (600.0, 428.0),
            (400.0, 428.0),
        ];
        let truth = truth.map(|(x, y)| Point { x, y });
        let overlap = shape::overlap(&card.corners, &truth, (1_000.0, 760.0));
        assert!(overlap > 0.98, "{overlap} {card:?}");
    }

    #[test]
    fn corners_are_in_the_pixels_of_the_picture_that_was_passed() {
        let found = sheets(&one_sheet(3_000, 2_000), &Options::default());
        let [quad] = found[..] else {
            panic!("{found:?}")
        };
        let truth = [
            (500.0, 400.0),
            (2_500.0, 400.0),
            (2_500.0, 1_600.0),
            (500.0, 1_600.0),
        ];
        let truth = truth.map(|(x, y)| Point { x, y });
        assert!(
            shape::overlap(&quad.corners, &truth, (3_000.0, 2_000.0)) > 0.99,
            "{quad:?}"
        );
    }

    #[test]
    fn hostile_pictures_of_any_size_and_content_are_no_danger() {
        let mut chance = Chance::new(5);
        let sides = [0, 1, 2, 3, 47, 48, 49, 97, 160, 333];
        for round in 0..60 {
            let (width, height) = match round {
                0 => (20_000, 1),
                1 => (1, 20_000),
                2 => (6_000, 60),
                3 => (60, 6_000),
                _ => (*chance.of(&sides), *chance.of(&sides)),
            };
            let data = match round % 3 {
                0 => chance.bytes(width * height),
                1 => (0..width * height)
                    .map(|k| (k / 8 % 2 * 255) as u8)
                    .collect(),
                _ => vec![chance.bits() as u8; width * height],
            };
            let y = Plane {
                width,
                height,
                data,
            };
            let chroma = *chance.of(&[
                (width, height),
                (width.div_ceil(2), height.div_ceil(2)),
                (0, 0),
                (1, 1),
            ]);
            let plane = Plane {
                width: chroma.0,
                height: chroma.1,
                data: chance.bytes(chroma.0 * chroma.1),
            };
            let picture = Picture {
                y,
                chroma: Some([plane.clone(), plane]),
            };
            for quad in sheets(&picture, &Options::default()) {
                assert!(
                    quad.corners
                        .iter()
                        .all(|p| p.x.is_finite() && p.y.is_finite())
                );
            }
        }
    }
}
