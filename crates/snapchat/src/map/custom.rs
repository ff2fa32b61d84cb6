//! `custom_data`: what it was about (reference section 4.4).

use std::borrow::Cow;

use domain::{
    delivery::Reason,
    item::{Fields, Item},
};
use serde_json::{Number, Value};

use super::{
    products::{self, Product},
    put, travel, url,
};
use crate::{
    fields::{Field, Gathered, Raw},
    normalise::money::{self, Currency},
    reason::{self, Warnings},
};

/// Events about products: an amount and product ids are advised.
const SHOPPING: [&str; 6] =
    ["ADD_BILLING", "ADD_CART", "ADD_TO_WISHLIST", "PURCHASE", "START_CHECKOUT", "VIEW_CONTENT"];

/// Fills `custom_data`.
///
/// # Errors
/// When a purchase has no amount or no currency.
pub(super) fn map(name: &str, values: &Gathered<'_>, warnings: &mut Warnings) -> Result<Fields, Reason> {
    let mut out = Fields::with_capacity(12);
    let products = products::of(values);
    let currency = currency(values, &products, warnings);
    let amount = amount(values, currency.as_deref(), warnings);
    if name == "PURCHASE" {
        require_money(amount.is_some(), currency.is_some())?;
    }
    if let Some(amount) = amount {
        out.push("value", amount);
    }
    contents(values, &products, currency.as_deref(), &mut out);
    if let Some(currency) = currency {
        out.push("currency", currency);
    }
    texts(values, &mut out, warnings);
    others(values, &mut out, warnings);
    travel::put(values, &mut out);
    advise(name, &out, warnings);
    Ok(out)
}

/// What the event says it is worth; else the price of its one product, times how many.
fn amount(values: &Gathered<'_>, currency: Option<&str>, warnings: &mut Warnings) -> Option<Number> {
    let mut stated = values.all(Field::Value).peekable();
    let had_one = stated.peek().is_some();
    if let Some(amount) = stated.find_map(|raw| money::amount_in(&raw.text()?, raw.written_in(currency))) {
        return Some(amount);
    }
    if had_one {
        warnings.refused("value", "value", "it is not an amount such as 84.50");
    }
    if values.is_ruled(Field::Value) {
        return None;
    }
    let mut prices = values.all(Field::FlatPrice);
    let price = prices.find_map(|raw| money::amount_in(&raw.text()?, raw.written_in(currency)))?;
    match values.text(Field::FlatQuantity).and_then(|text| money::count_of_text(&text)) {
        None | Some(1) => Some(price),
        Some(count) => money::times(&price, count),
    }
}

fn currency(values: &Gathered<'_>, products: &[Product<'_>], warnings: &mut Warnings) -> Option<String> {
    let stated = values.text(Field::Currency).or_else(|| {
        let of_product = products.iter().find_map(|product| product.currency.clone());
        of_product.filter(|_| !values.is_ruled(Field::Currency))
    })?;
    let currency = money::currency(&stated);
    match &currency {
        None => warnings.refused("currency", "currency", "it is not a code of three letters such as GBP"),
        Some(Currency::Unknown(code)) => {
            warnings.add(
                reason::UNKNOWN_CURRENCY,
                format!("“{code}” is not a currency of ISO 4217; it was sent as it is."),
            );
        }
        Some(Currency::Unlisted(code)) => {
            warnings.add(reason::UNLISTED_CURRENCY, format!("Snapchat may not know the currency {code}."));
        }
        Some(Currency::Known(_)) => {}
    }
    currency.map(|currency| currency.code().to_owned())
}

fn require_money(has_amount: bool, has_currency: bool) -> Result<(), Reason> {
    if !has_amount {
        return Err(Reason::new(
            reason::NO_VALUE,
            "Snapchat takes a purchase only with its amount, and none was found in properties.value, properties.total or \
             properties.revenue.",
        ));
    }
    if !has_currency {
        return Err(Reason::new(
            reason::NO_CURRENCY,
            "Snapchat takes a purchase only with its currency, and no ISO 4217 code was found in properties.currency. If the \
             shop has one currency, set the field custom_data.currency to a constant in the event workflow.",
        ));
    }
    Ok(())
}

/// The lists about products: stated ones first, else worked out from the products.
fn contents(values: &Gathered<'_>, products: &[Product<'_>], currency: Option<&str>, out: &mut Fields) {
    if !values.is_ruled(Field::Contents) || values.all(Field::Contents).next().is_some() {
        let contents: Vec<Item> = products.iter().filter_map(|product| product.content(currency)).collect();
        if !contents.is_empty() {
            out.push("contents", contents);
        }
    }
    let from = |part: fn(&Product<'_>) -> Option<String>| products.iter().filter_map(part).map(Cow::Owned).collect();
    list(values, Field::ContentIds, "content_ids", true, || from(|p| p.id.as_deref().map(str::to_owned)), out);
    list(
        values,
        Field::Brands,
        "brands",
        false,
        || or_flat(values, Field::FlatBrand, from(|p| p.brand.as_deref().map(str::to_owned))),
        out,
    );
    list(
        values,
        Field::ContentCategory,
        "content_category",
        false,
        || {
            let categories = products.iter().filter_map(|p| p.category).flat_map(Raw::each).filter_map(Raw::text);
            or_flat(values, Field::FlatCategory, categories.collect())
        },
        out,
    );
    let stated = values.text(Field::NumItems).and_then(|text| money::count_of_text(&text));
    let worked_out = || match products {
        [] => values.text(Field::FlatQuantity).and_then(|text| money::count_of_text(&text)),
        [one] => one.quantity.map(|_| one.count()).or_else(|| values.all(Field::Products).next().map(|_| 1)),
        many => Some(many.iter().map(Product::count).sum()),
    };
    if let Some(count) = stated.or_else(|| if values.is_ruled(Field::NumItems) { None } else { worked_out() }) {
        out.push("num_items", count);
    }
    let one_name = || match products {
        [one] if !values.is_ruled(Field::ContentName) => one.name.clone(),
        _ => None,
    };
    if let Some(name) = values.text(Field::ContentName).or_else(one_name) {
        put(out, "content_name", name);
    }
}

fn or_flat<'e>(values: &Gathered<'e>, field: Field, list: Vec<Cow<'e, str>>) -> Vec<Cow<'e, str>> {
    if list.is_empty() { values.text(field).into_iter().collect() } else { list }
}

/// Puts a list without repeats; a text is one entry, or several between commas where `commas` says so.
fn list<'e>(
    values: &Gathered<'e>,
    field: Field,
    key: &'static str,
    commas: bool,
    worked_out: impl FnOnce() -> Vec<Cow<'e, str>>,
    out: &mut Fields,
) {
    let texts = |raw: Raw<'e>| (matches!(raw, Raw::Json(Value::Array(_))), raw.each().filter_map(Raw::text).collect());
    let stated = values.all(field).map(texts).find(|(_, list): &(bool, Vec<_>)| !list.is_empty());
    // An id may have a comma: only a text that stands for a whole list is taken apart.
    let (commas, entries) = match stated {
        Some((is_list, stated)) => (commas && !is_list, stated),
        None if values.is_ruled(field) => return,
        None => (false, worked_out()),
    };
    let mut distinct: Vec<Item> = Vec::with_capacity(entries.len());
    let mut add = |entry: &str| {
        let entry = entry.trim();
        if !entry.is_empty() && !distinct.iter().any(|known| known.as_str() == Some(entry)) {
            distinct.push(entry.to_owned().into());
        }
    };
    for entry in &entries {
        if commas { entry.split(',').for_each(&mut add) } else { add(entry) }
    }
    if !distinct.is_empty() {
        out.push(key, distinct);
    }
}

fn texts(values: &Gathered<'_>, out: &mut Fields, warnings: &mut Warnings) {
    for (field, key) in [
        (Field::OrderId, "order_id"),
        (Field::ContentType, "content_type"),
        (Field::SearchString, "search_string"),
        (Field::SignUpMethod, "sign_up_method"),
        (Field::Status, "status"),
        (Field::EventTag, "event_tag"),
        (Field::CustomId, "custom_id"),
    ] {
        match values.text(field) {
            Some(text) if holds_address(&text) => warnings.refused(key, key, ADDRESS),
            Some(text) => put(out, key, text),
            None => {}
        }
    }
    if let Some(stated) = values.text(Field::ReferrerUrl) {
        match url::clean(&stated) {
            Some(referrer) => put(out, "referrer_url", referrer),
            None => warnings.refused("referrer_url", "referrer", "it is no web address"),
        }
    }
    list(values, Field::DestinationIds, "destination_ids", true, Vec::new, out);
}

/// Why a text is not sent: Snapchat refuses whole requests for personal data that isn't hashed (reference sections 4.9 and 11.2).
const ADDRESS: &str = "it holds an e-mail address, which leaves only as a hash";

/// Whether somebody typed an e-mail address where none belongs, as into a search box.
pub(crate) fn holds_address(text: &str) -> bool {
    let is_address = |word: &str| {
        word.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && host.split_once('.').is_some_and(|(name, top)| !name.is_empty() && !top.is_empty())
        })
    };
    text.contains('@') && text.split_whitespace().any(is_address)
}

fn others(values: &Gathered<'_>, out: &mut Fields, warnings: &mut Warnings) {
    if let Some(ltv) =
        values.all(Field::PredictedLtv).filter_map(Raw::text).find_map(|text| money::amount_of_text(&text))
    {
        out.push("predicted_ltv", ltv);
    }
    if let Some(text) = values.text(Field::DeliveryCategory) {
        match delivery_category(&text) {
            Some(category) => out.push("delivery_category", category),
            None => warnings.refused(
                "delivery_category",
                "delivery category",
                "Snapchat takes only in_store, curbside and home_delivery",
            ),
        }
    }
    let fields = values.all(Field::CustomFields).find_map(|raw| match raw {
        Raw::Json(Value::Object(map)) => Some(map),
        _ => None,
    });
    let text = |(key, value): (&String, _)| Some((key.clone(), Raw::Json(value).text()?.into_owned()));
    let all = fields.into_iter().flatten().filter_map(text);
    let (kept, personal): (Vec<_>, Vec<_>) = all.partition(|(key, text)| !holds_address(key) && !holds_address(text));
    if !personal.is_empty() {
        warnings.refused("custom_fields", "value of a custom field", ADDRESS);
    }
    let own: Fields = kept.into_iter().collect();
    if !own.is_empty() {
        out.push("custom_fields", own);
    }
}

/// Snapchat's word for a way of delivery.
pub(crate) fn delivery_category(text: &str) -> Option<&'static str> {
    let mut buffer = crate::fields::KEY_BUFFER;
    match crate::fields::fold_key(text, &mut buffer)? {
        "instore" | "pickup" | "storepickup" | "instorepickup" | "clickandcollect" | "clickcollect" => Some("in_store"),
        "curbside" | "curbsidepickup" => Some("curbside"),
        "homedelivery" | "delivery" | "home" | "shipping" => Some("home_delivery"),
        _ => None,
    }
}

fn advise(name: &str, out: &Fields, warnings: &mut Warnings) {
    if !SHOPPING.contains(&name) {
        return;
    }
    let has = |key: &str| out.has(key);
    if has("value") && !has("currency") {
        warnings.missing("currency", "The value has no currency: properties.currency.");
    }
    if !has("value") {
        warnings.missing("value", "The event has no amount: properties.value, or properties.price of its product.");
    }
    if !has("content_ids") {
        warnings.missing(
            "content_ids",
            "Without product ids (properties.products or properties.product_id) Snapchat can't match its catalogue.",
        );
    }
    if name == "PURCHASE" && !has("order_id") {
        warnings.missing(
            "order_id",
            "Without properties.order_id Snapchat can't tell a purchase that is sent twice within 30 days.",
        );
    }
}
