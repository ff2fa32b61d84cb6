//! Fields of `custom_data` but for travel (reference section 4.4).

use super::{Field, FieldSpec, PROPERTIES, TOP, When, always, field, only};

const PRODUCT_LISTS: &[&str] =
    &["products", "contents", "items", "productProperties", "line_items", "cart.products", "order.products"];

/// Google's tags keep what was bought in an object of its own.
const ECOMMERCE: &[&str] = &["properties.ecommerce"];

const fn properties(names: &'static [&'static str]) -> [super::Source; 2] {
    [always(PROPERTIES, names), always(ECOMMERCE, names)]
}

const fn product_lists() -> [super::Source; 3] {
    [
        always(PROPERTIES, PRODUCT_LISTS),
        always(ECOMMERCE, PRODUCT_LISTS),
        always(TOP, &["productProperties", "products"]),
    ]
}

pub(super) const FIELDS: &[FieldSpec] = &[
    field(
        Field::Currency,
        "custom_data.currency",
        &properties(&["currency", "currency_code", "order_currency", "order_currency_code"]),
    ),
    field(
        Field::Value,
        "custom_data.value",
        &properties(&[
            "value",
            "total",
            "revenue",
            "order_total",
            "total_price",
            "total_value",
            "grand_total",
            "order_value",
            "amount",
            "total_inc_tax",
        ]),
    ),
    field(
        Field::OrderId,
        "custom_data.order_id",
        &properties(&["order_id", "transaction_id", "transaction_number", "order_number", "increment_id"]),
    ),
    field(Field::ContentIds, "custom_data.content_ids", &properties(&["content_ids", "item_ids", "product_ids"])),
    field(Field::ContentCategory, "custom_data.content_category", &properties(&["content_category", "item_category"])),
    field(Field::ContentName, "custom_data.content_name", &properties(&["content_name", "product_name"])),
    field(Field::ContentType, "custom_data.content_type", &properties(&["content_type"])),
    field(Field::Contents, "custom_data.contents", &product_lists()),
    field(Field::Products, "", &product_lists()),
    field(Field::Brands, "custom_data.brands", &properties(&["brands"])),
    field(
        Field::NumItems,
        "custom_data.num_items",
        &properties(&["num_items", "number_items", "number_of_items", "item_count", "items_count", "total_quantity"]),
    ),
    field(
        Field::SearchString,
        "custom_data.search_string",
        &properties(&["search_string", "query", "search_query", "search_term", "search_keyword", "keyword"]),
    ),
    field(
        Field::SignUpMethod,
        "custom_data.sign_up_method",
        &[always(PROPERTIES, &["sign_up_method", "registration_method"]), only(When::SignUp, PROPERTIES, &["method"])],
    ),
    field(Field::Status, "custom_data.status", &properties(&["status", "registration_status"])),
    field(Field::PredictedLtv, "custom_data.predicted_ltv", &properties(&["predicted_ltv", "pltv"])),
    field(
        Field::DeliveryCategory,
        "custom_data.delivery_category",
        &properties(&["delivery_category", "delivery_method"]),
    ),
    field(Field::EventTag, "custom_data.event_tag", &properties(&["event_tag"])),
    field(Field::DestinationIds, "custom_data.destination_ids", &properties(&["destination_ids"])),
    field(Field::CustomFields, "custom_data.custom_fields", &properties(&["custom_fields"])),
    field(Field::ReferrerUrl, "custom_data.referrer_url", &properties(&["referrer_url"])),
    field(Field::CustomId, "custom_data.custom_id", &properties(&["custom_id"])),
    // One product that stands in the properties themselves, as in "Product Viewed" and "Product Added".
    field(
        Field::FlatId,
        "",
        &properties(&["product_id", "content_id", "item_id", "sku", "product_sku", "product_variant_id"]),
    ),
    field(Field::FlatName, "", &properties(&["name"])),
    field(Field::FlatPrice, "", &properties(&["price", "product_price", "item_price", "unit_price"])),
    field(Field::FlatQuantity, "", &properties(&["quantity", "product_quantity", "qty"])),
    field(Field::FlatBrand, "", &properties(&["brand", "product_brand"])),
    field(Field::FlatCategory, "", &properties(&["category", "product_category", "category_name"])),
    field(Field::FlatDelivery, "", &properties(&["delivery_category"])),
];
