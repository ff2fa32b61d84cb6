//! A fresh database with a workspace, its admin and a destination; nothing is ingested or delivered.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicI64},
};

use domain::{Actor, ApiError, DestinationId, Role, UserId};
use pipeline::{
    Parts, Switchyard,
    connections::{OAuthOutcome, OAuthReturn},
};
use store::{Keys, Store};

use crate::{
    platform::{Platform, tokens},
    world::{NOW, TestClock},
};

pub const PASSWORD: &str = "correct horse battery";
pub const SESSION: &str = "session-1";

pub struct Office {
    pub switchyard: Switchyard,
    pub clock: TestClock,
    pub platform: Platform,
    pub folder: tempfile::TempDir,
}

impl Office {
    /// An empty database.
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, platform) = (TestClock::at(NOW), Platform::default());
        let switchyard = Self::open(&folder, &clock, &platform).await;
        Self { switchyard, clock, platform, folder }
    }

    /// With an admin.
    pub async fn new() -> (Self, Actor) {
        let office = Self::empty().await;
        let signed_in = office.switchyard.setup("Northwind", "Dana", "Dana@Northwind.example", PASSWORD).await.unwrap();
        let actor = office.switchyard.actor(signed_in.user, signed_in.workspace).await.unwrap();
        (office, actor)
    }

    /// With an admin and a destination.
    pub async fn with_destination() -> (Self, Actor, DestinationId) {
        let (office, actor) = Self::new().await;
        let id = office.switchyard.create_destination(&actor, "snapchat", "Snapchat US").await.unwrap();
        (office, actor, id)
    }

    /// With a login and a chosen pixel.
    pub async fn connected() -> (Self, Actor, DestinationId) {
        let (office, actor, id) = Self::with_destination().await;
        office.platform.script().codes.insert("code-1".into(), Ok(tokens("access-0", Some("refresh-0"))));
        assert_eq!(office.consent(&actor, id, "code-1").await.problem, None);
        office.switchyard.choose_assets(&actor, id, "b-1", "a-1", "p-1").await.unwrap();
        (office, actor, id)
    }

    /// Another process on the same database.
    pub async fn another_process(&self) -> Switchyard {
        Self::open(&self.folder, &self.clock, &self.platform).await
    }

    async fn open(folder: &tempfile::TempDir, clock: &TestClock, platform: &Platform) -> Switchyard {
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        Switchyard::new(Parts {
            store: Store::open(&url, Keys::new(&[7; 32])).await.unwrap(),
            clock: Arc::new(clock.clone()),
            dice: || 0.5,
            destinations: vec![Arc::new(platform.clone())],
            public_url: "https://switchyard.example".into(),
        })
    }

    /// Somebody of the actor's workspace with a role.
    pub async fn person(&self, admin: &Actor, name: &str, role: Role) -> Actor {
        let email = format!("{}@northwind.example", name.to_lowercase());
        self.switchyard.add_person(admin, name, &email, role, PASSWORD).await.unwrap();
        let people = self.switchyard.settings(admin).await.unwrap().people;
        let user: UserId = people.into_iter().find(|person| person.name == name).unwrap().id;
        Actor { user, workspace: admin.workspace, role }
    }

    /// An admin of another workspace, who is not of the first one.
    pub async fn stranger(&self, admin: &Actor) -> Actor {
        let guest = self.person(admin, "Stranger", Role::Admin).await;
        let workspace = self.switchyard.create_workspace(&guest, "Elsewhere").await.unwrap();
        self.switchyard.remove_person(admin, guest.user).await.unwrap();
        self.switchyard.actor(guest.user, workspace).await.unwrap()
    }

    /// Begins a consent; the state that went out.
    pub async fn begin(&self, actor: &Actor, id: DestinationId, session: &str) -> Result<String, ApiError> {
        let url = self.switchyard.start_oauth(actor, id, session).await?;
        let state = url.split_once("state=").unwrap().1.split('&').next().unwrap();
        Ok(state.to_owned())
    }

    /// A whole consent.
    pub async fn consent(&self, actor: &Actor, id: DestinationId, code: &str) -> OAuthOutcome {
        let state = self.begin(actor, id, SESSION).await.unwrap();
        self.switchyard.finish_oauth(Some(actor), SESSION, returned(&state, Some(code), None)).await
    }

    /// Whether the text stands anywhere in the database's files.
    pub async fn on_disk(&self, text: &str) -> bool {
        self.switchyard.store().empty_log().await.unwrap();
        let files: Vec<PathBuf> =
            std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.iter().any(|file| {
            let bytes = std::fs::read(file).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }
}

pub fn returned(state: &str, code: Option<&str>, error: Option<&str>) -> OAuthReturn {
    OAuthReturn {
        code: code.map(str::to_owned),
        state: Some(state.to_owned()),
        error: error.map(str::to_owned),
        error_description: None,
    }
}

impl TestClock {
    fn at(now: domain::Timestamp) -> Self {
        Self::new(Arc::new(AtomicI64::new(now.0)))
    }
}
