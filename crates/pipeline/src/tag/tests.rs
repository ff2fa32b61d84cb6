use std::{io::Write, sync::Arc};

use domain::{DestinationId, Timestamp, UserId, WorkspaceId, destination::Asset, workflow::EventSetting};
use store::{ChosenAssets, Keys, NewSource, NewUser, Store};
use uuid::Uuid;

use super::*;
use crate::Parts;

struct Noon;

impl domain::Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_000_000_000)
    }
}

fn pixel(events: &[(&str, &str)]) -> TagPixel {
    TagPixel {
        destination: DestinationId("01936e5c-0000-7000-8000-000000000001".parse().unwrap()),
        pixel_id: "9f3c2d1e-0000-4000-8000-000000000001".into(),
        events: events.iter().map(|(key, snap)| ((*key).to_owned(), (*snap).to_owned())).collect(),
    }
}

fn config(pixel_url: &str) -> TagConfig {
    TagConfig {
        write_key: "wk_northwind_web".into(),
        url: "https://switchyard.example".into(),
        pixel_url: pixel_url.into(),
        consent_required: false,
        destinations: vec![TagDestination::from(pixel(&[("ordercompleted", "PURCHASE")]))],
    }
}

#[test]
fn an_event_is_found_by_each_of_its_names() {
    let events = TagDestination::from(pixel(&[("pageview", "PAGE_VIEW"), ("leadcreated", "SIGN_UP")])).events;
    for name in ["Page View", "page_viewed", "page", "pageview"] {
        assert_eq!(events.get(&event_key(name)).map(String::as_str), Some("PAGE_VIEW"), "{name}");
    }
    assert_eq!(events.get("leadcreated").map(String::as_str), Some("SIGN_UP"));
    assert_eq!(events.len(), 4, "{events:?}");
}

#[test]
fn names_are_folded_as_in_the_browser() {
    let names: BTreeMap<String, String> =
        serde_json::from_str(include_str!("../../../../tag/test/names.json")).unwrap();
    for (name, key) in names {
        assert_eq!(event_key(&name), key, "{name}");
    }
}

#[test]
fn audience_events_have_no_client_side() {
    assert!(TagDestination::from(pixel(&[("addedtosegment", "PURCHASE")])).events.is_empty());
}

#[test]
fn the_script_holds_the_configuration_and_nothing_that_ends_a_script() {
    let hostile = "https://x.example/</script><!--\u{2028}\u{2029}\"\\.js";
    let script = tag_script(&config(hostile));
    let start = script.rfind("})([").expect("the configuration stands at the end") + 3;
    let argument = script[start..].strip_suffix(");\n").expect("and closes the call");
    assert!(!argument.contains(['<', '>', '\u{2028}', '\u{2029}']), "{argument}");
    let read: serde_json::Value = serde_json::from_str(argument).unwrap();
    let to = ["00000001", "9f3c2d1e-0000-4000-8000-000000000001", "PURCHASE ordercompleted"];
    assert_eq!(read, json!(["wk_northwind_web", "https://switchyard.example", hostile, 0, to]));
    assert!(!script[..start].contains("</script"), "nor does the tag itself");
}

#[test]
fn events_are_grouped_by_what_they_become() {
    let events = [("search", "SEARCH"), ("purchased", "PURCHASE"), ("ordercompleted", "PURCHASE")];
    let events = events.map(|(key, name)| (key.to_owned(), name.to_owned())).into();
    assert_eq!(grouped(&events), "PURCHASE ordercompleted purchased;SEARCH search");
    assert_eq!(grouped(&BTreeMap::new()), "");
}

/// What visitors load with every standard event client-side, at two destinations, with ids as they are in real life.
#[test]
fn the_whole_script_is_below_four_kilobytes() {
    let standard = STANDARD.iter().filter(|event| !event.snap_event.is_empty());
    let events: Vec<(String, String)> =
        standard.map(|event| (event_key(event.name), event.snap_event.to_owned())).collect();
    let destination = |id: &str, pixel: &str| {
        let destination = DestinationId(id.parse().unwrap());
        TagDestination::from(TagPixel { destination, pixel_id: pixel.into(), events: events.clone() })
    };
    let config = TagConfig {
        write_key: "wk_7Hq2VnX9cLr4TzBpYw8KdMs3".into(),
        url: "https://events.northwind-outdoor.example".into(),
        pixel_url: "https://sc-static.net/scevent.min.js".into(),
        consent_required: true,
        destinations: vec![
            destination("0193a7c2-5e41-7b08-9c6d-f2a81e0b47d3", "9f3c2d1e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"),
            destination("0193a7d8-c19b-70fe-a35c-46b7e2d9f018", "3be2f704-d815-4e96-a7c0-5f21c89d6b3a"),
        ],
    };
    assert!(config.destinations[0].events.len() > 40);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(tag_script(&config).as_bytes()).unwrap();
    let size = packed.finish().unwrap().len();
    assert!(size < 4_096, "{size} bytes");
}

/// A shop with one source, one destination and its pixel.
struct Shop {
    switchyard: Switchyard,
    admin: Actor,
    source: SourceId,
    destination: DestinationId,
    _folder: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let switchyard = Switchyard::new(Parts {
            store: Store::open(&url, Keys::new(&[1; 32])).await.unwrap(),
            clock: Arc::new(Noon),
            dice: || 0.5,
            destinations: Vec::new(),
            public_url: "https://switchyard.example".into(),
        });
        let (user, workspace) = (UserId(Uuid::from_u128(1)), WorkspaceId(Uuid::from_u128(2)));
        let (source, destination) = (SourceId(Uuid::from_u128(3)), DestinationId(Uuid::from_u128(4)));
        let author = Author { user: Some(user), at: switchyard.now() };
        let dana = NewUser {
            id: user,
            name: "Dana".into(),
            email: "dana@northwind.example".into(),
            password_hash: "$argon2id$".into(),
        };
        let web = NewSource {
            id: source,
            name: "Web </script>\u{2028}".into(),
            write_key: "wk_web".into(),
            default_country: None,
        };
        let asset = |id: &str| Asset { id: id.into(), name: "</script>".into(), status: None };
        let chosen =
            ChosenAssets { business: asset("b"), ad_account: asset("a"), pixel: asset("pixel</script>\u{2028}") };
        let store = switchyard.store();
        store.set_up(workspace, "Northwind", &dana, switchyard.now()).await.unwrap();
        store.add_source(workspace, &web, &author).await.unwrap();
        store.add_destination(workspace, destination, "snapchat", "US", &author).await.unwrap();
        store.choose_assets(workspace, destination, &chosen, &author).await.unwrap();
        let admin = Actor { user, workspace, role: Role::Admin };
        Self { switchyard, admin, source, destination, _folder: folder }
    }

    async fn switch(&self, version: i64, event: &str, snap_event: &str, client: bool) {
        let author = Author { user: Some(self.admin.user), at: self.switchyard.now() };
        let setting = EventSetting {
            event: event.into(),
            snap_event: snap_event.into(),
            server: true,
            client,
            fields: BTreeMap::new(),
        };
        let rows = [(setting, "changed".to_owned())];
        let store = self.switchyard.store();
        store.save_event_settings(self.admin.workspace, self.destination, version, &rows, &author).await.unwrap();
    }

    async fn config(&self, write_key: &str) -> Result<TagConfig, ApiError> {
        self.switchyard.tag_config(write_key, "https://pixel.example/scevent.min.js").await
    }
}

#[tokio::test]
async fn the_tag_follows_the_switches() {
    let shop = Shop::open().await;
    assert_eq!(shop.config("wk_web").await.unwrap().destinations, []);
    shop.switch(0, "Added to cart", "ADD_CART", false).await;
    shop.switch(1, "Page View", "PAGE_VIEW", true).await;
    let config = shop.config("wk_web").await.unwrap();
    assert_eq!((config.write_key.as_str(), config.url.as_str()), ("wk_web", "https://switchyard.example"));
    assert_eq!(config.pixel_url, "https://pixel.example/scevent.min.js");
    assert_eq!(config.destinations.len(), 1);
    assert_eq!(config.destinations[0].tail, shop.destination.into());
    let names: Vec<&str> = config.destinations[0].events.keys().map(String::as_str).collect();
    assert_eq!(names, ["page", "pageview", "pageviewed"]);
    let script = tag_script(&config);
    assert!(script.contains(r"pixel\u003c/script\u003e\u2028"), "written so that it can't end a script");
    assert!(!script.contains("</script") && !script.contains('\u{2028}'));
}

#[tokio::test]
async fn only_an_enabled_source_has_a_tag() {
    let shop = Shop::open().await;
    assert_eq!(shop.config("wk_nobody").await, Err(ApiError::NotFound));
    let author = Author { user: None, at: shop.switchyard.now() };
    let until = shop.switchyard.now().plus(1);
    let store = shop.switchyard.store();
    store.rotate_write_key(shop.admin.workspace, shop.source, "wk_next", until, &author).await.unwrap();
    for key in ["wk_web", "wk_next"] {
        assert_eq!(shop.config(key).await.unwrap().write_key, "wk_next");
    }
    store.set_source_enabled(shop.admin.workspace, shop.source, false, &author).await.unwrap();
    assert_eq!(shop.config("wk_next").await, Err(ApiError::NotFound));
}

#[tokio::test]
async fn consent_is_a_marketers_choice() {
    let shop = Shop::open().await;
    assert!(!shop.config("wk_web").await.unwrap().consent_required);
    let set = |role, id| {
        let actor = Actor { role, ..shop.admin.clone() };
        let switchyard = shop.switchyard.clone();
        async move { switchyard.set_source_consent(&actor, id, true).await }
    };
    assert_eq!(set(Role::Viewer, shop.source).await, Err(ApiError::Forbidden));
    assert_eq!(set(Role::Marketer, SourceId(Uuid::from_u128(99))).await, Err(ApiError::NotFound));
    assert_eq!(set(Role::Marketer, shop.source).await, Ok(()));
    assert!(shop.config("wk_web").await.unwrap().consent_required);
}
