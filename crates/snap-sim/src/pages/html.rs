//! The frame of all pages, and text that is safe inside of it.

/// A text for use between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// A whole page; `live` ones fetch themselves every two seconds.
pub fn page(title: &str, current: &str, live: bool, main: &str) -> String {
    let links =
        [("/events-manager", "Events Manager"), ("/ads-manager", "Ads Manager"), ("/business", "Business Details")];
    let links: String = links
        .iter()
        .map(|(target, name)| {
            let mark = if *target == current { " aria-current=\"page\"" } else { "" };
            format!("<a href=\"{target}\"{mark}>{name}</a>")
        })
        .collect();
    let script = if live { "<script src=\"/assets/live.js\" defer></script>" } else { "" };
    format!(
        "{}<a class=\"skip\" href=\"#main\">Skip to content</a><header><strong>Snapchat simulator</strong>\
         <nav aria-label=\"Main\">{links}</nav></header><main id=\"main\"><h1>{}</h1>{main}</main>{script}</body></html>",
        head(title),
        escape(title)
    )
}

/// Everything up to and including the opening of the body.
pub fn head(title: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{} · Snapchat simulator</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/assets/sim.css\"></head><body>",
        escape(title)
    )
}

/// A table with a caption and a scrolling frame that the keyboard reaches. Columns that begin with `#` hold numbers.
pub fn table(caption: &str, columns: &[&str], rows: &str, empty: &str) -> String {
    let head = |name: &&str| match name.strip_prefix('#') {
        Some(name) => format!("<th scope=\"col\" class=\"number\">{name}</th>"),
        None => format!("<th scope=\"col\">{name}</th>"),
    };
    let heads: String = columns.iter().map(head).collect();
    let rows = if rows.is_empty() {
        format!("<tr><td colspan=\"{}\" class=\"empty\">{empty}</td></tr>", columns.len())
    } else {
        rows.to_owned()
    };
    format!(
        "<div class=\"frame\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table><caption>{caption}</caption>\
         <thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

/// A time that readers of all kinds understand.
pub fn time(ms: i64) -> String {
    let iso = crate::clock::iso(ms);
    format!("<time datetime=\"{iso}\">{} {} UTC</time>", &iso[..10], &iso[11..19])
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_in_texts_stays_text() {
        assert_eq!(super::escape("<b a='1'>\"&"), "&lt;b a=&#39;1&#39;&gt;&quot;&amp;");
    }
}
