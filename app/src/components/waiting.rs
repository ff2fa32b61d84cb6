//! What is shown of data once it is there, and what is done when something changes: each of one type whatever it shows or does, since
//! leptos makes code for each type that it is given.

use std::{future::Future, pin::Pin};

use leptos::prelude::*;

use super::SkeletonRows;

type Shown = Pin<Box<dyn Future<Output = AnyView> + Send>>;

/// Shows what `view` makes of what it waits for; before that, skeleton rows. While the data is read anew the last view stays.
pub fn when_read<F>(view: impl Fn() -> F + Send + Sync + 'static) -> AnyView
where
    F: Future<Output = AnyView> + Send + 'static,
{
    waiting(Box::new(move || Box::pin(view())))
}

fn waiting(view: Box<dyn Fn() -> Shown + Send + Sync>) -> AnyView {
    view! { <Transition fallback=|| view! { <SkeletonRows/> }>{move || Suspend::new(view())}</Transition> }.into_any()
}

/// Does something in the browser once the page is alive, and again whenever a signal changes that it reads.
pub fn effect(run: impl FnMut() + 'static) {
    fn erased(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    erased(Box::new(run));
}
