use domain::{DestinationId, Timestamp};
use store::{Keys, Store};

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
    let start = script.rfind("})({").expect("the configuration stands at the end") + 3;
    let argument = script[start..].strip_suffix(");\n").expect("and closes the call");
    assert!(!argument.contains(['<', '>', '\u{2028}', '\u{2029}']), "{argument}");
    let read: serde_json::Value = serde_json::from_str(argument).unwrap();
    assert_eq!(read["pixelUrl"], hostile);
    assert_eq!(read["writeKey"], "wk_northwind_web");
    assert_eq!(read["consentRequired"], false);
    assert_eq!(read["destinations"][0]["events"]["ordercompleted"], "PURCHASE");
    assert!(!script[..start].contains("</script"), "nor does the tag itself");
}

#[tokio::test]
async fn an_unknown_write_key_has_no_tag() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("a.db").display());
    let switchyard = Switchyard::new(Parts {
        store: Store::open(&url, Keys::new(&[1; 32])).await.unwrap(),
        clock: std::sync::Arc::new(Noon),
        dice: || 0.5,
        destinations: Vec::new(),
        public_url: "https://switchyard.example".into(),
    });
    assert_eq!(switchyard.tag_config("wk_nobody", "https://p.example/x.js").await, Err(ApiError::NotFound));
}
