//! How a camera hangs on its arm: turning what it shows. The still's own pixels are never
//! turned.

use crate::document::page::{Picture, Plane};

/// What a camera's pictures must be turned by to be upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// Not at all.
    #[default]
    None,
    /// A quarter, clockwise.
    Right,
    /// Upside down.
    Half,
    /// A quarter, anticlockwise.
    Left,
}

impl Rotation {
    /// From quarters clockwise; more go round.
    #[must_use]
    pub fn of_quarters(quarters: u8) -> Rotation {
        match quarters % 4 {
            0 => Rotation::None,
            1 => Rotation::Right,
            2 => Rotation::Half,
            _ => Rotation::Left,
        }
    }

    /// The value of Exif's tag 0x0112 for a picture that must be turned so.
    #[must_use]
    pub fn exif(self) -> u8 {
        match self {
            Rotation::None => 1,
            Rotation::Right => 6,
            Rotation::Half => 3,
            Rotation::Left => 8,
        }
    }

    /// The picture, upright.
    #[must_use]
    pub fn turn(self, picture: Picture) -> Picture {
        match self {
            Rotation::None => picture,
            _ => Picture {
                y: self.turn_plane(&picture.y),
                chroma: picture.chroma.map(|both| both.map(|c| self.turn_plane(&c))),
            },
        }
    }

    fn turn_plane(self, plane: &Plane) -> Plane {
        let (w, h) = (plane.width, plane.height);
        let data = match self {
            Rotation::None => plane.data.clone(),
            Rotation::Half => plane.data.iter().rev().copied().collect(),
            Rotation::Right => (0..w)
                .flat_map(|x| (0..h).rev().map(move |y| plane.data[y * w + x]))
                .collect(),
            Rotation::Left => (0..w)
                .rev()
                .flat_map(|x| (0..h).map(move |y| plane.data[y * w + x]))
                .collect(),
        };
        let (width, height) = self.turned((w, h));
        Plane {
            width,
            height,
            data,
        }
    }

    /// A size, upright; and back, which is the same.
    #[must_use]
    pub fn turned<T>(self, (width, height): (T, T)) -> (T, T) {
        match self {
            Rotation::None | Rotation::Half => (width, height),
            Rotation::Right | Rotation::Left => (height, width),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_goes_where_the_turn_takes_it() {
        let mut y = Plane::filled(7, 4, 0);
        y.data[7 + 5] = 255;
        let picture = Picture { y, chroma: None };
        for quarters in 0..4 {
            let rotation = Rotation::of_quarters(quarters);
            let upright = rotation.turn(picture.clone()).y;
            assert_eq!((upright.width, upright.height), rotation.turned((7, 4)));
            let mark = upright.data.iter().position(|&level| level == 255).unwrap();
            let at = (mark % upright.width, mark / upright.width);
            assert_eq!(at, [(5, 1), (2, 5), (1, 2), (1, 1)][usize::from(quarters)]);
        }
    }

    #[test]
    fn four_quarters_are_none() {
        let y = Plane {
            width: 3,
            height: 2,
            data: vec![1, 2, 3, 4, 5, 6],
        };
        let picture = Picture { y, chroma: None };
        let mut turned = picture.clone();
        for _ in 0..4 {
            turned = Rotation::Right.turn(turned);
        }
        assert_eq!(turned, picture);
        assert_eq!(
            Rotation::Left.turn(picture.clone()),
            Rotation::Half.turn(Rotation::Right.turn(picture))
        );
    }
}
