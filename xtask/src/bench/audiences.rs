//! Audiences over a year of history: worked out for everybody, and kept up while people change.

use std::{fs, path::Path, process::Command};

use anyhow::Result;

use super::{
    printed::Printed,
    server::Bench,
    table::{Row, grouped},
};

/// Events of a person, on average.
const EVENTS_EACH: u64 = 20;
/// Of so many people one changes.
const CHANGED_ONE_OF: u64 = 50;
/// Of so many people one comes into a list.
const LISTED_ONE_OF: u64 = 10;
/// The goal of a whole evaluation is for so many people; for others it is in proportion.
const GOAL_PEOPLE: f64 = 1_000_000.0;
const GOAL_SECONDS: f64 = 10.0;

/// Makes the people, works out two audiences of three conditions each, lets some people buy, and fills a list.
pub fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let folder = bench.cache.join("bench-audiences");
    fs::create_dir_all(&folder)?;
    let measured = run(bench, &folder);
    fs::remove_dir_all(&folder)?;
    measured
}

fn run(bench: &Bench, folder: &Path) -> Result<Vec<Row>> {
    let (people, events) = (bench.rows, bench.rows * EVENTS_EACH);
    let filled = Printed::of(
        Command::new(bench.example("fill_people")).arg(folder).arg(people.to_string()).arg(events.to_string()),
    )?;
    let changed = (people / CHANGED_ONE_OF).max(1_000).to_string();
    let done = Printed::of(Command::new(bench.example("audience_speed")).arg(folder).arg(changed))?;
    let goal = (GOAL_SECONDS * people as f64 / GOAL_PEOPLE).max(0.1);
    let mut rows = vec![Row::new(
        format!("{} people with {} events", grouped(people as f64), grouped(events as f64)),
        format!("{} MB", grouped(filled.number("mb")?.round())),
    )];
    for (name, what) in [("counted", "counts, windows, a trait"), ("summed", "a sum, a window, a trait")] {
        let (members, again) = (done.number(&format!("{name}.people"))?, format!("{name}_again"));
        rows.push(seconds(&done, &again, format!("three conditions ({what}), everybody"), goal)?);
        rows.push(Row::new(
            format!("the same for the first time, {} members come in", grouped(members)),
            format!("{:.1} s", done.number(&format!("{name}.seconds"))?),
        ));
    }
    for (name, what) in [("follow_known", "people who change"), ("follow_new", "people who are new")] {
        let rate = done.number(&format!("{name}.people"))? / done.number(&format!("{name}.seconds"))?;
        let cpu = done.number(&format!("{name}.cpu_seconds"))? * 1e6 / done.number(&format!("{name}.people"))?;
        rows.push(
            Row::at_least(format!("{what}, in both audiences"), rate.round(), 5_000.0, "/s")
                .with(format!("{cpu:.0} µs of the processor each")),
        );
    }
    rows.push(Row::new("memory at its highest", format!("{:.0} MB", done.number("peak_mb")?)));
    rows.extend(list(bench, folder)?);
    Ok(rows)
}

/// Identifiers to digests, and digests into a list.
fn list(bench: &Bench, folder: &Path) -> Result<Vec<Row>> {
    let people = (bench.rows / LISTED_ONE_OF).max(1_000).to_string();
    let done = Printed::of(Command::new(bench.example("list_speed")).arg(folder).arg(people))?;
    let identifiers = done.number("identifiers")?;
    let rate = |name: &str| Ok::<_, anyhow::Error>((identifiers / done.number(name)?).round());
    let each = |name: &str| Ok::<_, anyhow::Error>(done.number(name)? * 1e6 / identifiers);
    let both = done.number("hash.seconds")? + done.number("send.seconds")?;
    Ok(vec![
        Row::at_least("identifiers normalised and hashed, one core", rate("hash.cpu_seconds")?, 250_000.0, "/s"),
        Row::at_least("identifiers hashed, sent and marked durably", (identifiers / both).round(), 250_000.0, "/s")
            .with(format!(
                "{:.1} µs of the processor each to send, and {:.1} µs of the look-alike's",
                each("send.cpu_seconds")?,
                each("send.look_alike_cpu_seconds")?
            )),
        Row::new(
            "wanted state of identifiers, read, hashed and written durably",
            format!("{}/s", grouped(rate("plan.seconds")?)),
        )
        .with(format!("{:.1} µs of the processor each", each("plan.cpu_seconds")?)),
        Row::at_most(
            "all their counts, read for a page",
            (done.number("page.seconds")? * 1e4).round() / 10.0,
            60.0,
            " ms",
        ),
    ])
}

fn seconds(done: &Printed, name: &str, what: String, goal: f64) -> Result<Row> {
    let (seconds, cpu) = (done.number(&format!("{name}.seconds"))?, done.number(&format!("{name}.cpu_seconds"))?);
    Ok(Row::at_most(what, (seconds * 100.0).round() / 100.0, goal, " s").with(format!("{cpu:.1} s of the processor")))
}
