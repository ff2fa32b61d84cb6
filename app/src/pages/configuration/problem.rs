//! What went wrong on the way back from Snapchat, as a sentence per code.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The sentence for a code that the callback put into the address; an unknown code says nothing.
fn sentence(code: &str) -> Option<&'static str> {
    Some(match code {
        "cancelled" => "You cancelled at Snapchat, so nothing was connected. Authenticate again when you are ready.",
        "expired" => "The sign-in at Snapchat took too long and is no longer valid. Start it again.",
        "replayed" => {
            "This return from Snapchat was used before. Nothing was changed; start again if the login below is not right."
        }
        "foreign" => {
            "This return from Snapchat belongs to another session or destination. Start again from here, in this browser."
        }
        "forged" => "This return does not belong to a sign-in that was started here. Nothing was changed; start again.",
        "refused" => {
            "Snapchat refused the sign-in. Check that your Snapchat user may use this app and its ad accounts, then try again."
        }
        "misconfigured" => {
            "Snapchat does not know this server's OAuth app. Whoever runs the server has to check SNAPCHAT_CLIENT_ID and SNAPCHAT_CLIENT_SECRET."
        }
        "unavailable" => "Snapchat could not be reached to finish the sign-in. Try again in a minute.",
        _ => return None,
    })
}

/// The alert for `?problem=CODE`.
pub fn return_problem() -> impl IntoView {
    let query = use_query_map();
    move || {
        {
            let told = query.with(|query| query.get("problem")).and_then(|code| sentence(&code));
            told.map(|text| view! { <p class="callout danger" role="alert">{text}</p> })
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn every_code_has_its_own_sentence() {
        let codes =
            ["cancelled", "expired", "replayed", "foreign", "forged", "refused", "misconfigured", "unavailable"];
        let told: std::collections::HashSet<_> = codes.iter().filter_map(|code| sentence(code)).collect();
        assert_eq!(told.len(), codes.len());
        assert_eq!(sentence("<script>"), None);
    }
}
