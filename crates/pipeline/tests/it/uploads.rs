//! Files of people: what is taken, what is not and why, and that a kill in the middle takes nothing twice.

use std::fmt::Write;

use bytes::Bytes;
use domain::{
    Actor, ApiError, AudienceId, Role, UploadId, WorkspaceId,
    upload::Meaning,
    view::audience::AudienceState,
    view_uploads::{PlanForm, UploadState, UploadTarget, UploadView},
};
use pipeline::{
    ingest::Call,
    profiles,
    uploads::{self, UploadRefusal},
};
use serde_json::json;
use uuid::Uuid;

use crate::world::{World, open};

async fn receive(world: &World, text: &str) -> Result<UploadId, UploadRefusal> {
    let mut file = world.switchyard.begin_upload(&world.actor, "C:\\lists\\people.csv").await.unwrap();
    for part in text.as_bytes().chunks(7_000) {
        file.write(Bytes::copy_from_slice(part)).await?;
    }
    file.finish().await
}

async fn import(world: &World, text: &str, target: UploadTarget) -> UploadView {
    let id = receive(world, text).await.unwrap();
    world.switchyard.start_upload(&world.actor, id, target).await.unwrap();
    uploads::run_until_idle(&world.switchyard).await.unwrap();
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    world.switchyard.upload(&world.actor, id).await.unwrap()
}

async fn rejected(world: &World, id: UploadId) -> String {
    let mut rows = world.switchyard.rejected_rows(&world.actor, id).await.unwrap();
    let mut text = String::new();
    while let Some(part) = rows.next().await.unwrap() {
        text += &part;
    }
    text
}

fn many(rows: usize) -> String {
    (0..rows).fold("email,plan,city\n".to_owned(), |mut text, n| {
        writeln!(text, "p{n}@n.example,plan-{},Reno", n % 3).unwrap();
        text
    })
}

/// What is left of uploads on the disk.
fn files(world: &World) -> Vec<std::path::PathBuf> {
    let folder = world.switchyard.store().uploads_folder();
    std::fs::read_dir(folder).map(|all| all.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

#[tokio::test]
async fn a_file_becomes_people_of_an_audience_and_a_file_of_the_rest() {
    let world = World::new().await;
    let text = "\u{feff}E-mail;Phone;First name;Plan\r\n\
        Dana@N.example;+1 415 555 0123;Dana;pro\r\n\
        no address;;Lee;pro\r\n\
        max@n.example;12;\"Max \"\"M\"\"; x\";basic\r\n\
        too;few\r\n\
        dana@n.example;;;gold\r\n";
    let id = receive(&world, text).await.unwrap();
    let draft = world.switchyard.upload(&world.actor, id).await.unwrap();
    let report = draft.report.unwrap();
    assert_eq!((draft.state, report.rows, report.taken), (UploadState::Draft, 5, 3));
    assert_eq!(report.rejected.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(draft.name, "people.csv");
    let sealed = std::fs::read(&files(&world)[0]).unwrap();
    assert!(!sealed.windows(9).any(|part| part == b"n.example"));

    let target = UploadTarget::NewAudience("VIP list".into());
    world.switchyard.start_upload(&world.actor, id, target).await.unwrap();
    uploads::run_until_idle(&world.switchyard).await.unwrap();
    let done = world.switchyard.upload(&world.actor, id).await.unwrap();
    assert_eq!(done.state, UploadState::Done);
    let counts = done.counts;
    assert_eq!((counts.done, counts.taken, counts.rejected, counts.left_out, counts.new_people), (5, 3, 2, 1, 2));
    assert!(files(&world).is_empty());
    assert_eq!(
        rejected(&world, id).await,
        "Line,Reason,E-mail,Phone,First name,Plan\r\n\
         3,\"None of its columns has an e-mail address, phone number or id.\",no address,,Lee,pro\r\n\
         5,\"It has 2 columns, the first line has 4. Is a separator or a quote missing?\",too,few\r\n"
    );

    let found = world.switchyard.find_person(&world.actor, "DANA@n.example").await.unwrap();
    let dana = world.switchyard.person(&world.actor, found[0].id).await.unwrap();
    let told = |name: &str| dana.traits.iter().find(|told| told.name == name).map(|told| told.value.clone());
    assert_eq!((told("Plan"), told("First name")), (Some("gold".into()), Some("•••".into())));
    assert_eq!(
        (dana.row.events, dana.audiences[0].audience.1.as_str(), dana.audiences[0].by_hand),
        (0, "VIP list", true)
    );
    assert_eq!(world.rows().await.iter().filter(|row| row.event == "added_to_segment").count(), 2);
    world.expect_balanced().await;
    let path = world.url.trim_start_matches("sqlite://");
    for file in [path.to_owned(), format!("{path}-wal")] {
        let bytes = std::fs::read(file).unwrap_or_default();
        assert!(!bytes.windows(9).any(|part| part == b"n.example" || part == b"N.example"));
    }
    assert!(
        world
            .switchyard
            .settings(&world.actor)
            .await
            .unwrap()
            .changes
            .iter()
            .any(|change| { change.what == "File “people.csv” imported: 3 rows taken, 2 not" })
    );
}

#[tokio::test]
async fn a_kill_in_the_middle_takes_nothing_twice() {
    const ROWS: usize = 9_000;
    let world = World::new().await;
    let id = receive(&world, &many(ROWS)).await.unwrap();
    world.switchyard.start_upload(&world.actor, id, UploadTarget::NewAudience("All".into())).await.unwrap();
    for at_least in [1, 4_001] {
        let other = open(&world.url, &world.clock, &world.scripted).await;
        let running = tokio::spawn({
            let other = other.clone();
            async move { uploads::run_until_idle(&other).await }
        });
        while world.switchyard.upload(&world.actor, id).await.unwrap().counts.done < at_least {
            tokio::task::yield_now().await;
        }
        running.abort();
        assert!(running.await.is_err_and(|error| error.is_cancelled()));
        other.store().close().await;
        let counts = world.switchyard.upload(&world.actor, id).await.unwrap().counts;
        assert!(counts.done < ROWS as u64, "it was not in the middle: {counts:?}");
    }
    uploads::run_until_idle(&world.switchyard).await.unwrap();
    let done = world.switchyard.upload(&world.actor, id).await.unwrap();
    let counts = done.counts;
    assert_eq!((done.state, counts.done, counts.taken, counts.new_people), (UploadState::Done, 9_000, 9_000, 9_000));
    let audience = world.switchyard.audience(&world.actor, done.audience.unwrap().0).await.unwrap();
    assert_eq!(audience.size, ROWS as u64);
    let events = world.switchyard.event_counts(&world.actor, None).await.unwrap();
    assert_eq!(events.iter().map(|count| count.total).collect::<Vec<_>>(), [ROWS as u64]);
    assert!(files(&world).is_empty());

    let target = UploadTarget::Audience(audience.id);
    let again = import(&world, &many(ROWS), target).await;
    assert_eq!((again.counts.taken, again.counts.new_people), (9_000, 0));
    assert_eq!(world.switchyard.audience(&world.actor, audience.id).await.unwrap().size, ROWS as u64);
}

#[tokio::test]
async fn purchases_are_stored_and_followed_while_a_file_is_imported() {
    const ROWS: usize = 12_000;
    let world = World::new().await;
    let id = receive(&world, &many(ROWS)).await.unwrap();
    world.switchyard.start_upload(&world.actor, id, UploadTarget::NewAudience("All".into())).await.unwrap();
    let importing = tokio::spawn({
        let switchyard = world.switchyard.clone();
        async move { uploads::run_until_idle(&switchyard).await }
    });
    // The same people buy, whom the file brings at the same time, and others.
    let mut bought = 0;
    while !importing.is_finished() || bought < 10 {
        let email = if bought % 2 == 0 { format!("p{bought}@n.example") } else { format!("other{bought}@n.example") };
        let purchase = json!({"type": "track", "event": "Order Completed", "messageId": format!("m{bought}"),
                              "context": {"traits": {"email": email}}, "properties": {"value": 1}});
        let answer = world.post(Call::Track, &purchase).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        profiles::run_until_idle(&world.switchyard).await.unwrap();
        bought += 1;
    }
    importing.await.unwrap().unwrap();
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    let done = world.switchyard.upload(&world.actor, id).await.unwrap();
    assert_eq!((done.state, done.counts.taken), (UploadState::Done, ROWS as u64));
    let audience = world.switchyard.audience(&world.actor, done.audience.unwrap().0).await.unwrap();
    assert_eq!(audience.size, ROWS as u64);
    for no in 0..bought {
        let email = if no % 2 == 0 { format!("p{no}@n.example") } else { format!("other{no}@n.example") };
        let found = world.switchyard.find_person(&world.actor, &email).await.unwrap();
        assert_eq!(found.iter().map(|person| person.events).collect::<Vec<_>>(), [1], "{email}");
    }
    world.expect_balanced().await;
}

#[tokio::test]
async fn who_said_no_before_a_file_brings_them_stays_out() {
    let world = World::new().await;
    let no = json!({"type": "identify", "userId": "u-1", "traits": {"email": "p1@n.example"},
                    "context": {"consent": {"marketing": false}}});
    assert_eq!(world.post(Call::Identify, &no).await.status, 200);
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    let done = import(&world, &many(3), UploadTarget::NewAudience("Fair visitors".into())).await;
    assert_eq!(done.counts.taken, 3);
    let audience = world.switchyard.audience(&world.actor, done.audience.unwrap().0).await.unwrap();
    assert_eq!(audience.size, 2);
    let found = world.switchyard.find_person(&world.actor, "p1@n.example").await.unwrap();
    let person = world.switchyard.person(&world.actor, found[0].id).await.unwrap();
    assert!(person.audiences.is_empty() && person.refused_at.is_some());
    world.expect_balanced().await;
}

#[tokio::test]
async fn who_was_put_in_stays_whatever_the_rule_says() {
    let world = World::new().await;
    let done = import(&world, &many(10), UploadTarget::NewAudience("Fair visitors".into())).await;
    let id = done.audience.unwrap().0;
    for state in [AudienceState::Archived, AudienceState::Active] {
        world.switchyard.set_audience_state(&world.actor, id, state).await.unwrap();
        profiles::run_until_idle(&world.switchyard).await.unwrap();
    }
    let audience = world.switchyard.audience(&world.actor, id).await.unwrap();
    assert_eq!((audience.size, audience.sentence.as_str()), (10, "People of uploaded files"));
    // Under a rule of its own it follows that one.
    let mut form = audience.form;
    form.dynamic = true;
    form.rule = serde_json::from_value(serde_json::json!({"conditions": [{"trait": "plan", "is": "plan-1"}]})).unwrap();
    world.switchyard.update_audience(&world.actor, id, &form).await.unwrap();
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    assert_eq!(world.switchyard.audience(&world.actor, id).await.unwrap().size, 3);
}

#[tokio::test]
async fn rules_see_uploaded_traits_at_once() {
    let world = World::new().await;
    let id = AudienceId(Uuid::from_u128(77));
    let rule = serde_json::from_value(serde_json::json!({"conditions": [{"trait": "plan", "is": "plan-2"}]})).unwrap();
    let form = domain::view::audience::AudienceForm {
        name: "Plan 2".into(),
        description: String::new(),
        rule,
        dynamic: true,
        destinations: vec![],
    };
    world
        .switchyard
        .store()
        .save_audience(world.actor.workspace, id, &form, Some(AudienceState::Active), &world.author())
        .await
        .unwrap();
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    let file = receive(&world, &many(30)).await.unwrap();
    world.switchyard.start_upload(&world.actor, file, UploadTarget::Profiles).await.unwrap();
    uploads::run_until_idle(&world.switchyard).await.unwrap();
    assert_eq!(world.switchyard.audience(&world.actor, id).await.unwrap().size, 10);
}

#[tokio::test]
async fn an_erased_person_does_not_come_back_with_a_file() {
    let world = World::new().await;
    import(&world, &many(3), UploadTarget::Profiles).await;
    let person = world.switchyard.find_person(&world.actor, "p1@n.example").await.unwrap()[0].id;
    world.switchyard.erase_person(&world.actor, person, &person.to_string(), true).await.unwrap();
    let again = import(&world, &many(3), UploadTarget::Profiles).await;
    assert_eq!((again.counts.taken, again.counts.rejected), (2, 1));
    assert_eq!(rejected(&world, again.id).await.lines().nth(1), Some("3,It is of a person who was erased."));
    assert!(world.switchyard.find_person(&world.actor, "p1@n.example").await.unwrap().is_empty());
}

#[tokio::test]
async fn columns_are_chosen_and_mistakes_are_told() {
    let world = World::new().await;
    for (text, word) in [("", "empty"), ("email\n", "no_rows"), ("PK\u{3}\u{4}x", "excel")] {
        assert_eq!(receive(&world, text).await.unwrap_err(), UploadRefusal::File(word));
    }
    let id = receive(&world, "contact,note\ndana@n.example,x\n").await.unwrap();
    let form = |meaning| PlanForm {
        separator: "comma".into(),
        header: true,
        columns: vec![meaning, Meaning::Skip],
        country: "US".into(),
    };
    let refused = world.switchyard.start_upload(&world.actor, id, UploadTarget::Profiles).await.unwrap_err();
    assert!(refused.for_field("columns").is_some());
    world.switchyard.plan_upload(&world.actor, id, form(Meaning::Email)).await.unwrap();
    let unnamed =
        world.switchyard.start_upload(&world.actor, id, UploadTarget::NewAudience(" ".into())).await.unwrap_err();
    assert!(unnamed.for_field("audience_name").is_some());
    let nowhere = UploadTarget::Audience(AudienceId(Uuid::from_u128(5)));
    assert!(
        world.switchyard.start_upload(&world.actor, id, nowhere).await.unwrap_err().for_field("audience").is_some()
    );

    let viewer = Actor { role: Role::Viewer, ..world.actor.clone() };
    let stranger = Actor { workspace: WorkspaceId(Uuid::from_u128(9)), ..world.actor.clone() };
    assert_eq!(world.switchyard.start_upload(&viewer, id, UploadTarget::Profiles).await, Err(ApiError::Forbidden));
    assert!(world.switchyard.begin_upload(&viewer, "x.csv").await.is_err());
    assert_eq!(world.switchyard.upload(&stranger, id).await.unwrap_err(), ApiError::NotFound);
    assert_eq!(world.switchyard.cancel_upload(&stranger, id).await, Err(ApiError::NotFound));

    world.switchyard.cancel_upload(&world.actor, id).await.unwrap();
    assert!(files(&world).is_empty());
    assert!(matches!(
        world.switchyard.start_upload(&world.actor, id, UploadTarget::Profiles).await,
        Err(ApiError::Refused(_))
    ));
}

#[tokio::test]
async fn files_that_nobody_imports_do_not_stay() {
    let world = World::new().await;
    receive(&world, &many(3)).await.unwrap();
    drop(world.switchyard.begin_upload(&world.actor, "half.csv").await.unwrap());
    uploads::run_until_idle(&world.switchyard).await.unwrap();
    // What did not arrive is deleted beside everything else.
    let drafts = async || {
        let all = world.switchyard.uploads(&world.actor).await.unwrap();
        all.iter().filter(|it| it.state == UploadState::Draft).count()
    };
    while drafts().await > 1 || files(&world).len() > 1 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(drafts().await, 1);
    world.clock.advance(store::DRAFTS_KEPT);
    uploads::run_until_idle(&world.switchyard).await.unwrap();
    assert!(files(&world).is_empty());
}
