//! Four corners of a sheet in a picture.

/// A place in a picture: pixels from the left and top edge, the centre of the first pixel at 0.5.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
}

/// A sheet, or a card, as it was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quad {
    /// Clockwise as seen, from the corner that is the sheet's top left when it lies upright.
    pub corners: [Point; 4],
    /// How sure: below 0 never given, 1 and above is certain.
    pub score: f32,
    /// The same for each side, from corner n to corner n + 1.
    pub sides: [f32; 4],
    /// The picture ends before the sheet does.
    pub cut: bool,
    /// It lies on another sheet that was found too.
    pub nested: bool,
    /// It is blank, and others lie on it: they are meant, not it.
    pub ground: bool,
}
