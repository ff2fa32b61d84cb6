//! What only a browser can do: its clock, its zone, focus, the clipboard. On the server each is harmless.

#[cfg(feature = "hydrate")]
mod inner {
    use domain::{Timestamp, time};
    use http::Method;
    use js_sys::Date;
    use leptos::{
        form::form_data_from_event,
        html,
        prelude::{FromServerFnError, GetUntracked, NodeRef, document, request_animation_frame, window},
        server_fn::{
            client::{Client, browser::BrowserClient},
            redirect::call_redirect_hook,
            request::{
                ClientReq,
                browser::{BrowserFormData, BrowserRequest},
            },
            response::ClientRes,
        },
        web_sys::SubmitEvent,
    };
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{
        Element, Event, FocusOptions, FormData, HtmlDialogElement, HtmlElement, HtmlFormElement, HtmlInputElement,
    };

    use crate::api::error::{FORM_ANSWER, PageError};

    /// Marks a form that is on its way.
    const SENT: &str = "data-sent";

    /// Sends the form of this event to a server function, which may answer with the address to go to: whether that is another page.
    /// A form that is on its way already is not sent again.
    pub fn post(url: &'static str, ev: &SubmitEvent) -> Option<impl Future<Output = Result<bool, PageError>> + use<>> {
        let data = BrowserFormData::from(form_data_from_event(ev).ok()?);
        let form: Element = ev.target()?.dyn_into().ok()?;
        // Nobody means a double click.
        if form.has_attribute(SENT) {
            return None;
        }
        let _ = form.set_attribute(SENT, "");
        Some(async move {
            let answer = send(url, data).await;
            let _ = form.remove_attribute(SENT);
            if answer.is_ok() {
                empty(&form);
            }
            answer
        })
    }

    /// What was sent is not offered again: no password stays in a page, and a dialog is empty when it opens the next time.
    fn empty(form: &Element) {
        let fields = "dialog input:not([type=hidden], [type=radio], [type=checkbox]), [type=password]";
        let Ok(fields) = form.query_selector_all(fields) else { return };
        for at in 0..fields.length() {
            if let Some(field) = fields.item(at) {
                // Each is one.
                field.unchecked_ref::<HtmlInputElement>().set_value("");
            }
        }
    }

    async fn send(url: &'static str, data: BrowserFormData) -> Result<bool, PageError> {
        let request = <BrowserRequest as ClientReq<PageError>>::try_new_req_form_data(
            url,
            FORM_ANSWER,
            "application/x-www-form-urlencoded",
            data,
            Method::POST,
        )?;
        let response = <BrowserClient as Client<PageError>>::send(request).await?;
        let redirected = ClientRes::<PageError>::has_redirect(&response);
        let location = ClientRes::<PageError>::location(&response);
        let answer = ClientRes::<PageError>::try_into_bytes(response).await?;
        if *answer != *b"null" {
            return Err(PageError::de(answer));
        }
        let here = window().location().pathname().unwrap_or_default();
        if redirected {
            call_redirect_hook(&location);
        }
        Ok(redirected && location.split('?').next() != Some(&here))
    }

    /// The document's title.
    pub fn title() -> String {
        document().title()
    }

    /// What a form would send now: names and values in its order.
    pub fn form_fields(form: NodeRef<html::Form>) -> Vec<(String, String)> {
        form.get_untracked().map(|form| fields_of(&form)).unwrap_or_default()
    }

    /// Keeps what is filtered in place in the address, as it would be if the form around the changed field were sent.
    pub fn keep_filters(ev: &Event) {
        let field = ev.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(form) = field.and_then(|field| field.form()) else { return };
        let encoded = |text: &str| String::from(js_sys::encode_uri_component(text));
        let filled = fields_of(&form).into_iter().filter(|(_, value)| !value.is_empty());
        let query: Vec<String> = filled.map(|(name, value)| format!("{name}={}", encoded(&value))).collect();
        let address = window().location().pathname().unwrap_or_default();
        let address = if query.is_empty() { address } else { format!("{address}?{}", query.join("&")) };
        // Refused only for another origin, or when it comes a hundred times a second: then the next key brings it.
        let _ = window().history().and_then(|all| all.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
    }

    fn fields_of(form: &HtmlFormElement) -> Vec<(String, String)> {
        let data = FormData::new_with_form(form).ok();
        let entries = data.and_then(|data| js_sys::try_iter(&data).ok().flatten());
        let pair = |entry: JsValue| {
            let pair = entry.dyn_into::<js_sys::Array>().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
        };
        entries.map(|entries| entries.flatten().filter_map(pair).collect()).unwrap_or_default()
    }

    /// The browser's time.
    pub fn now() -> Option<Timestamp> {
        #[allow(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit for a while")]
        Some(Timestamp(Date::now() as i64))
    }

    /// A time in the viewer's zone; relative within an hour.
    pub fn local_time(at: Timestamp, now: Timestamp) -> String {
        let ms = now.since(at);
        match ms.abs() {
            distance if distance < time::MINUTE => return if ms >= 0 { "just now" } else { "now" }.to_owned(),
            distance if distance < time::HOUR => {
                let minutes = distance / time::MINUTE;
                return if ms > 0 { format!("{minutes} min ago") } else { format!("in {minutes} min") };
            }
            _ => {}
        }
        let (at, now) = (date(at), date(now));
        let clock = format!("{:02}:{:02}", at.get_hours(), at.get_minutes());
        let day = |date: &Date| (date.get_full_year(), date.get_month(), date.get_date());
        if day(&at) == day(&now) {
            return format!("today {clock}");
        }
        let month = crate::components::month_name(i64::from(at.get_month()) + 1);
        if at.get_full_year() == now.get_full_year() {
            format!("{} {month} {clock}", at.get_date())
        } else {
            format!("{} {month} {} {clock}", at.get_date(), at.get_full_year())
        }
    }

    /// The hour of a time in the viewer's zone.
    pub fn local_hour(at: Timestamp) -> Option<String> {
        Some(format!("{:02}:00", date(at).get_hours()))
    }

    fn date(at: Timestamp) -> Date {
        #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit in 53 bits")]
        Date::new(&JsValue::from_f64(at.0 as f64))
    }

    /// Puts the focus on the first field that is marked as wrong, once the page has been updated.
    pub fn focus_first_invalid() {
        request_animation_frame(|| focus("[aria-invalid='true']"));
    }

    /// Puts the focus on the first element of the page that `selector` names; whether there was one.
    pub fn focus(selector: &str) {
        if let Some(element) = find(selector) {
            // Focusing what is hidden does nothing, which is as it should be.
            let _ = element.focus();
        }
    }

    /// Marks the heading of the page that is left.
    pub fn leave_heading() {
        if let Some(heading) = find("main h1") {
            let _ = heading.set_attribute("data-left", "");
        }
    }

    /// Gives the focus to the heading of a page that has come, or, as a `last` resort, to the one that is there. Whether that is
    /// done, or not to be done, since somebody types already.
    pub fn focus_new_heading(last: bool) -> bool {
        if find("main :is(input, select, textarea):focus").is_some() {
            return true;
        }
        let old = || find("main h1").filter(|_| last && find("main :focus").is_none());
        let heading = find("main h1:not([data-left])").or_else(old);
        heading.iter().for_each(focus_quietly);
        heading.is_some()
    }

    /// What has the focus, as it can be found again: its id, or the text of a button.
    pub fn focused() -> String {
        let Some(element) = document().active_element() else { return String::new() };
        match element.id() {
            id if !id.is_empty() => id,
            _ if element.tag_name() == "BUTTON" => element.text_content().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// If nothing has the focus, gives it to what `focused` told, or else to the heading.
    pub fn refocus(name: &str) {
        let same = if name.is_empty() { None } else { document().get_element_by_id(name).or_else(|| button(name)) };
        let same = same.and_then(|element| element.dyn_into::<HtmlElement>().ok());
        let has = document().active_element().map(|element| element.tag_name());
        match (has.as_deref(), same) {
            // The heading had it only for want of something better.
            (None | Some("BODY" | "H1"), Some(same)) => focus_quietly(&same),
            (None | Some("BODY"), None) => find("main h1").iter().for_each(focus_quietly),
            _ => {}
        }
    }

    fn button(text: &str) -> Option<Element> {
        let buttons = document().query_selector_all("main button").ok()?;
        let button = |at| buttons.item(at)?.dyn_into::<Element>().ok();
        (0..buttons.length()).filter_map(button).find(|button| button.text_content().as_deref() == Some(text))
    }

    /// Without scrolling there.
    fn focus_quietly(element: &HtmlElement) {
        if element.tag_name() == "H1" {
            let _ = element.set_attribute("tabindex", "-1");
        }
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }

    fn find(selector: &str) -> Option<HtmlElement> {
        document().query_selector(selector).ok().flatten()?.dyn_into().ok()
    }

    /// Opens what is drawn for the first time.
    pub fn open_once(details: &Element) {
        if !details.has_attribute(super::DRAWN) {
            let _ = details.set_attribute(super::DRAWN, "").and_then(|()| details.set_attribute("open", ""));
        }
    }

    /// Whether the page has an element that `selector` names.
    pub fn is_there(selector: &str) -> bool {
        find(selector).is_some()
    }

    /// Opens the dialog with this id, if it isn't open.
    pub fn open_dialog(id: &str) {
        let Some(dialog) = document().get_element_by_id(id).and_then(|el| el.dyn_into::<HtmlDialogElement>().ok())
        else {
            return;
        };
        if dialog.open() && !dialog.matches(":modal").unwrap_or(true) {
            dialog.close();
        }
        if !dialog.open() {
            // Fails only for a dialog that is not in the document.
            let _ = dialog.show_modal();
        }
    }

    /// Opens the dialog with this id in browsers where `commandfor` on the button does nothing.
    pub fn open_dialog_for_command(id: &str) {
        let knows_commands = js_sys::Reflect::get(&window(), &"HTMLButtonElement".into())
            .and_then(|class| js_sys::Reflect::get(&class, &"prototype".into()))
            .and_then(|prototype| js_sys::Reflect::has(&prototype, &"command".into()));
        if !knows_commands.unwrap_or(false) {
            open_dialog(id);
        }
    }

    /// Closes every dialog, and the menu of small screens.
    pub fn close_dialogs() {
        while let Some(dialog) = find("dialog[open]").and_then(|el| el.dyn_into::<HtmlDialogElement>().ok()) {
            dialog.close();
        }
        if let Some(menu) = find(".menu[open]") {
            let _ = menu.remove_attribute("open");
        }
    }

    /// Copies a text.
    pub fn copy(text: &str) {
        // The promise's outcome is not waited for: without the permission nothing can be done here.
        let _ = window().navigator().clipboard().write_text(text);
    }

    /// Sets or removes an attribute of the document's root.
    pub fn set_root_attribute(name: &str, value: Option<&str>) {
        let Some(root) = document().document_element() else { return };
        let _ = match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        };
    }
}

#[cfg(not(feature = "hydrate"))]
mod inner {
    use domain::Timestamp;
    use leptos::{
        html,
        prelude::NodeRef,
        web_sys::{Element, Event, SubmitEvent},
    };

    use crate::api::error::PageError;

    pub fn post(_url: &str, _ev: &SubmitEvent) -> Option<std::future::Ready<Result<bool, PageError>>> {
        None
    }

    pub fn title() -> String {
        String::new()
    }

    pub fn form_fields(_form: NodeRef<html::Form>) -> Vec<(String, String)> {
        Vec::new()
    }

    pub fn keep_filters(_ev: &Event) {}

    pub fn now() -> Option<Timestamp> {
        None
    }

    pub fn local_time(at: Timestamp, _now: Timestamp) -> String {
        crate::components::utc_short(at)
    }

    pub fn local_hour(_at: Timestamp) -> Option<String> {
        None
    }

    pub fn focus_first_invalid() {}
    pub fn focus(_selector: &str) {}
    pub fn leave_heading() {}
    pub fn focus_new_heading(_last: bool) -> bool {
        true
    }
    pub fn focused() -> String {
        String::new()
    }
    pub fn refocus(_name: &str) {}
    pub fn is_there(_selector: &str) -> bool {
        false
    }
    pub fn open_once(_details: &Element) {}
    pub fn open_dialog(_id: &str) {}
    pub fn open_dialog_for_command(_id: &str) {}
    pub fn close_dialogs() {}
    pub fn copy(_text: &str) {}
    pub fn set_root_attribute(_name: &str, _value: Option<&str>) {}
}

/// Marks an element that was drawn before.
pub const DRAWN: &str = "data-drawn";

pub use inner::{
    close_dialogs, copy, focus, focus_first_invalid, focus_new_heading, focused, form_fields, is_there, keep_filters,
    leave_heading, local_hour, local_time, now, open_dialog, open_dialog_for_command, open_once, post, refocus,
    set_root_attribute, title,
};
