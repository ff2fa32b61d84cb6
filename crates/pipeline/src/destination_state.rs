//! How a destination fares and what its setup lacks, from its row. Pure.

use domain::view::{ConnectionState, SetupSteps};
use store::DestinationRecord;

/// The checklist.
pub(crate) fn setup_of(row: &DestinationRecord) -> SetupSteps {
    SetupSteps {
        authenticated: row.login.is_some(),
        pixel_chosen: row.pixel.is_some(),
        token_stored: row.capi_token.is_some() || row.login.as_ref().is_some_and(|login| login.problem.is_none()),
        server_side_on: row.send_server_side,
        events_on: row.events_on,
    }
}

/// The chip. What a person has to mend comes before what is not finished, and that before what mends itself.
pub(crate) fn state_of(row: &DestinationRecord) -> ConnectionState {
    let reason = |fallback: &str| row.health.1.clone().unwrap_or_else(|| fallback.to_owned());
    if !row.enabled {
        return ConnectionState::Disabled;
    }
    match row.health.0.as_str() {
        "needs_reconnect" => {
            return ConnectionState::NeedsReconnect(reason("Snapchat no longer accepts the login or token."));
        }
        "paused" => return ConnectionState::Paused(reason("Snapchat refuses the pixel.")),
        _ => {}
    }
    // With a token of its own the destination sends without the login.
    if let Some(problem) =
        row.login.as_ref().and_then(|login| login.problem.clone()).filter(|_| row.capi_token.is_none())
    {
        return ConnectionState::NeedsReconnect(problem);
    }
    if let Some(next) = next_step(row) {
        return ConnectionState::Incomplete(next.to_owned());
    }
    match row.health.0.as_str() {
        "retrying" => ConnectionState::Retrying(reason("Snapchat can't be reached just now.")),
        _ => ConnectionState::Healthy,
    }
}

fn next_step(row: &DestinationRecord) -> Option<&'static str> {
    let setup = setup_of(row);
    if !setup.pixel_chosen {
        return Some(match setup.authenticated {
            false => "Authenticate Snapchat, then choose a Snap Pixel.",
            true => "Choose the Business Manager account, Ad Account and Snap Pixel.",
        });
    }
    let server_matters = setup.server_side_on || row.client_events == 0;
    if server_matters && !setup.token_stored {
        return Some("Store a Conversion API Token.");
    }
    if !setup.server_side_on && row.client_events == 0 {
        return Some("Switch on “Send data via Server-side”.");
    }
    (setup.events_on == 0).then_some("Switch on the events to send in Setup Event Workflow.")
}

#[cfg(test)]
mod tests {
    use domain::{DestinationId, Timestamp, WorkspaceId, destination::Asset};
    use store::LoginRecord;

    use super::*;

    fn row() -> DestinationRecord {
        let asset = |id: &str| Some(Asset { id: id.into(), name: id.into(), status: None });
        DestinationRecord {
            id: DestinationId(uuid::Uuid::from_u128(1)),
            workspace: WorkspaceId(uuid::Uuid::from_u128(2)),
            slug: "snapchat".into(),
            name: "Snapchat US".into(),
            enabled: true,
            send_server_side: true,
            options: Default::default(),
            business: asset("b"),
            ad_account: asset("a"),
            pixel: asset("p"),
            capi_token: Some(("abcd".into(), Timestamp(0))),
            health: ("ok".into(), None),
            login: Some(LoginRecord { name: "Dana".into(), connected_at: Timestamp(0), problem: None, scope: None }),
            workflow_version: 0,
            server_events: 1,
            client_events: 0,
            events_on: 1,
            created_at: Timestamp(0),
        }
    }

    fn with(change: impl FnOnce(&mut DestinationRecord)) -> &'static str {
        let mut row = row();
        change(&mut row);
        match state_of(&row) {
            ConnectionState::Incomplete(next) if next.contains("Authenticate") => "authenticate",
            ConnectionState::Incomplete(next) if next.contains("Choose") => "choose",
            ConnectionState::Incomplete(next) if next.contains("Token") => "token",
            ConnectionState::Incomplete(next) if next.contains("Send data") => "server side",
            ConnectionState::Incomplete(_) => "events",
            other => other.label(),
        }
    }

    fn problem(row: &mut DestinationRecord) {
        row.login.as_mut().unwrap().problem = Some("It does not see the pixel.".into());
    }

    #[test]
    fn says_what_is_next() {
        assert_eq!(with(|_| {}), "Connected");
        assert_eq!(with(|r| r.enabled = false), "Disabled");
        assert_eq!(with(|r| (r.pixel, r.login) = (None, None)), "authenticate");
        assert_eq!(with(|r| r.pixel = None), "choose");
        assert_eq!(with(|r| r.login = None), "Connected");
        assert_eq!(with(|r| (r.login, r.capi_token) = (None, None)), "token");
        assert_eq!(with(|r| r.capi_token = None), "Connected");
        assert_eq!(with(|r| r.send_server_side = false), "server side");
        assert_eq!(with(|r| (r.send_server_side, r.client_events) = (false, 1)), "Connected");
        assert_eq!(with(|r| r.events_on = 0), "events");
    }

    #[test]
    fn what_a_person_has_to_mend_comes_first() {
        assert_eq!(with(|r| r.health.0 = "retrying".into()), "Retrying");
        assert_eq!(with(|r| r.health.0 = "paused".into()), "Paused");
        assert_eq!(with(|r| (r.health.0, r.pixel) = ("needs_reconnect".into(), None)), "Needs reconnecting");
        assert_eq!(with(problem), "Connected");
        assert_eq!(with(|r| (problem(r), r.capi_token = None).1), "Needs reconnecting");
    }
}
