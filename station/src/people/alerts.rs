//! What to mind about a person, worst first. Pure.

use domain::id_number::mask;
use domain::{Reason, Stage};

use super::page::About;
use crate::view::{Alert, AlertLevel};

/// The alerts of a page.
pub(super) fn of(about: &About) -> Vec<Alert> {
    let mut alerts = Vec::new();
    if let Some(other) = about.other {
        let reason = Reason::new("alert.other_name")
            .with("known", &other.identity.name)
            .with("number", mask(&other.identity.document.number));
        alerts.push(alert(AlertLevel::Stop, reason));
    }
    if let Some(end) = about
        .identity
        .valid_to
        .filter(|_| about.identity.is_expired_on(about.today))
    {
        alerts.push(alert(
            AlertLevel::Warn,
            Reason::new("alert.card_expired").with("on", end),
        ));
    }
    if super::is_name_incomplete(about.identity) {
        alerts.push(alert(
            AlertLevel::Warn,
            Reason::new("alert.name_incomplete"),
        ));
    }
    if about.person.is_some_and(|person| person.frozen) {
        alerts.push(alert(AlertLevel::Stop, Reason::new("alert.frozen")));
    }
    alerts.extend(about.cases.iter().filter_map(|shown| {
        let case = &shown.case;
        let (level, reason) = match &case.stage {
            Stage::Returned { reason, .. } if reason.is_empty() => {
                (AlertLevel::Warn, Reason::new("alert.returned_by_rules"))
            }
            Stage::Returned { reason, .. } => (
                AlertLevel::Warn,
                Reason::new("alert.returned_case").with("reason", reason),
            ),
            _ if shown.is_open() => (AlertLevel::Note, Reason::new("alert.open_case")),
            _ => return None,
        };
        let reason = reason
            .with("business", &case.business)
            .with("since", case.acted_on);
        Some(Alert {
            case: Some(case.id),
            ..alert(level, reason)
        })
    }));
    alerts.sort_by_key(|alert| alert.level);
    alerts
}

fn alert(level: AlertLevel, reason: Reason) -> Alert {
    Alert {
        level,
        reason,
        case: None,
    }
}
