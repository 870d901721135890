//! Which of the sheets in a picture become pages, and in which order.
//!
//! A sheet is a page; so is a card that lies on a blank sheet, which then is only the ground it lies
//! on. What lies on a written sheet belongs to it: most often it is a copy of a card, and a letter
//! with a card clipped to it is one document. The order is that of reading: rows from the top, each
//! from the left.

use super::quad::Quad;
use super::{Point, find::shape};

/// The quads that become pages, as places in `quads`, in the order of reading. None only of none.
#[must_use]
pub fn documents(quads: &[Quad]) -> Vec<usize> {
    let mut meant: Vec<usize> = (0..quads.len()).filter(|&k| is_meant(quads, k)).collect();
    if meant.is_empty() {
        meant.extend((!quads.is_empty()).then_some(0));
    }
    meant.sort_by(|&a, &b| middle(&quads[a]).y.total_cmp(&middle(&quads[b]).y));
    let mut rest = meant;
    let mut ordered = Vec::with_capacity(rest.len());
    while let Some(&first) = rest.first() {
        let (top, bottom) = height(&quads[first]);
        let beside = |k: &usize| (top..=bottom).contains(&middle(&quads[*k]).y);
        let (mut row, below): (Vec<usize>, Vec<usize>) = rest.into_iter().partition(beside);
        row.sort_by(|&a, &b| middle(&quads[a]).x.total_cmp(&middle(&quads[b]).x));
        ordered.append(&mut row);
        rest = below;
    }
    ordered
}

fn is_meant(quads: &[Quad], at: usize) -> bool {
    let own = &quads[at];
    let lies_on = |lower: &Quad| shape::depth(&lower.corners, middle(own)) > 0.0;
    let larger = |lower: &&Quad| shape::area(&lower.corners) > shape::area(&own.corners);
    let mut lower = quads.iter().filter(larger).filter(|lower| lies_on(lower));
    !own.ground && (!own.nested || lower.all(|lower| lower.ground))
}

fn middle(quad: &Quad) -> Point {
    let mean = |of: fn(&Point) -> f32| quad.corners.iter().map(of).sum::<f32>() / 4.0;
    Point {
        x: mean(|p| p.x),
        y: mean(|p| p.y),
    }
}

fn height(quad: &Quad) -> (f32, f32) {
    let ys = || quad.corners.iter().map(|p| p.y);
    (
        ys().fold(f32::INFINITY, f32::min),
        ys().fold(f32::NEG_INFINITY, f32::max),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quad(left: f32, top: f32, width: f32, height: f32) -> Quad {
        let corner = |x, y| Point { x, y };
        Quad {
            corners: [
                corner(left, top),
                corner(left + width, top),
                corner(left + width, top + height),
                corner(left, top + height),
            ],
            score: 1.0,
            sides: [1.0; 4],
            cut: false,
            nested: false,
            ground: false,
        }
    }

    fn nested(quad: Quad) -> Quad {
        Quad {
            nested: true,
            ..quad
        }
    }

    #[test]
    fn a_card_beside_a_letter_are_two_pages_from_left_to_right() {
        let letter = quad(500.0, 100.0, 300.0, 420.0);
        // The surest comes first; the card lies a little higher than the letter's middle.
        let card = quad(100.0, 150.0, 200.0, 130.0);
        assert_eq!(documents(&[letter, card]), [1, 0]);
    }

    #[test]
    fn two_cards_on_a_blank_sheet_are_two_pages_and_the_sheet_is_none() {
        let ground = Quad {
            ground: true,
            ..quad(100.0, 50.0, 500.0, 700.0)
        };
        let upper = nested(quad(200.0, 120.0, 200.0, 130.0));
        let lower = nested(quad(210.0, 420.0, 200.0, 130.0));
        assert_eq!(documents(&[lower, upper, ground]), [1, 0]);
    }

    #[test]
    fn what_lies_on_a_written_sheet_belongs_to_it() {
        let letter = quad(100.0, 50.0, 500.0, 700.0);
        let card = nested(quad(200.0, 120.0, 200.0, 130.0));
        let beside = quad(700.0, 60.0, 200.0, 130.0);
        assert_eq!(documents(&[card, letter, beside]), [2, 1]);
    }

    #[test]
    fn four_cards_are_read_row_by_row_however_they_lie() {
        let cards = [
            quad(420.0, 310.0, 200.0, 130.0),
            quad(400.0, 90.0, 200.0, 130.0),
            quad(110.0, 290.0, 200.0, 130.0),
            quad(100.0, 110.0, 200.0, 130.0),
        ];
        assert_eq!(documents(&cards), [3, 1, 2, 0]);
        assert_eq!(documents(&[]), [0; 0]);
    }
}
