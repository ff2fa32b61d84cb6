//! The arrows between packages (`docs/architecture.md`): who may know whom.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Passed;
use crate::workspace::Workspace;

/// A package, what it may depend on, and what beside that its tests may use.
struct Rule {
    package: &'static str,
    may_know: &'static [&'static str],
    tests_may_use: &'static [&'static str],
}

const RULES: [Rule; 9] = [
    Rule { package: "domain", may_know: &[], tests_may_use: &[] },
    Rule { package: "snapchat", may_know: &["domain"], tests_may_use: &["snap-sim"] },
    Rule { package: "store", may_know: &["domain"], tests_may_use: &[] },
    Rule { package: "pipeline", may_know: &["store", "domain"], tests_may_use: &["snap-sim", "snapchat"] },
    Rule { package: "app", may_know: &["pipeline", "domain"], tests_may_use: &[] },
    Rule { package: "frontend", may_know: &["app"], tests_may_use: &[] },
    Rule {
        package: "server",
        may_know: &["app", "pipeline", "store", "snapchat", "domain"],
        tests_may_use: &["snap-sim"],
    },
    Rule { package: "snap-sim", may_know: &[], tests_may_use: &[] },
    Rule { package: "xtask", may_know: &[], tests_may_use: &[] },
];

/// Libraries that belong to some packages alone: SQL is the store's matter, pages are not for the machinery.
const RESERVED: [(&str, &[&str]); 3] =
    [("sqlx", &["store"]), ("leptos", &["app", "frontend", "server"]), ("axum", &["app", "server", "snap-sim"])];

/// Fails on an arrow that the rules don't have.
pub fn run(workspace: &Workspace) -> Result<Passed> {
    let wrong = forbidden(&workspace.metadata)?;
    if wrong.is_empty() { Ok(Passed::Ran) } else { bail!("forbidden arrows:\n  {}", wrong.join("\n  ")) }
}

fn forbidden(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let ours: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("a package without a name")?;
        let Some(rule) = RULES.iter().find(|rule| rule.package == name) else {
            wrong.push(format!("{name} has no rule in xtask/src/test/arrows.rs: say what it may know"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let known = dependency["name"].as_str().unwrap_or_default();
            wrong.extend(judge(rule, known, dependency, ours.contains(&known)));
        }
    }
    Ok(wrong)
}

fn judge(rule: &Rule, known: &str, dependency: &Value, ours: bool) -> Option<String> {
    let name = rule.package;
    let for_tests = dependency["kind"] == "dev";
    if let Some((_, owners)) = RESERVED.iter().find(|(library, _)| *library == known) {
        return (!for_tests && !owners.contains(&name))
            .then(|| format!("{name} → {known}, which is for {} alone", owners.join(", ")));
    }
    if !ours {
        return None;
    }
    let allowed = rule.may_know.contains(&known) || (for_tests && rule.tests_may_use.contains(&known));
    if !allowed {
        return Some(format!("{name} → {known}"));
    }
    // The browser side of `app` must not carry the machinery along.
    (name == "app" && known == "pipeline" && dependency["optional"] != true)
        .then(|| "app → pipeline must be optional, named by the feature ssr".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(package: &str, dependency: &Value) -> Vec<String> {
        let others = ["domain", "snapchat", "store", "pipeline", "app", "snap-sim"]
            .iter()
            .filter(|name| **name != package)
            .map(|name| json!({"name": name, "dependencies": []}));
        let mut packages = vec![json!({"name": package, "dependencies": [dependency]})];
        packages.extend(others);
        forbidden(&json!({"packages": packages})).unwrap()
    }

    #[test]
    fn tells_forbidden_arrows_from_allowed_ones() {
        let cases = [
            ("store", json!({"name": "domain"}), true),
            ("domain", json!({"name": "serde"}), true),
            ("snapchat", json!({"name": "snap-sim", "kind": "dev"}), true),
            ("app", json!({"name": "pipeline", "optional": true}), true),
            ("domain", json!({"name": "store"}), false),
            ("pipeline", json!({"name": "snapchat"}), false),
            ("pipeline", json!({"name": "snapchat", "kind": "dev"}), true),
            ("snapchat", json!({"name": "snap-sim", "kind": null}), false),
            ("snap-sim", json!({"name": "domain"}), false),
            ("app", json!({"name": "pipeline", "optional": false}), false),
            ("pipeline", json!({"name": "sqlx"}), false),
            ("newcomer", json!({"name": "serde"}), false),
        ];
        for (package, dependency, allowed) in cases {
            assert_eq!(found(package, &dependency).is_empty(), allowed, "{package} {dependency}");
        }
    }
}
