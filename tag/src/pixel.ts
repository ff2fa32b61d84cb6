// The Snap Pixel: loaded only for events with Client-side on, told the same id that the server sends.

import { destinations, gpc, nonce, pixelUrl } from "./config";
import { fold } from "./fold";
import { attempt, cookie } from "./visitor";

type Bag = Record<string, unknown>;
type Snaptr = ((...call: unknown[]) => void) & { queue: unknown[][]; handleRequest?: (...call: unknown[]) => void };

const host = window as unknown as {
  snaptr?: Snaptr;
  trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } };
};

/** Pixels that were told who the visitor is. */
const pixels = new Set<string>();
let known: string | undefined;
let blocked = false;
/** The page has the pixel script from us alone, so that a call without a pixel's id can only mean ours. */
let ours = false;

/** A value, taken out of its typed pair if it stands in one. */
const plain = (value: unknown): unknown => {
  const pair = value as { t?: unknown; v?: unknown } | null | undefined;
  return pair?.t && "v" in pair ? pair.v : value;
};

/** The first of these properties that says something, however its name is spelt: names are given folded. */
const pick = (from: Bag | undefined, ...names: string[]): unknown => {
  for (const name of names)
    for (const key in from) {
      const value = fold(key) === name ? plain(from[key]) : "";
      if (value != null && value !== "") return value;
    }
  return;
};

/** Without what is missing: the pixel would send the word "undefined". */
const filled = (bag: Bag): Bag => JSON.parse(JSON.stringify(bag)) as Bag;

const load = (): void => {
  if (host.snaptr) return;
  const snaptr = ((...call: unknown[]) => {
    // The page's own pixel may come after the tag.
    ours &&= call[0] !== "init" || pixels.has(call[1] as string);
    snaptr.handleRequest ? snaptr.handleRequest(...call) : snaptr.queue.push(call);
  }) as Snaptr;
  snaptr.queue = [];
  const script = document.createElement("script");
  script.async = true;
  script.nonce = nonce;
  script.onerror = () => (blocked = true);
  script.src = host.trustedTypes?.createPolicy("switchyard", { createScriptURL: (url) => url }).createScriptURL(pixelUrl) || pixelUrl;
  host.snaptr = snaptr;
  ours = true;
  document.head.append(script);
};

const DIGEST = /^[0-9a-f]{64}$/i;

/** E-mail and phone go raw, the pixel hashes them; a value that is hashed already goes under its own name. */
const contact = (kind: string, value: unknown): Bag => ({
  [(DIGEST.test(value as string) ? "user_hashed_" : "user_") + kind]: value,
});

const userData = (traits: Bag): Bag =>
  filled({
    ...contact("email", pick(traits, "email", "emailaddress", "mail")),
    ...contact("phone_number", pick(traits, "phone", "phonenumber", "mobile", "tel")),
    firstname: pick(traits, "firstname"),
    lastname: pick(traits, "lastname"),
  });

/** Loads the pixel if something is meant for it, and tells it who the visitor is: again when more is known. */
export const introduce = (traits: Bag): void => {
  if (gpc || !destinations[0]) return;
  attempt(() => {
    const user = userData(traits);
    if (known === (known = JSON.stringify(user))) return;
    load();
    for (const [, pixel] of destinations) pixels.add(pixel);
    for (const pixel of pixels) host.snaptr!("init", pixel, user);
  });
};

const parameters = (messageId: string, properties: Bag): Bag => {
  const list = pick(properties, "products");
  const products = (Array.isArray(list) ? list : [properties]) as Bag[];
  const ids = products.flatMap((product) => pick(product, "productid", "sku", "id") ?? []).map(String);
  const counted = products.reduce((sum, product) => sum + (Number(pick(product, "quantity")) || 1), 0);
  const first = { ...products[0], ...properties };
  return filled({
    client_dedup_id: messageId,
    event_id: messageId,
    price: pick(properties, "value", "total", "revenue", "price"),
    currency: (pick(properties, "currency") as string | undefined)?.toUpperCase?.(),
    transaction_id: pick(properties, "orderid", "transactionid", "transactionnumber", "ordernumber"),
    item_ids: ids[0] && ids,
    item_category: pick(first, "category"),
    number_items: pick(properties, "numitems", "numberitems") || (ids[0] && counted),
    brands: pick(first, "brand"),
    search_string: pick(properties, "searchstring", "query"),
    sign_up_method: pick(properties, "signupmethod", "method"),
    uuid_c1: cookie("_scid"),
  });
};

/** Hands an event to each pixel that wants it: the ids of the destinations that it went to. */
export const hand = (name: string, messageId: string, properties: Bag): string[] => {
  const key = fold(name);
  const told = new Set<string>();
  return destinations.flatMap(([id, pixel, events]) => {
    // The name in front of the group in which the key stands as a whole word.
    const event = events.match(`(\\w+)[^;]* ${key}(?![^ ;])`)?.[1];
    if (!event || blocked || !pixels.has(pixel)) return [];
    return (
      attempt(() => {
        if (!told.has(pixel + event)) {
          const whom = ours && pixels.size < 2 ? [] : [pixel];
          host.snaptr!("track", ...whom, event, parameters(messageId, properties));
        }
        told.add(pixel + event);
        return [id];
      }) || []
    );
  });
};
