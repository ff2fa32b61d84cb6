//! The list of audiences: which of them it shows, and who came and went.

use domain::{
    time::{DAY, HOUR},
    view::{
        audience::AudienceState,
        audience_list::{AudienceFilter, AudienceRow},
    },
    view_sync::SyncStatus,
};
use serde_json::json;

use crate::list_world::{ListWorld, person, plan};

async fn rows(world: &ListWorld, state: Option<AudienceState>, search: &str) -> Vec<AudienceRow> {
    let filter = AudienceFilter { state, search: search.to_owned() };
    world.switchyard.audiences(&world.actor, &filter).await.unwrap().rows
}

#[tokio::test]
async fn who_came_and_went_is_counted_for_a_day() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None), person("u2", "pro", None), person("u3", "free", None)]).await;
    world.sync().await;
    world.clock.advance(2 * HOUR);
    world.tell(&[plan("u1", "free")]).await;
    world.sync().await;
    let gone_at = world.switchyard.now();
    let row = rows(&world, None, "").await.remove(0);
    assert_eq!((row.size, row.moves.joined, row.moves.left), (Some(1), 2, 1));
    assert_eq!(row.updated_at, Some(gone_at));
    assert_eq!(row.syncs[0].status, SyncStatus::InStep);

    world.clock.advance(DAY - HOUR);
    let row = rows(&world, None, "").await.remove(0);
    assert_eq!((row.moves.joined, row.moves.left), (0, 1), "those who came are longer ago than a day");
    world.clock.advance(3 * HOUR);
    let row = rows(&world, None, "").await.remove(0);
    assert_eq!((row.moves.joined, row.moves.left, row.moves.last_at), (0, 0, Some(gone_at)));

    // Deleting lets everybody go, and leaves nothing in the list.
    world.switchyard.delete_audience(&world.actor, id).await.unwrap();
    assert_eq!(rows(&world, None, "").await, Vec::new());
}

#[tokio::test]
async fn a_state_and_a_search_choose_what_is_shown() {
    let world = ListWorld::new().await;
    world.pros("pros").await;
    let form = world.form("Lapsed", json!({"conditions": [{"trait": "city", "is": "Reno"}]}));
    world.switchyard.create_audience(&world.actor, &form, AudienceState::Draft).await.unwrap();
    let names = |rows: Vec<AudienceRow>| rows.into_iter().map(|row| row.name).collect::<Vec<_>>();
    assert_eq!(names(rows(&world, None, "").await), ["Lapsed", "pros"]);
    assert_eq!(names(rows(&world, Some(AudienceState::Active), "").await), ["pros"]);
    assert_eq!(names(rows(&world, None, "lAPs").await), ["Lapsed"]);
    assert_eq!(names(rows(&world, None, "reno").await), ["Lapsed"], "by the words of its rule");
    assert_eq!(names(rows(&world, Some(AudienceState::Active), "reno").await), Vec::<String>::new());
    let counts = world.switchyard.audiences(&world.actor, &AudienceFilter::default()).await.unwrap().counts;
    let of = |state| counts.of(state);
    assert_eq!((of(None), of(Some(AudienceState::Draft)), of(Some(AudienceState::Archived))), (2, 1, 0));
}
