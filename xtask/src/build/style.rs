//! One style sheet out of `style/main.css` and what it imports, without comments and needless blanks.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// Reads a sheet, puts what it imports in the place of each `@import`, and shortens the whole.
pub fn sheet(path: &Path) -> Result<String> {
    Ok(shorten(&inline(path)?))
}

fn inline(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut sheet = String::new();
    for line in text.lines() {
        match imported(line) {
            Some((file, layer)) => {
                let folder = path.parent().unwrap_or(Path::new("."));
                let content = inline(&folder.join(file)).with_context(|| format!("imported by {}", path.display()))?;
                sheet += &layer.map_or_else(|| content.clone(), |name| format!("@layer {name} {{\n{content}}}"));
            }
            None => sheet += line,
        }
        sheet.push('\n');
    }
    Ok(sheet)
}

/// The file and the layer of a line such as `@import url("tokens.css") layer(base);`.
fn imported(line: &str) -> Option<(&str, Option<&str>)> {
    let rest = line.trim().strip_prefix("@import")?.trim();
    let (_, quoted) = rest.split_once(['"', '\''])?;
    let (file, after) = quoted.split_once(['"', '\''])?;
    let layer = after.split_once("layer(").and_then(|(_, inner)| inner.split_once(')')).map(|(name, _)| name.trim());
    Some((file, layer))
}

/// Drops comments, and blanks where CSS gives them no meaning. Strings and the blanks inside values and selectors stay.
fn shorten(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\'' => copy_string(c, &mut rest, &mut out),
            '/' if rest.peek() == Some(&'*') => {
                skip_comment(&mut rest);
                blank(&mut out);
            }
            c if c.is_whitespace() => blank(&mut out),
            '{' | '}' | ';' | ',' => {
                if out.ends_with(' ') {
                    out.pop();
                }
                if c == '}' && out.ends_with(';') {
                    out.pop();
                }
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.trim_end().to_owned()
}

/// One blank, unless it follows something that needs none after it.
fn blank(out: &mut String) {
    if !out.is_empty() && !out.ends_with([' ', '{', '}', ';', ',']) {
        out.push(' ');
    }
}

fn copy_string(quote: char, rest: &mut impl Iterator<Item = char>, out: &mut String) {
    out.push(quote);
    while let Some(c) = rest.next() {
        out.push(c);
        match c {
            '\\' => out.extend(rest.next()),
            c if c == quote => return,
            _ => {}
        }
    }
}

fn skip_comment(rest: &mut impl Iterator<Item = char>) {
    let mut last = ' ';
    rest.next();
    for c in rest {
        if last == '*' && c == '/' {
            return;
        }
        last = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_without_changing_the_meaning() {
        let cases = [
            ("a  {\n  color : red ;\n  top: 0;\n}\n", "a{color : red;top: 0}"),
            ("/* a */ b{}/* c */d > e{}", "b{}d > e{}"),
            ("a { width: calc(1px + 2px) }", "a{width: calc(1px + 2px)}"),
            ("a :hover, b{}", "a :hover,b{}"),
            ("a::after { content: \"  /* {  ; \\\" \" }", "a::after{content: \"  /* {  ; \\\" \"}"),
            ("@media (width < 40rem) and (hover) { a { b: c } }", "@media (width < 40rem) and (hover){a{b: c}}"),
            ("a/**/b", "a b"),
            ("/**/a{}", "a{}"),
            ("/***/a{}", "a{}"),
        ];
        for (css, expected) in cases {
            assert_eq!(shorten(css), expected);
        }
    }

    #[test]
    fn reads_the_forms_of_an_import() {
        assert_eq!(imported("@import \"a.css\";"), Some(("a.css", None)));
        assert_eq!(imported("  @import url('a/b.css') layer(base);"), Some(("a/b.css", Some("base"))));
        assert_eq!(imported("@layer base, parts;"), None);
    }
}
