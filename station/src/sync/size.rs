//! How much goes into one request. A slow line carries a little at a time and drops what takes long:
//! what did not get through is halved, and grows again as requests do.

/// Items of one request of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    now: usize,
    most: usize,
}

impl Size {
    /// As many as may be, at first.
    pub fn new(most: usize) -> Size {
        Size { now: most, most }
    }

    /// How many may go.
    pub fn limit(&self) -> usize {
        self.now
    }

    /// So many did not get through.
    pub fn halve(&mut self, items: usize) {
        self.now = (items.min(self.now) / 2).max(1);
    }

    /// A request got through: a quarter more, so that a line that carries so many and no more is not
    /// tried with too many every other time.
    pub fn grow(&mut self) {
        self.now = (self.now + (self.now / 4).max(1)).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_halved_down_to_one_and_grows_slowly() {
        let mut size = Size::new(2_000);
        size.halve(2_000);
        assert_eq!(size.limit(), 1_000);
        // Fewer were there to be sent.
        size.halve(300);
        assert_eq!(size.limit(), 150);
        for _ in 0..20 {
            size.halve(usize::MAX);
        }
        assert_eq!(size.limit(), 1);
        let mut requests = 0;
        while size.limit() < 2_000 {
            size.grow();
            requests += 1;
        }
        assert!((30..40).contains(&requests), "{requests}");
    }
}
