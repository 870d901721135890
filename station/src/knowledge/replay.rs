//! Replay: pending commands, in their order, decided on what is known and folded in.

use domain::evolve::evolve;
use domain::{Catalog, Command, State, decide};

/// Folds what each command would bring about. Nothing is kept of what the decider refuses.
pub fn replay(state: &mut State, pending: &[Command], catalog: &Catalog) {
    for command in pending {
        let verdict = decide(state, command, catalog);
        let (_, facts) = verdict.into_facts(command.id);
        facts.iter().for_each(|fact| evolve(state, fact));
    }
}
