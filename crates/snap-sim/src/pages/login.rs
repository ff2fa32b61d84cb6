//! The login page that a person meets on the way from an app.

use super::html::{escape, head};
use crate::oauth::{Asked, MARKETING};
use crate::seed::User;

/// Who asks for what, and where to sign in.
pub fn page(asked: &Asked, people: &[User], name: &str, problem: Option<&str>) -> String {
    let scopes: String = asked
        .scopes
        .iter()
        .map(|scope| {
            let meaning = if *scope == MARKETING {
                "see and manage your ad accounts and audiences"
            } else {
                "send conversion events"
            };
            format!("<li>{meaning} <code>{}</code></li>", escape(scope))
        })
        .collect();
    let problem = problem.map(|text| format!("<p class=\"problem\" role=\"alert\">{text}</p>")).unwrap_or_default();
    // Both buttons post to this very address, so that the query of the app comes along.
    format!(
        "{}<main class=\"login\"><div class=\"ghost\" aria-hidden=\"true\">S</div><h1>Log in to Snapchat</h1>\
         <p><strong>{}</strong> would like to:</p><ul>{scopes}</ul>{problem}\
         <form method=\"post\"><label for=\"username\">Email or username</label>\
         <input id=\"username\" name=\"username\" autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" value=\"{}\">\
         <label for=\"password\">Password</label>\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\">\
         <button class=\"yellow\" name=\"action\" value=\"continue\">Continue</button>\
         <button class=\"plain\" name=\"action\" value=\"cancel\">Cancel</button></form>\
         <p class=\"hint\">This is a simulator. {}</p></main></body></html>",
        head("Log in"),
        escape(&asked.client_name),
        escape(name),
        hint(people),
    )
}

/// Nothing here is secret, and nobody should have to look it up.
fn hint(people: &[User]) -> String {
    let names = people.iter().map(|user| format!("{} (password {})", escape(&user.email), escape(&user.password)));
    match names.collect::<Vec<_>>().join(" or ") {
        names if names.is_empty() => "Its seed holds nobody who could sign in.".into(),
        names => format!("Sign in as {names}."),
    }
}

/// The request can't be shown to anyone, and there is no way back.
pub fn refused(problem: &str) -> String {
    format!(
        "{}<main class=\"login\"><div class=\"ghost\" aria-hidden=\"true\">S</div><h1>This request is not valid</h1>\
         <p class=\"problem\" role=\"alert\">{problem}</p></main></body></html>",
        head("Request refused")
    )
}
