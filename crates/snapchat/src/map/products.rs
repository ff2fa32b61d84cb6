//! The products of an event: a list of them, or one that stands in the properties themselves.

use std::borrow::Cow;

use domain::item::{Fields, Item};
use serde_json::{Map, Value};

use crate::{
    fields::{Field, Gathered, KEY_BUFFER, Raw, fold_key},
    normalise::money,
};

/// One product as it was sent.
#[derive(Debug, Default)]
pub(super) struct Product<'e> {
    pub(super) id: Option<Cow<'e, str>>,
    pub(super) name: Option<Cow<'e, str>>,
    pub(super) brand: Option<Cow<'e, str>>,
    pub(super) category: Option<Raw<'e>>,
    pub(super) delivery: Option<Cow<'e, str>>,
    pub(super) currency: Option<Cow<'e, str>>,
    pub(super) price: Option<Raw<'e>>,
    pub(super) quantity: Option<Raw<'e>>,
}

/// The products of the first list that holds some; else the one in the properties.
pub(super) fn of<'e>(values: &Gathered<'e>) -> Vec<Product<'e>> {
    for field in [Field::Contents, Field::Products] {
        for raw in values.all(field) {
            let mut products = Vec::new();
            collect(raw, &mut products);
            if !products.is_empty() {
                return products;
            }
        }
    }
    flat(values).into_iter().collect()
}

fn flat<'e>(values: &Gathered<'e>) -> Option<Product<'e>> {
    let id = values.text(Field::FlatId)?;
    Some(Product {
        id: Some(id),
        name: values.text(Field::FlatName),
        brand: values.text(Field::FlatBrand),
        category: values.all(Field::FlatCategory).next(),
        delivery: values.text(Field::FlatDelivery),
        currency: None,
        price: values.all(Field::FlatPrice).next(),
        quantity: values.all(Field::FlatQuantity).next(),
    })
}

/// Lists may be nested, and some products are empty: both are seen in practice.
fn collect<'e>(raw: Raw<'e>, products: &mut Vec<Product<'e>>) {
    match raw {
        Raw::Json(Value::Array(list)) => list.iter().for_each(|inner| collect(Raw::Json(inner), products)),
        Raw::Json(Value::Object(map)) => {
            let product = read(map);
            if product.id.is_some() || product.name.is_some() || product.price.is_some() {
                products.push(product);
            } else if !map.is_empty() && map.values().all(Value::is_object) {
                // PHP writes a list with gaps as an object: {"0": {…}, "2": {…}}.
                map.values().for_each(|inner| collect(Raw::Json(inner), products));
            }
        }
        one => products.extend(one.text().map(|id| Product { id: Some(id), ..Product::default() })),
    }
}

fn read(map: &Map<String, Value>) -> Product<'_> {
    let mut product = Product::default();
    let mut buffer = KEY_BUFFER;
    let mut id_rank = usize::MAX;
    for (key, value) in map {
        let Some(key) = fold_key(key, &mut buffer) else { continue };
        let raw = Raw::Json(value);
        match key {
            "name" | "productname" | "itemname" | "contentname" | "title" => product.name = raw.text(),
            "brand" | "productbrand" | "itembrand" => product.brand = raw.text(),
            // Shopify's word for the brand.
            "vendor" if product.brand.is_none() => product.brand = raw.text(),
            "category" | "productcategory" | "itemcategory" | "contentcategory" => product.category = Some(raw),
            "deliverycategory" | "deliverymethod" => product.delivery = raw.text(),
            "currency" => product.currency = raw.text(),
            "price" | "productprice" | "itemprice" | "unitprice" => product.price = Some(raw),
            "quantity" | "productquantity" | "itemquantity" | "qty" | "qtyordered" => product.quantity = Some(raw),
            key => {
                /// Which id is the product's, best first.
                const IDS: [&str; 9] = [
                    "productid",
                    "contentid",
                    "itemid",
                    "id",
                    "sku",
                    "productsku",
                    "productvariantid",
                    "variantid",
                    "groupid",
                ];
                if let Some(rank) = IDS.iter().position(|id| *id == key)
                    && rank < id_rank
                    && let Some(id) = raw.text()
                {
                    (product.id, id_rank) = (Some(id), rank);
                }
            }
        }
    }
    product
}

impl Product<'_> {
    /// How many; one where nothing is said.
    pub(super) fn count(&self) -> u64 {
        self.quantity.and_then(Raw::text).and_then(|text| money::count_of_text(&text)).unwrap_or(1)
    }

    /// The entry of `contents`: texts, as in Snap's own SDK.
    pub(super) fn content(&self, currency: Option<&str>) -> Option<Item> {
        let id = self.id.as_ref()?;
        let mut content = Fields::with_capacity(5);
        super::put(&mut content, "id", id.clone());
        if let Some(count) = self.quantity.and_then(Raw::text).and_then(|text| money::count_of_text(&text)) {
            content.push("quantity", count.to_string());
        }
        let price = self.price.and_then(|raw| money::price_text(&raw.text()?, raw.written_in(currency)));
        if let Some(price) = price {
            content.push("item_price", price);
        }
        if let Some(brand) = &self.brand {
            super::put(&mut content, "brand", brand.clone());
        }
        if let Some(delivery) = self.delivery.as_deref().and_then(super::custom::delivery_category) {
            content.push("delivery_category", delivery);
        }
        Some(content.into())
    }
}
