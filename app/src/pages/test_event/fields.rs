//! Each field of a mapped event, before and after.

use domain::fields::{FieldTrace, Origin};
use leptos::prelude::*;
use serde_json::Value;

/// The table.
pub fn field_table(fields: Vec<FieldTrace>) -> AnyView {
    let rows: Vec<AnyView> = fields.into_iter().map(row).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Fields, before and after">
            <table class="data dense trace-table">
                <caption class="visually-hidden">"Fields, before and after"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Field"</th>
                        <th scope="col">"Taken from"</th>
                        <th scope="col">"In the event"</th>
                        <th scope="col">"Normalised"</th>
                        <th scope="col">"Sent"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(trace: FieldTrace) -> AnyView {
    let sent = match &trace.sent {
        Some(sent) => view! { <code>{shown(sent)}</code> }.into_any(),
        None => view! { <span class="muted">"Not sent"</span> }.into_any(),
    };
    let hashed = (trace.hashed && trace.sent.is_some()).then(|| view! { <span class="muted">" SHA-256"</span> });
    view! {
        <tr>
            <th scope="row"><code>{trace.name}</code></th>
            <td>{origin(&trace.origin)}</td>
            <td>{trace.found.map(|found| view! { <code>{shown(&found)}</code> })}</td>
            <td>{trace.normalised.map(|text| view! { <code>{text}</code> })}</td>
            <td>{sent}{hashed}</td>
        </tr>
    }
    .into_any()
}

/// Where a value came from, in words.
pub fn origin(origin: &Origin) -> AnyView {
    match origin {
        Origin::Path(path) => view! { <code>{path.clone()}</code> }.into_any(),
        Origin::WorkedOut(path) => view! { "Worked out from " <code>{path.clone()}</code> }.into_any(),
        Origin::Missing(path) => view! { "Nothing at " <code>{path.clone()}</code> }.into_any(),
        Origin::Constant => "A constant".into_any(),
        Origin::Off => "Switched off".into_any(),
    }
}

/// A value in one line: texts without quotes, everything else as JSON.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => sorted(other),
    }
}

/// The order of keys depends on how `serde_json` was built, and the server and the browser have to agree.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {}", sorted(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(sorted).collect::<Vec<_>>().join(", ")),
        leaf => leaf.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_stand_in_one_line() {
        assert_eq!(shown(&json!("a")), "a");
        assert_eq!(shown(&json!(["a", "b"])), "a, b");
        assert_eq!(shown(&json!(5.5)), "5.5");
        assert_eq!(shown(&json!([{"id": 1, "a": "x"}])), r#"[{a: "x", id: 1}]"#);
    }
}
