//! The command line: words, `--name value` and `--flag`.

use std::collections::BTreeMap;

use center::Error;

/// Options without a value.
const FLAGS: [&str; 1] = ["demo"];

/// A command line that is used up option by option: what is left at the end was not understood.
pub struct Arguments {
    words: Vec<String>,
    options: BTreeMap<String, String>,
}

impl Arguments {
    /// Sorts words from options; the last of two alike holds.
    pub fn read(mut line: impl Iterator<Item = String>) -> Arguments {
        let (mut words, mut options) = (Vec::new(), BTreeMap::new());
        while let Some(word) = line.next() {
            match word.strip_prefix("--") {
                Some(flag) if FLAGS.contains(&flag) => {
                    options.insert(flag.to_owned(), String::new());
                }
                Some(name) => {
                    options.insert(name.to_owned(), line.next().unwrap_or_default());
                }
                None => words.push(word),
            }
        }
        Arguments { words, options }
    }

    /// The words, once.
    pub fn words(&mut self) -> Vec<String> {
        std::mem::take(&mut self.words)
    }

    /// The value of an option, if it was given.
    pub fn find(&mut self, name: &str) -> Option<String> {
        self.options.remove(name)
    }

    /// The value of an option that must be given.
    pub fn get(&mut self, name: &str) -> Result<String, Error> {
        self.find(name)
            .filter(|value| !value.is_empty())
            .ok_or(Error::Usage(format!("--{name} is missing")))
    }

    /// Whether a flag was given.
    pub fn has(&mut self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Fails when something was not used.
    pub fn end(self) -> Result<(), Error> {
        match self.options.keys().next() {
            None => Ok(()),
            Some(name) => Err(Error::Usage(format!("--{name} is not understood here"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_refused() {
        let line = ["init", "--dir", "x", "--demo", "--colour", "blue"];
        let mut arguments = Arguments::read(line.into_iter().map(String::from));
        assert_eq!(arguments.words(), ["init"]);
        assert_eq!(arguments.get("dir").ok().as_deref(), Some("x"));
        assert!(arguments.has("demo") && arguments.get("database").is_err());
        assert!(arguments.end().is_err());
    }
}
