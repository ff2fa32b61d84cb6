import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Browser, US, settle } from "./browser.mjs";

const SHOP = "https://shop.example/";
const quiet = { dataset: { autoPage: "false" } };
const UK = { id: "01936e5c-0000-7000-8000-0000000000a2", pixel: "pixel-uk", events: { PAGE_VIEW: "page pageview pageviewed", PURCHASE: "ordercompleted" } };

test("without Client-side there is no pixel", async () => {
  const page = await new Browser().open(SHOP);
  assert.equal(page.scripts.length, 0);
  assert.equal(page.window.snaptr, undefined);
});

test("an event with Client-side goes through the pixel under the id that the server gets", async () => {
  const browser = new Browser();
  browser.jar.write("shop.example", "_scid=cookie-1");
  const page = await browser.open(SHOP, { ...quiet, config: { destinations: [US] } });
  assert.deepEqual(page.scripts.map((s) => [s.src, s.async, s.nonce]), [["https://sc-static.net/scevent.min.js", true, "n0nce"]]);
  const id = page.switchyard.track("order_completed", {
    order_id: "N-1",
    revenue: 84.5,
    currency: "GBP",
    products: [
      { product_id: "SKU-1", quantity: 2, category: "boots", brand: "Peak" },
      { sku: "SKU-9" },
    ],
  });
  page.switchyard.track("Product Viewed", { sku: "SKU-1" });
  page.switchyard.track("constructor");
  await settle();
  assert.deepEqual(page.snaptr, [
    ["init", "pixel-us", {}],
    [
      "track",
      "PURCHASE",
      {
        client_dedup_id: id,
        event_id: id,
        price: 84.5,
        currency: "GBP",
        transaction_id: "N-1",
        item_ids: ["SKU-1", "SKU-9"],
        item_category: "boots",
        number_items: 3,
        brands: "Peak",
        uuid_c1: "cookie-1",
      },
    ],
  ]);
  const [order, view, odd] = browser.events;
  assert.equal(order.messageId, id);
  assert.deepEqual(order.context.switchyard, { client: [US.id] });
  assert.equal(view.context.switchyard, undefined);
  assert.equal(odd.context.switchyard, undefined);
});

test("typed pairs, single products and searches are understood", async () => {
  const page = await new Browser().open(SHOP, { ...quiet, config: { destinations: [{ ...US, events: { SEARCH: "search searchmade", ADD_CART: "productadded" } }] } });
  page.switchyard.track("Product Added", { sku: { t: "string", v: "S-1" }, price: { t: "number", v: 9 }, quantity: "2" });
  page.switchyard.track("Search", { query: "boots" });
  const [, added, search] = page.snaptr.map((call) => call.at(-1));
  assert.deepEqual([added.item_ids, added.price, added.number_items], [["S-1"], 9, 2]);
  assert.deepEqual(Object.keys(search), ["client_dedup_id", "event_id", "search_string"]);
});

test("names count however they are spelt, as at the server", async () => {
  const page = await new Browser().open(SHOP, { ...quiet, config: { destinations: [US] } });
  page.switchyard.identify("u-1", { Email: "a@n.example", Tel: "+1 415 555 0123", first_name: "Ann", LastName: "Lee" });
  page.switchyard.track("Order Completed", { orderId: "N-1", Total: 5, Currency: "usd", products: [{ productId: 7, Quantity: "2" }] });
  await settle();
  const [, [, , user], [, , order]] = page.snaptr;
  assert.deepEqual(user, { user_email: "a@n.example", user_phone_number: "+1 415 555 0123", firstname: "Ann", lastname: "Lee" });
  assert.deepEqual([order.transaction_id, order.price, order.currency, order.item_ids, order.number_items], ["N-1", 5, "USD", ["7"], 2]);
});

test("several destinations: each pixel gets what it wants, one pixel never the same event twice", async () => {
  const browser = new Browser();
  const twin = { ...US, id: "01936e5c-0000-7000-8000-0000000000a3" };
  const page = await browser.open(SHOP, { config: { destinations: [US, UK, twin] } });
  page.switchyard.track("Order Completed", { value: 1, currency: "USD" });
  await settle();
  assert.deepEqual(page.snaptr.map((call) => call.slice(0, 3).filter((part) => typeof part === "string")), [
    ["init", "pixel-us"],
    ["init", "pixel-uk"],
    ["track", "pixel-uk", "PAGE_VIEW"],
    ["track", "pixel-us", "PURCHASE"],
    ["track", "pixel-uk", "PURCHASE"],
  ]);
  const [view, order] = browser.events;
  assert.deepEqual(view.context.switchyard.client, [UK.id]);
  assert.deepEqual(order.context.switchyard.client, [US.id, UK.id, twin.id]);
});

test("beside the page's own pixel the tag's calls name theirs", async () => {
  const calls = [];
  const page = await new Browser().open(SHOP, {
    config: { destinations: [UK] },
    before: (window) => (window.snaptr = (...call) => calls.push(call)),
  });
  assert.equal(page.scripts.length, 0);
  assert.deepEqual(calls.map((call) => call.slice(0, 3)).at(-1), ["track", "pixel-uk", "PAGE_VIEW"]);
});

test("beside the page's own pixel that comes later, too", async () => {
  const page = await new Browser().open(SHOP, { ...quiet, config: { destinations: [US] } });
  page.switchyard.track("Order Completed", { value: 1, currency: "USD" });
  page.window.snaptr("init", "pixel-us");
  page.switchyard.track("Order Completed", { value: 2, currency: "USD" });
  page.window.snaptr("init", "pixel-own");
  page.switchyard.track("Order Completed", { value: 3, currency: "USD" });
  const told = page.snaptr.filter(([call]) => call === "track").map((call) => call.slice(0, -1));
  assert.deepEqual(told, [["track", "PURCHASE"], ["track", "PURCHASE"], ["track", "pixel-us", "PURCHASE"]]);
});

test("who the visitor is reaches the pixel: raw, or hashed under its own name; also on the next page of the tab", async () => {
  const browser = new Browser();
  const config = { destinations: [US] };
  let page = await browser.open(SHOP, { ...quiet, config });
  page.switchyard.identify("u-1", { Mail: "dana@northwind.example", phone: "a".repeat(64), firstName: "Dana", last_name: "Lopez" });
  const known = { user_email: "dana@northwind.example", user_hashed_phone_number: "a".repeat(64), firstname: "Dana", lastname: "Lopez" };
  await settle();
  assert.deepEqual(page.snaptr.at(-1), ["init", "pixel-us", known]);
  page = await browser.open(SHOP, { ...quiet, config });
  page.switchyard.identify("u-1", { email: "dana@northwind.example" });
  page.switchyard.consent({ marketing: true });
  assert.deepEqual(page.snaptr, [["init", "pixel-us", known]], "once, as long as nothing new is known");
  await settle();
  assert.equal(browser.local.keys.some((key) => browser.local.getItem(key).includes("northwind")), false);
});

test("a pixel that was blocked is not claimed to have been told", async () => {
  const browser = new Browser();
  const page = await browser.open(SHOP, { ...quiet, config: { destinations: [US] } });
  page.scripts[0].onerror();
  page.switchyard.track("Order Completed");
  await settle();
  assert.equal(browser.events[0].context.switchyard, undefined);
});

test("where Trusted Types are enforced the script's address goes through a policy, or there is no pixel", async () => {
  const config = { destinations: [US] };
  let page = await new Browser().open(SHOP, {
    config,
    before: (window) => (window.trustedTypes = { createPolicy: (name, rules) => ({ createScriptURL: (url) => `${name} ${rules.createScriptURL(url)}` }) }),
  });
  assert.equal(page.scripts[0].src, "switchyard https://sc-static.net/scevent.min.js");
  const browser = new Browser();
  page = await browser.open(SHOP, {
    config: { destinations: [UK] },
    before: (window) => (window.trustedTypes = { createPolicy: () => { throw new TypeError("not allowed"); } }),
  });
  assert.equal(page.scripts.length, 0);
  assert.equal(browser.events[0].context.switchyard, undefined);
});

test("event names are folded as the server folds them", async () => {
  const names = JSON.parse(readFileSync(new URL("names.json", import.meta.url), "utf8"));
  for (const [name, key] of Object.entries(names)) {
    const page = await new Browser().open(SHOP, { ...quiet, config: { destinations: [{ ...US, events: { PURCHASE: `${key} ${key}s` } }] } });
    page.switchyard.track(name);
    assert.equal(page.snaptr.length, 2, name);
  }
});
