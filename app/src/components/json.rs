//! JSON with folding and a copy button.

use leptos::{html, prelude::*};
use serde_json::Value;

use super::{CopyButton, open_at_first};

/// How deep it is unfolded at first.
const OPEN_DEPTH: usize = 3;

/// A JSON value, folded by object and list.
#[component]
pub fn JsonView(
    /// What is shown.
    value: Value,
    /// What it is, for the copy button's name.
    #[prop(optional, into)]
    what: Option<String>,
) -> impl IntoView {
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    let what = what.unwrap_or_else(|| "JSON".to_owned());
    view! {
        <div class="json">
            <CopyButton text=text what=what/>
            <div class="json-tree">{node(None, value, 0)}</div>
        </div>
    }
    .into_any()
}

fn node(key: Option<String>, value: Value, depth: usize) -> AnyView {
    let key = key.map(|key| view! { <span class="json-key">{key}</span> ": " });
    let (count, children) = match value {
        Value::Object(map) => {
            // The order of keys depends on how serde_json was built, and the server and the browser have to agree.
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            let count = format!("{{{}}}", entries.len());
            (count, entries.into_iter().map(|(key, value)| node(Some(key), value, depth + 1)).collect::<Vec<_>>())
        }
        Value::Array(items) => {
            let count = format!("[{}]", items.len());
            let nodes = items.into_iter().enumerate();
            (count, nodes.map(|(index, value)| node(Some(index.to_string()), value, depth + 1)).collect())
        }
        leaf => return view! { <div class="json-leaf">{key}{scalar(&leaf)}</div> }.into_any(),
    };
    if children.is_empty() {
        return view! { <div class="json-leaf">{key}<span class="muted">{count.replace('0', "")}</span></div> }
            .into_any();
    }
    let details = NodeRef::<html::Details>::new();
    let open = if depth < OPEN_DEPTH { open_at_first(details) } else { Vec::new() };
    view! {
        <details class="json-node" node_ref={details} {..open}>
            <summary>{key}<span class="muted">{count}</span></summary>
            <div class="json-children">{children}</div>
        </details>
    }
    .into_any()
}

fn scalar(value: &Value) -> AnyView {
    let class = match value {
        Value::String(_) => "json-string",
        Value::Number(_) => "json-number",
        _ => "json-word",
    };
    view! { <span class=class>{value.to_string()}</span> }.into_any()
}
