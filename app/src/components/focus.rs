//! Where the focus goes when what had it is gone: the page changed, or was drawn anew.

use std::{cell::RefCell, time::Duration};

use leptos::prelude::*;
use leptos_router::hooks::use_url;

use super::effect;
use crate::browser;

/// How often is looked whether the page is there by now, and how many times at most.
const EVERY: Duration = Duration::from_millis(50);
const LOOKS: u32 = 60;

/// On a new page its heading has the focus: it is read out, and Tab goes on in the page instead of in the navigation. After a
/// change of the filters the focus stays, unless what was pressed is gone.
pub fn follow_pages() {
    let url = use_url();
    let before = StoredValue::new(None::<(String, String)>);
    effect(move || {
        let now = url.with(|url| (url.path().to_owned(), url.search().to_owned()));
        let moved = before.with_value(|before| before.as_ref().map(|before| before.0 != now.0));
        before.set_value(Some(now));
        match moved {
            // The browser itself has brought this page.
            None => {}
            Some(true) => {
                KEPT.take();
                browser::leave_heading();
                look_for_page(0);
            }
            Some(false) => find_lost(0),
        }
    });
}

fn look_for_page(looks: u32) {
    if !browser::focus_new_heading(looks == LOOKS) && looks < LOOKS {
        set_timeout(move || look_for_page(looks + 1), EVERY);
    }
}

thread_local! {
    /// What had the focus when the last form of this page was sent: a browser's page is one thread.
    static KEPT: RefCell<String> = RefCell::default();
}

/// Remembers what has the focus, for when the page is drawn anew.
pub fn keep_focus() {
    KEPT.replace(browser::focused());
}

/// Once the page may be drawn anew: if the focus gets lost by that, it is given to what looks the same now, or to the heading.
pub fn return_focus() {
    find_lost(0);
}

/// Looks on after it was found: the button may be gone again with the page that is drawn anew.
fn find_lost(looks: u32) {
    KEPT.with_borrow(|name| browser::refocus(name));
    if looks < LOOKS {
        set_timeout(move || find_lost(looks + 1), EVERY);
    }
}
