//! What a measurement came to: its line of figures, and the required ones that it missed. A goal is
//! printed only; a required figure that is missed is a failure.

/// A measurement that finished.
pub struct Measured {
    /// The line to print.
    pub line: String,
    /// What was required and is not there, in words.
    pub missed: Vec<String>,
}

impl Measured {
    /// A figure of the line that must not be greater than this.
    pub fn at_most(self, name: &str, value: f64, required: f64) -> Measured {
        self.judged(name, value, required, value <= required)
    }

    /// A figure of the line that must not be less than this.
    pub fn at_least(self, name: &str, value: f64, required: f64) -> Measured {
        self.judged(name, value, required, value >= required)
    }

    fn judged(mut self, name: &str, value: f64, required: f64, holds: bool) -> Measured {
        self.line += &format!(" required_{name}={required}");
        if !holds {
            let missed = format!("{name}={value:.3} misses required_{name}={required}");
            self.missed.push(missed);
        }
        self
    }
}

impl From<String> for Measured {
    fn from(line: String) -> Measured {
        Measured {
            line,
            missed: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_figure_that_is_missed_is_named_and_a_goal_is_not() {
        let line = || Measured::from("scenario=save ratio=1.80 goal_ratio=1.5".to_owned());
        let held = line().at_most("ratio", 1.8, 2.0).at_least("rate", 7.0, 7.0);
        assert!(held.missed.is_empty());
        assert!(held.line.ends_with(" required_ratio=2 required_rate=7"));
        let missed = line()
            .at_most("ratio", 2.01, 2.0)
            .at_least("rate", 6.9, 7.0);
        assert_eq!(missed.missed.len(), 2, "{:?}", missed.missed);
        assert!(missed.missed[0].contains("ratio=2.010"));
        let nothing = line().at_most("ratio", f64::NAN, 2.0);
        assert_eq!(nothing.missed.len(), 1, "no figure holds nothing");
    }
}
