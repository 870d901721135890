//! Which of several readers of one model is whose: each is polled by one thread alone.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The readers that are polled, by where they are plugged in.
#[derive(Clone, Default)]
pub struct Claims(Arc<Mutex<BTreeSet<String>>>);

/// One of them. Dropping it lets another thread have it.
pub struct Claim {
    claims: Claims,
    place: String,
}

impl Claims {
    /// The one to poll of those that were found: the one held, while it is plugged in, else the
    /// first that nobody has.
    pub fn choose<T>(
        &self,
        held: &mut Option<Claim>,
        mut found: Vec<T>,
        place_of: impl Fn(&T) -> String,
    ) -> Option<T> {
        let still = |held: &Claim| found.iter().position(|one| place_of(one) == held.place);
        if let Some(at) = held.as_ref().and_then(still) {
            return Some(found.swap_remove(at));
        }
        *held = None;
        for one in found {
            *held = self.claim(place_of(&one));
            if held.is_some() {
                return Some(one);
            }
        }
        None
    }

    fn claim(&self, place: String) -> Option<Claim> {
        let free = self.lock().insert(place.clone());
        free.then(|| Claim {
            claims: self.clone(),
            place,
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.lock().remove(&self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_two_readers_is_one_threads_own_and_free_when_it_is_unplugged() {
        let claims = Claims::default();
        let (mut a, mut b) = (None, None);
        let choose = |held: &mut Option<Claim>, found: &[&str]| {
            let found = found.iter().map(|one| (*one).to_string()).collect();
            claims.choose(held, found, String::clone)
        };
        assert_eq!(choose(&mut a, &["1-1"]).as_deref(), Some("1-1"));
        assert_eq!(choose(&mut b, &["1-1"]), None, "it is polled already");
        assert_eq!(choose(&mut b, &["1-1", "1-2"]).as_deref(), Some("1-2"));
        // Each keeps its own, whatever the order.
        assert_eq!(choose(&mut a, &["1-2", "1-1"]).as_deref(), Some("1-1"));
        // One is pulled: its thread has nothing, and whoever looks next has what is plugged in.
        assert_eq!(choose(&mut a, &["1-2"]), None);
        assert_eq!(choose(&mut b, &["1-2"]).as_deref(), Some("1-2"));
        drop(b);
        assert_eq!(choose(&mut a, &["1-2"]).as_deref(), Some("1-2"));
    }
}
