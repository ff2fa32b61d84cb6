//! Whom the rule matches while it is edited: the size, the sentence, some people.

use std::collections::BTreeMap;

use domain::{
    ApiError, FieldError,
    view::audience::{AudiencePreview, ProfileRow},
};
use leptos::{prelude::*, task::spawn_local};

use super::SHOW;
use crate::{
    api::{audiences::preview_audience, error::PageError},
    components::{Time, count_of, grouped},
};

/// What the panel says.
#[derive(Clone, PartialEq)]
enum Told {
    Unfinished,
    Asking,
    Matches(AudiencePreview),
    Failed(PageError),
}

/// What the server says of the rule as it is edited.
#[derive(Clone, Copy)]
pub struct Live {
    told: RwSignal<Told>,
    /// What is wrong with the rule, by place; told once it was asked for.
    pub wrong: RwSignal<Vec<FieldError>>,
    /// Only the answer to the last question counts.
    question: StoredValue<u32>,
}

impl Live {
    /// As the server worked it out for the page.
    pub fn new(preview: Option<AudiencePreview>, wrong: Vec<FieldError>) -> Self {
        let told = preview.map_or(Told::Unfinished, Told::Matches);
        Self { told: RwSignal::new(told), wrong: RwSignal::new(wrong), question: StoredValue::new(0) }
    }

    /// Asks whom a rule matches. What is wrong with it is told if `tell` says so, or if something was wrong before.
    pub fn ask(self, fields: BTreeMap<String, String>, tell: bool) {
        self.question.try_update_value(|question| *question += 1);
        // The page may be gone by now.
        let Some(this) = self.question.try_get_value() else { return };
        if matches!(self.told.get_untracked(), Told::Failed(_)) {
            self.told.set(Told::Asking);
        }
        spawn_local(async move {
            let answer = preview_audience(fields).await;
            // The page may be gone by now, or the rule another one.
            if self.question.try_get_value() == Some(this) {
                self.hear(answer, tell);
            }
        });
    }

    fn hear(self, answer: Result<Result<AudiencePreview, Vec<FieldError>>, PageError>, tell: bool) {
        let (told, wrong) = match answer {
            Ok(Ok(preview)) => (Told::Matches(preview), Vec::new()),
            Ok(Err(wrong)) if wrong.iter().all(|error| error.field != "rule") => (Told::Unfinished, wrong),
            Ok(Err(wrong)) => (Told::Failed(PageError(ApiError::Invalid(wrong))), Vec::new()),
            Err(error) => (Told::Failed(error), Vec::new()),
        };
        if tell || self.wrong.with_untracked(|wrong| !wrong.is_empty()) {
            self.wrong.set(wrong);
        }
        self.told.set(told);
    }

    /// The panel.
    pub fn view(self) -> AnyView {
        view! {
            <aside class="panel builder-live" aria-label="Who matches now" aria-live="polite">
                {move || match self.told.get() {
                    Told::Unfinished => view! {
                        <p class="muted">"Finish the conditions to see how many people match."</p>
                    }
                    .into_any(),
                    Told::Asking => view! { <p class="muted">"Counting…"</p> }.into_any(),
                    Told::Failed(error) => view! { <p class="field-error">{error.0.to_string()}</p> }.into_any(),
                    Told::Matches(preview) => matches(preview),
                }}
                <button type="submit" class="button small" name="order" value=SHOW>"Count again"</button>
            </aside>
        }
        .into_any()
    }
}

fn matches(preview: AudiencePreview) -> AnyView {
    let people = preview.sample.into_iter().map(person).collect::<Vec<_>>();
    let some = (!people.is_empty()).then(|| view! { <h3>"Some of them"</h3> <ul class="people">{people}</ul> });
    view! {
        <p class="builder-size"><strong>{grouped(preview.size)}</strong> " " {if preview.size == 1 { "person matches now" } else { "people match now" }}</p>
        <p class="muted">{preview.sentence}"."</p>
        {some}
    }
    .into_any()
}

fn person(row: ProfileRow) -> AnyView {
    let who = row.person.unwrap_or_else(|| "Somebody unknown".to_owned());
    view! {
        <li><span>{who}</span> <span class="muted">{count_of(row.events, "event", "events")} ", last seen " <Time at=row.last_seen/></span></li>
    }
    .into_any()
}

/// Some members of an audience.
pub fn members(rows: &[ProfileRow], size: Option<u64>) -> AnyView {
    let none = rows.is_empty();
    let people: Vec<AnyView> = rows.iter().cloned().map(person).collect();
    let told = size.map_or_else(
        || "They are being counted.".to_owned(),
        |size| format!("{} in all.", count_of(size, "person", "people")),
    );
    view! {
        <section class="panel" aria-labelledby="members-title">
            <h2 id="members-title">"Members"</h2>
            <p class="muted">{told}</p>
            {(!none).then(|| view! { <ul class="people">{people}</ul> })}
        </section>
    }
    .into_any()
}
