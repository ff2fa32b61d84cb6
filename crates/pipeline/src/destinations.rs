//! My Destinations, All Destinations, and one destination's overview.

use domain::{
    Actor, ApiError, DestinationId, Role,
    config::validate_name,
    delivery::DeliveryState,
    view::{DestinationOverview, DestinationRow, DestinationType},
};
use store::{DestinationRecord, RowCounts};

use crate::{
    Switchyard,
    accounts::invalid_if_any,
    api_error,
    destination_state::{setup_of, state_of},
};

impl Switchyard {
    /// The types that can be added, with how many of each there are.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn destination_types(&self, actor: &Actor) -> Result<Vec<DestinationType>, ApiError> {
        let existing = self.store().destinations(actor.workspace).await.map_err(api_error)?;
        let configured = |slug: &str| existing.iter().filter(|row| row.slug == slug).count();
        Ok(self
            .destination_specs()
            .map(|spec| DestinationType {
                slug: spec.slug.to_owned(),
                name: spec.name.to_owned(),
                description: spec.description.to_owned(),
                prerequisites: spec.prerequisites.iter().map(|&line| line.to_owned()).collect(),
                configured: u32::try_from(configured(spec.slug)).unwrap_or(u32::MAX),
            })
            .collect())
    }

    /// "My Destinations".
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn destinations(&self, actor: &Actor) -> Result<Vec<DestinationRow>, ApiError> {
        let rows = self.store().destinations(actor.workspace).await.map_err(api_error)?;
        let counts = self.store().destination_counts(actor.workspace, None, self.now()).await.map_err(api_error)?;
        let of = |id| counts.iter().find(|(of, _)| *of == id).map(|(_, counts)| *counts).unwrap_or_default();
        Ok(rows.iter().map(|row| self.row_view(row, of(row.id))).collect())
    }

    /// Adds a destination, switched on.
    ///
    /// # Errors
    /// A mistake in `name`; [`ApiError::NotFound`] for an unknown type.
    pub async fn create_destination(
        &self,
        actor: &Actor,
        type_slug: &str,
        name: &str,
    ) -> Result<DestinationId, ApiError> {
        actor.require(Role::Marketer)?;
        let spec = self.destination_type(type_slug).ok_or(ApiError::NotFound)?.spec();
        invalid_if_any([validate_name("name", "destination", name)])?;
        let id = DestinationId(self.new_id());
        self.store()
            .add_destination(actor.workspace, id, spec.slug, name, &self.author(actor))
            .await
            .map_err(api_error)?;
        Ok(id)
    }

    /// One destination with its checklist and its day.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn destination(&self, actor: &Actor, id: DestinationId) -> Result<DestinationOverview, ApiError> {
        let (store, now) = (self.store(), self.now());
        let row = store.destination(actor.workspace, id).await.map_err(api_error)?;
        let counts = store.destination_counts(actor.workspace, Some(id), now).await.map_err(api_error)?;
        let counts = counts.first().map(|(_, counts)| *counts).unwrap_or_default();
        let by_state = store.deliveries_by_state(id).await.map_err(api_error)?;
        let (_, settings) = store.event_settings(actor.workspace, id).await.map_err(api_error)?;
        Ok(DestinationOverview {
            row: self.row_view(&row, counts),
            setup: setup_of(&row),
            hours: store.delivery_hours(id, now).await.map_err(api_error)?,
            reasons: store.delivery_reasons(id, now).await.map_err(api_error)?,
            loses: self.loses(&row, settings.len(), &by_state),
            by_state,
        })
    }

    /// Gives a destination another name.
    ///
    /// # Errors
    /// A mistake in `name`.
    pub async fn rename_destination(&self, actor: &Actor, id: DestinationId, name: &str) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        invalid_if_any([validate_name("name", "destination", name)])?;
        self.store().rename_destination(actor.workspace, id, name, &self.author(actor)).await.map_err(api_error)
    }

    /// Switches a destination on or off.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn set_destination_enabled(
        &self,
        actor: &Actor,
        id: DestinationId,
        enabled: bool,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        self.store()
            .set_destination_enabled(actor.workspace, id, enabled, &self.author(actor))
            .await
            .map_err(api_error)?;
        self.wake();
        Ok(())
    }

    /// Deletes a destination with all that belongs to it.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn delete_destination(&self, actor: &Actor, id: DestinationId) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        self.store().delete_destination(actor.workspace, id, &self.author(actor)).await.map_err(api_error)
    }

    fn row_view(&self, row: &DestinationRecord, counts: RowCounts) -> DestinationRow {
        DestinationRow {
            id: row.id,
            name: row.name.clone(),
            type_name: self.type_name(&row.slug),
            enabled: row.enabled,
            state: state_of(row),
            login_problem: row.login.as_ref().and_then(|login| login.problem.clone()),
            last_event: counts.last_event,
            delivered_today: counts.delivered_today,
            failed_today: counts.failed_today,
            waiting: counts.waiting,
        }
    }

    /// The type's name; the slug for a type that this program doesn't know.
    pub(crate) fn type_name(&self, slug: &str) -> String {
        self.destination_type(slug).map_or(slug, |kind| kind.spec().name).to_owned()
    }

    fn loses(&self, row: &DestinationRecord, settings: usize, by_state: &[(DeliveryState, u64)]) -> String {
        let count = |wanted: &[DeliveryState]| -> u64 {
            by_state.iter().filter(|(state, _)| wanted.contains(state)).map(|(_, count)| count).sum()
        };
        let logged = count(&[DeliveryState::Delivered, DeliveryState::Dead, DeliveryState::Filtered]);
        let waiting = count(&[DeliveryState::Waiting, DeliveryState::Leased]);
        let mut parts = Vec::new();
        if row.login.is_some() {
            parts.push(format!("the {} login", self.type_name(&row.slug)));
        }
        if row.capi_token.is_some() {
            parts.push("the Conversion API token".to_owned());
        }
        let settings = u64::try_from(settings).unwrap_or(u64::MAX);
        parts.extend(counted(settings, "event setting", "event settings"));
        parts.extend(counted(logged, "log entry", "log entries"));
        parts.extend(counted(waiting, "event that waits", "events that wait"));
        match parts.split_last() {
            None => "its name and nothing else".to_owned(),
            Some((only, [])) => only.clone(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        }
    }
}

fn counted(count: u64, one: &str, many: &str) -> Option<String> {
    (count > 0).then(|| format!("{} {}", thousands(count), if count == 1 { one } else { many }))
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        assert_eq!(counted(0, "entry", "entries"), None);
        assert_eq!(counted(1, "entry", "entries").unwrap(), "1 entry");
        assert_eq!(counted(1_204, "entry", "entries").unwrap(), "1,204 entries");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(999), "999");
    }
}
