//! A decoded picture: luma, and chroma at its own size, full range (JFIF). Never RGB: a page is read,
//! flattened and written in the planes that JPEG has anyway.

/// One channel: 8 bits a sample, rows of `width` bytes, no padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Plane {
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` samples.
    pub data: Vec<u8>,
}

impl Plane {
    /// A plane of one value.
    #[must_use]
    pub fn filled(width: usize, height: usize, value: u8) -> Plane {
        Plane {
            width,
            height,
            data: vec![value; width * height],
        }
    }

    /// A row's samples.
    #[must_use]
    pub fn row(&self, y: usize) -> &[u8] {
        &self.data[y * self.width..][..self.width]
    }
}

impl std::fmt::Debug for Plane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plane({} x {})", self.width, self.height)
    }
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Luma, at the picture's size.
    pub y: Plane,
    /// Cb and Cr, both of one size: the picture's, or half of it (rounded up) in one or both
    /// directions. `None` for a grey picture.
    pub chroma: Option<[Plane; 2]>,
}
