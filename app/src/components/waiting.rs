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
    view! { <Transition fallback=|| view! { <SkeletonRows/> }>{shown(view)}</Transition> }.into_any()
}

/// The server draws once.
#[cfg(feature = "ssr")]
fn shown(view: Box<dyn Fn() -> Shown + Send + Sync>) -> impl IntoView {
    move || Suspend::new(view())
}

/// The last view goes on being used until the next one is there, so what it is made of has to be there as long: by itself leptos would
/// dispose of it as soon as the data is read anew, and whatever is answered or pressed meanwhile would meet signals that are gone.
#[cfg(not(feature = "ssr"))]
fn shown(view: Box<dyn Fn() -> Shown + Send + Sync>) -> impl IntoView {
    use leptos::reactive::computed::ScopedFuture;
    use std::sync::{Arc, Mutex};

    let around = Owner::current().unwrap_or_default();
    let last = Arc::new(Mutex::new(None::<Owner>));
    move || {
        let (owner, last) = (around.child(), last.clone());
        let next = owner.with(|| ScopedFuture::new(view()));
        let next: Shown = Box::pin(async move {
            let next = next.await;
            // What was there before goes only now, and without the lock.
            let _before = last.lock().map(|mut last| last.replace(owner));
            next
        });
        Suspend::new(next)
    }
}

/// Does something in the browser once the page is alive, and again whenever a signal changes that it reads.
pub fn effect(run: impl FnMut() + 'static) {
    fn erased(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    erased(Box::new(run));
}
