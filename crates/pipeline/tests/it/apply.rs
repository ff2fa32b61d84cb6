//! `switchyard apply` and `export`.

use domain::{
    Actor,
    view::{ConnectionState, audience_list::AudienceFilter},
};
use pipeline::{
    apply::{ApplyError, apply},
    export::export,
};

use crate::office::Office;

const NORTHWIND: &str = r#"[workspace]
name = "Northwind Outdoor"

[[user]]
name = "Dana Lopez"
email = "dana@northwind.example"
role = "admin"
password = "correct horse battery"

[[source]]
name = "Web shop"
write_key = "wk_northwind_web"
default_country = "US"

[[destination]]
type = "snapchat"
name = "Snapchat US"
enabled = true
business_id = "b-1"
ad_account_id = "a-1"
pixel_id = "p-1"
capi_token_env = "NORTHWIND_CAPI_TOKEN"
send_server_side = true

[destination.events]
"Order Completed" = { snap = "PURCHASE", server = true, client = true }
"Product Viewed"  = { server = true, fields = { price = "properties.total", currency = { value = "USD" }, phone = false } }
added_to_segment  = { server = true }

[[audience]]
name = "repeat_buyers_90d"
match = "all"
conditions = [
  { event = "Order Completed", at_least = 2, within_days = 90 },
  { trait = "country", is = "US" },
]
destinations = ["Snapchat US"]
"#;

fn env(name: &str) -> Option<String> {
    (name == "NORTHWIND_CAPI_TOKEN").then(|| "capi-token-1234".to_owned())
}

async fn run(office: &Office, text: &str) -> Result<Vec<String>, String> {
    apply(&office.switchyard, text, "shop.toml", &env).await.map_err(|error: ApplyError| error.to_string())
}

async fn dana(office: &Office) -> Actor {
    let signed_in = office.switchyard.sign_in("dana@northwind.example", "correct horse battery", "").await.unwrap();
    office.switchyard.actor(signed_in.user, signed_in.workspace).await.unwrap()
}

#[tokio::test]
async fn a_file_makes_a_workspace_and_a_second_time_nothing() {
    let office = Office::empty().await;
    let said = run(&office, NORTHWIND).await.unwrap();
    assert_eq!(said[0], "workspace “Northwind Outdoor” added");
    assert!(said.contains(&"source “Web shop”: added, write key wk_northwind_web".to_owned()), "{said:#?}");
    assert!(said.contains(&"destination “Snapchat US”: Order Completed: Server-side on, Client-side on".to_owned()));
    assert!(!said.join("\n").contains("capi-token") && !said.join("\n").contains("correct horse"));
    assert_eq!(run(&office, NORTHWIND).await.unwrap(), Vec::<String>::new());

    let actor = dana(&office).await;
    let s = &office.switchyard;
    let row = s.destinations(&actor).await.unwrap().remove(0);
    assert_eq!(row.state, ConnectionState::Healthy);
    let page = s.configuration(&actor, row.id).await.unwrap();
    assert_eq!((page.pixel.unwrap().name.as_str(), page.capi_token.unwrap().last4.as_str()), ("p-1", "1234"));
    assert!(page.changes.iter().all(|change| change.who == "apply"));
    let audience = s.audiences(&actor, &AudienceFilter::default()).await.unwrap().rows.remove(0);
    assert_eq!(
        audience.sentence,
        "People who did Order Completed at least 2 times within the last 90 days and have country “US”"
    );
    assert_eq!(audience.syncs[0].name, "Snapchat US");
}

#[tokio::test]
async fn an_export_changes_nothing_and_holds_no_secret() {
    let office = Office::empty().await;
    run(&office, NORTHWIND).await.unwrap();
    let first = export(&office.switchyard, None).await.unwrap();
    assert_eq!(run(&office, &first).await.unwrap(), Vec::<String>::new(), "{first}");
    assert!(!first.contains("capi-token-1234") && !first.contains("argon2") && !first.contains("correct horse"));
    assert_eq!(export(&office.switchyard, Some("northwind outdoor")).await.unwrap(), first);

    // With the secrets given it makes the same workspace elsewhere.
    let other = Office::empty().await;
    let with_secrets = first.replace("role = \"admin\"", "role = \"admin\"\npassword = \"correct horse battery\"");
    run(&other, &with_secrets).await.unwrap();
    assert_eq!(
        export(&other.switchyard, None).await.unwrap().replace("send_server_side", ""),
        first.replace("send_server_side", "").replace(&token_line(&first), "")
    );
}

fn token_line(text: &str) -> String {
    text.lines().find(|line| line.starts_with("# a Conversion")).map(|line| format!("{line}\n")).unwrap()
}

#[tokio::test]
async fn of_several_workspaces_one_is_named() {
    let office = Office::empty().await;
    assert_eq!(export(&office.switchyard, None).await.unwrap_err().to_string(), "there is no workspace yet");
    run(&office, NORTHWIND).await.unwrap();
    let second = "[workspace]\nname = \"Southwind\"\n[[user]]\nemail = \"dana@northwind.example\"\nrole = \"admin\"\n";
    assert_eq!(run(&office, second).await.unwrap().len(), 2);
    let error = export(&office.switchyard, None).await.unwrap_err().to_string();
    assert!(error.contains("Northwind Outdoor, Southwind"), "{error}");
    assert!(export(&office.switchyard, Some("southwind")).await.unwrap().contains("dana@northwind.example"));
    assert!(export(&office.switchyard, Some("Westwind")).await.is_err());
}

#[tokio::test]
async fn what_a_file_does_not_mention_stays() {
    let office = Office::empty().await;
    run(&office, NORTHWIND).await.unwrap();
    let part = r#"
        [workspace]
        name = "northwind outdoor"
        [[source]]
        name = "Web shop"
        [[destination]]
        type = "snapchat"
        name = "snapchat us"
        send_server_side = false
        [destination.events]
        "order_completed" = { client = false }
    "#;
    let said = run(&office, part).await.unwrap();
    assert_eq!(
        said,
        [
            "destination “snapchat us”: “Send data via Server-side” switched off",
            "destination “snapchat us”: Order Completed: Client-side off"
        ]
    );
    let actor = dana(&office).await;
    let s = &office.switchyard;
    let id = s.destinations(&actor).await.unwrap()[0].id;
    let rows = s.workflow(&actor, id).await.unwrap().rows;
    let order = rows.iter().find(|row| row.setting.event == "Order Completed").unwrap();
    assert_eq!((order.setting.server, order.setting.client), (true, false));
    assert_eq!(s.sources(&actor).await.unwrap()[0].write_key, "wk_northwind_web");
}

#[tokio::test]
async fn changed_values_are_brought_over() {
    let office = Office::empty().await;
    run(&office, NORTHWIND).await.unwrap();
    let text = NORTHWIND
        .replace("\"Dana Lopez\"", "\"Dana L.\"")
        .replace("correct horse battery", "another horse battery")
        .replace("wk_northwind_web", "wk_new")
        .replace("default_country = \"US\"", "default_country = \"DE\"\nenabled = false")
        .replace("\"p-1\"", "\"p-2\"")
        .replace("destinations = [\"Snapchat US\"]", "destinations = []")
        .replace("match = \"all\"", "match = \"any\"");
    let said = run(&office, &text).await.unwrap();
    for words in [
        "renamed from",
        "password changed",
        "new write key wk_new",
        "default country DE",
        "switched off",
        "pixel p-2",
        "goes to Snapchat US no more",
        "audience “repeat_buyers_90d”: changed",
    ] {
        assert!(said.iter().any(|what| what.contains(words)), "{words}: {said:#?}");
    }
    assert_eq!(run(&office, &text).await.unwrap(), Vec::<String>::new());
    assert!(office.switchyard.sign_in("dana@northwind.example", "another horse battery", "").await.is_ok());
    // Back to the key before, which is still accepted.
    run(&office, NORTHWIND).await.unwrap();
    assert_eq!(office.switchyard.sources(&dana(&office).await).await.unwrap()[0].write_key, "wk_northwind_web");
}

#[tokio::test]
async fn mistakes_name_the_line_and_the_nearest_right_name() {
    let office = Office::empty().await;
    run(&office, NORTHWIND).await.unwrap();
    let before = export(&office.switchyard, None).await.unwrap();
    let cases = [
        (
            "name = \"Northwind Outdoor\"",
            "nam = \"x\"",
            "shop.toml:2: [workspace] has no key “nam”. Did you mean “name”?",
        ),
        ("[[source]]", "[[sources]]", "shop.toml:10: The file has no key “sources”. Did you mean “source”?"),
        ("[[source]]", "[source]", "shop.toml:10: Write [[source]] in double brackets"),
        ("role = \"admin\"", "role = \"amdin\"", "shop.toml:7: There is no role “amdin”. Did you mean “admin”?"),
        ("\"US\"\n\n[[d", "\"USA\"\n\n[[d", "shop.toml:13: Enter a country"),
        (
            "enabled = true",
            "enabled = \"yes\"",
            "shop.toml:18: enabled is of the type string, but true or false is expected",
        ),
        (
            "type = \"snapchat\"",
            "type = \"snapchta\"",
            "shop.toml:16: There is no destination type “snapchta”. Did you mean “snapchat”?",
        ),
        ("NORTHWIND_CAPI_TOKEN", "MISSING", "shop.toml:22: The environment variable MISSING is not set"),
        (
            "snap = \"PURCHASE\"",
            "snap = \"PURCHAS\"",
            "shop.toml:26: Snapchat has no event “PURCHAS”. Did you mean PURCHASE?",
        ),
        (
            "client = true }",
            "clinet = true }",
            "shop.toml:26: The event “Order Completed” has no key “clinet”. Did you mean “client”?",
        ),
        ("added_to_segment  =", "error_log =", "shop.toml:28: “error_log” is a reserved name."),
        ("added_to_segment  =", "\"order completed\" =", "shop.toml:28: “Order Completed” is in the list twice"),
        ("at_least = 2", "at_lest = 2", "shop.toml:34: A condition has no key “at_lest”. Did you mean “at_least”?"),
        ("at_least = 2", "at_least = -2", "shop.toml:34: In this condition: "),
        ("match = \"all\"", "match = \"al\"", "shop.toml:32: match is “al”. Did you mean “all”?"),
        (
            "[\"Snapchat US\"]",
            "[\"Snapchat UK\"]",
            "shop.toml:37: There is no destination “Snapchat UK”. Did you mean “Snapchat US”?",
        ),
        ("password = \"correct horse battery\"", "password = \"short\"", "shop.toml:8: Use at least"),
        ("dana@northwind.example", "dana", "shop.toml:6: Enter an e-mail address"),
        ("[[audience]]", "[[audience]", "shop.toml:30: "),
    ];
    for (from, to, expected) in cases {
        assert!(NORTHWIND.contains(from), "{from}");
        let text = NORTHWIND.replacen(from, to, 1);
        let error = run(&office, &text).await.unwrap_err();
        assert!(error.starts_with(expected), "{to}:\n{error}\n{expected}");
        assert_eq!(export(&office.switchyard, None).await.unwrap(), before, "{to}");
    }
}

#[tokio::test]
async fn nothing_is_changed_if_one_step_is_refused() {
    let office = Office::empty().await;
    run(&office, NORTHWIND).await.unwrap();
    let other = NORTHWIND
        .replace("Northwind Outdoor", "Southwind")
        .replace("role = \"admin\"\npassword", "role = \"admin\"\n# password");
    let error = run(&office, &other).await.unwrap_err();
    assert_eq!(error, "shop.toml:12: Another source uses this write key.");
    assert!(export(&office.switchyard, Some("Southwind")).await.is_err());
    for (text, expected) in [
        (
            "[workspace]\nname = \"W\"\n[[user]]\nemail = \"new@w.example\"\n",
            "shop.toml:3: This user does not exist yet: add name",
        ),
        (
            "[workspace]\nname = \"W\"\n[[user]]\nname = \"N\"\nrole = \"admin\"\nemail = \"new@w.example\"\n",
            "shop.toml:3: This user does not exist yet: add password = \"…\" or password_env = \"VARIABLE\".",
        ),
        (
            "[workspace]\nname = \"W\"\n[[user]]\nname = \"N\"\nrole = \"viewer\"\nemail = \"new@w.example\"\npassword = \"a long password\"\n",
            "shop.toml:3: A workspace needs an admin.",
        ),
        ("", "shop.toml:1: The file needs a [workspace]"),
    ] {
        let error = run(&office, text).await.unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(export(&office.switchyard, Some("W")).await.is_err());
}

#[tokio::test]
async fn destinations_of_an_audience_may_say_how_their_list_is() {
    let office = Office::empty().await;
    let with = |destinations: &str| {
        NORTHWIND.replace("destinations = [\"Snapchat US\"]", &format!("destinations = [{destinations}]"))
    };
    run(&office, NORTHWIND).await.unwrap();
    let exported = export(&office.switchyard, None).await.unwrap();
    assert!(exported.contains("destinations = [\"Snapchat US\"]"), "{exported}");
    let table = r#"{ name = "Snapchat US", list = "5677923948298240", retention_days = 30 }"#;
    let said = run(&office, &with(table)).await.unwrap();
    let expected = "audience “repeat_buyers_90d”: at Snapchat US fills the list 5677923948298240, people stay 30 days";
    assert_eq!(said, [expected]);
    assert_eq!(run(&office, &with(table)).await.unwrap(), Vec::<String>::new());
    assert_eq!(run(&office, NORTHWIND).await.unwrap(), Vec::<String>::new(), "what is left out stays");
    assert!(export(&office.switchyard, None).await.unwrap().contains(&format!("destinations = [{table}]")));
    run(&office, &with(r#"{ name = "Snapchat US", list = "", lists = "each" }"#)).await.unwrap();
    let exported = export(&office.switchyard, None).await.unwrap();
    assert!(exported.contains(r#"[{ name = "Snapchat US", retention_days = 30, lists = "each" }]"#), "{exported}");

    for (wrong, told) in [
        (r#"{ name = "Snapchat US", retention_days = 0 }"#, "1 to 9999 days"),
        (r#"{ name = "Snapchat US", lists = "eech" }"#, "Did you mean “each”?"),
        (r#"{ name = "Snapchat US", lists = "each", list = "1" }"#, "An existing list takes all identifiers"),
        (r#"{ name = "Snapchat US", retention = 1 }"#, "retention_days"),
        (r#"{ name = "Snapchat UZ" }"#, "Did you mean “Snapchat US”?"),
        (r#"{ list = "1" }"#, "needs a name"),
        ("7", "list of names"),
    ] {
        let error = run(&office, &with(wrong)).await.unwrap_err();
        assert!(error.contains(told) && error.contains("shop.toml:"), "{wrong}: {error}");
    }
}

#[tokio::test]
async fn what_is_said_of_an_audience_is_applied_and_exported() {
    let office = Office::empty().await;
    run(&office, NORTHWIND).await.unwrap();
    let told =
        "name = \"repeat_buyers_90d\"\ndescription = \"Bought \\\"twice\\\"\"\nstate = \"draft\"\ndynamic = false";
    let text = NORTHWIND.replacen("name = \"repeat_buyers_90d\"", told, 1);
    let said = run(&office, &text).await.unwrap();
    assert_eq!(said, ["audience “repeat_buyers_90d”: another description, static, now draft"]);
    assert_eq!(run(&office, NORTHWIND).await.unwrap(), Vec::<String>::new(), "what the file leaves out stays");
    let printed = export(&office.switchyard, None).await.unwrap();
    assert!(printed.contains(told), "{printed}");
    assert_eq!(run(&office, &printed).await.unwrap(), Vec::<String>::new());

    let wrong = text.replacen("state = \"draft\"", "state = \"activ\"", 1);
    assert_eq!(run(&office, &wrong).await.unwrap_err(), "shop.toml:33: state is “activ”. Did you mean “active”?");
}

#[tokio::test]
async fn audiences_ask_for_others_that_are_there_and_not_for_themselves() {
    let office = Office::empty().await;
    run(&office, NORTHWIND).await.unwrap();
    let before = export(&office.switchyard, None).await.unwrap();
    let asking = |name: &str, asked: &str| {
        format!("\n[[audience]]\nname = \"{name}\"\nconditions = [{{ audience = \"{asked}\" }}]\n")
    };
    let error = run(&office, &format!("{NORTHWIND}{}", asking("vip", "repeat_buyer_90d"))).await.unwrap_err();
    assert!(error.contains("Did you mean “repeat_buyers_90d”?"), "{error}");
    let error = run(&office, &format!("{NORTHWIND}{}{}", asking("a", "B"), asking("b", "a"))).await.unwrap_err();
    assert!(error.contains("circle: a → b → a"), "{error}");
    assert_eq!(export(&office.switchyard, None).await.unwrap(), before);

    // In whichever order they stand.
    let both = format!("{NORTHWIND}{}{}", asking("a", "Vip"), asking("vip", "repeat_buyers_90d"));
    assert_eq!(run(&office, &both).await.unwrap().len(), 2);
    assert_eq!(run(&office, &both).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn options_and_consent_are_kept_in_a_file() {
    let office = Office::empty().await;
    let options = "send_server_side = true\nsnap_app_id = \"4f2b7c1a\"\nhold_seconds = 90\nhold_purchases = true\n\
                   limited_data_use = \"ldu\"";
    let text = NORTHWIND
        .replace("send_server_side = true", options)
        .replace("default_country = \"US\"", "default_country = \"US\"\nrequire_consent = true");
    let said = run(&office, &text).await.unwrap();
    let told = "destination “Snapchat US”: Snap App ID 4f2b7c1a; Events are held for 90 seconds; Purchases are held, too; \
                Limited data use: LDU";
    assert!(said.contains(&told.to_owned()), "{said:#?}");
    assert!(said.contains(&"source “Web shop”: marketing consent required".to_owned()), "{said:#?}");
    assert_eq!(run(&office, &text).await.unwrap(), Vec::<String>::new());

    let exported = export(&office.switchyard, None).await.unwrap();
    for line in ["require_consent = true", "snap_app_id = \"4f2b7c1a\"", "hold_seconds = 90", "hold_purchases = true"] {
        assert!(exported.contains(&format!("{line}\n")), "{line}: {exported}");
    }
    assert!(exported.contains("limited_data_use = \"LDU\"\n"), "{exported}");
    assert_eq!(run(&office, &exported).await.unwrap(), Vec::<String>::new());
    // What is left out stays, and `off` takes it away.
    let part =
        "[workspace]\nname = \"Northwind Outdoor\"\n[[destination]]\ntype = \"snapchat\"\nname = \"Snapchat US\"\n";
    assert_eq!(run(&office, part).await.unwrap(), Vec::<String>::new());
    let off = format!("{part}limited_data_use = \"off\"\nsnap_app_id = \"\"\n");
    assert_eq!(
        run(&office, &off).await.unwrap(),
        ["destination “Snapchat US”: Snap App ID removed; Limited data use: off"]
    );

    for (line, words) in [
        ("snap_app_id = \"com.northwind\"", "package name"),
        ("hold_seconds = -1", "whole seconds"),
        ("hold_seconds = \"90\"", "a whole number is expected"),
        ("limited_data_use = \"LUD\"", "off, LMU or LDU"),
        ("hold_second = 1", "Did you mean “hold_seconds”?"),
    ] {
        let refused = run(&office, &format!("{part}{line}\n")).await.unwrap_err();
        assert!(refused.starts_with("shop.toml:6: ") && refused.contains(words), "{refused}");
    }
}

#[tokio::test]
async fn the_log_of_changes_names_a_destination_once() {
    let office = Office::empty().await;
    let said = run(&office, NORTHWIND).await.unwrap();
    let switched = "destination “Snapchat US”: “Send data via Server-side” switched on";
    assert!(said.iter().any(|line| line == switched), "{said:?}");
    let actor = dana(&office).await;
    let id = office.switchyard.destinations(&actor).await.unwrap()[0].id;
    let of_page = office.switchyard.configuration(&actor, id).await.unwrap().changes;
    let told: Vec<&str> = of_page.iter().map(|change| change.what.as_str()).collect();
    assert!(told.contains(&"“Send data via Server-side” switched on"), "{told:?}");
    assert!(told.contains(&"Destination “Snapchat US” added"), "{told:?}");
    assert!(told.contains(&"Business b-1, ad account a-1, pixel p-1 chosen"), "{told:?}");
    assert!(told.iter().any(|what| what.starts_with("Event workflow: Order Completed: ")), "{told:?}");
    assert!(of_page.iter().all(|change| change.destination.is_none()));
    // Among those of the workspace each says whose it is.
    let all = office.switchyard.settings(&actor).await.unwrap().changes;
    let of = |what: &str| all.iter().find(|change| change.what == what).unwrap().destination.as_deref();
    assert_eq!(of("“Send data via Server-side” switched on"), Some("Snapchat US"));
    assert_eq!(of("Workspace “Northwind Outdoor” added"), None);
}

#[tokio::test]
async fn ids_that_are_none_of_snapchats_are_told() {
    let office = Office::empty().await;
    let said = run(&office, &NORTHWIND.replace("\"p-1\"", "\"zzz\"")).await.unwrap().join("\n");
    assert!(said.contains("pixel_id = “zzz”") && said.contains("36 characters"), "{said}");
    let id = "9f3c2d1e-4b5a-4c6d-8e7f-0a1b2c3d4e5f";
    let right = NORTHWIND.replace("\"p-1\"", &format!("\"{id}\""));
    let right = right.replace("\"a-1\"", &format!("\"{id}\"")).replace("\"b-1\"", &format!("\"{id}\""));
    let said = run(&office, &right).await.unwrap().join("\n");
    assert!(said.contains(id) && !said.contains("again"), "{said}");
}
