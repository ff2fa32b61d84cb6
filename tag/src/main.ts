// The browser tag: `window.switchyard`, what it knows about the visitor, and what becomes of a call.

import { autoPage, consentRequired, gpc } from "./config";
import { clickId, context, page as currentPage } from "./context";
import { fold } from "./fold";
import * as outbox from "./outbox";
import { hand, introduce } from "./pixel";
import { attempt, cookie, keep, kept, newId } from "./visitor";

type Bag = Record<string, unknown>;
type Options = { messageId?: string };
type Recorded = { messageId: string; context: Bag; [field: string]: unknown };

const ANONYMOUS = "sy_anonymous_id";
const USER = "sy_user_id";
const CLICK = "sy_click_id";
const CONSENT = "sy_consent";
const TRAITS = "sy_traits";
/** Calls that wait in the memory of the page, for consent or until it is looked at. */
const MAX_WAITING = 100;

/** What the visitor chose: "1", "0", or nothing yet. */
let choice = kept(CONSENT);
let anonymousId: string | undefined;
let userId: string | undefined;
let click = clickId();
let traits: Bag = {};
let waiting: [Recorded, string, Bag][] = [];

/** The browser draws the page in advance: it may never be looked at. */
let unseen = (document as { prerendering?: boolean }).prerendering;

const allowed = (): boolean => !unseen && (choice ? choice === "1" : !consentRequired);

/** Traits last as long as the tab: nobody's address should lie in a browser for a year. */
const keepTraits = (): void => {
  attempt(() => {
    traits = { ...JSON.parse(sessionStorage.getItem(TRAITS)!), ...traits };
    sessionStorage.setItem(TRAITS, JSON.stringify(traits));
  });
};

/** Everything that waits for consent: ids in storage, what earlier pages left to send, the pixel. */
const begin = (): void => {
  keep(ANONYMOUS, (anonymousId = anonymousId || kept(ANONYMOUS) || newId()));
  keep(USER, (userId = userId || kept(USER)));
  keep(CLICK, (click = click || kept(CLICK) || cookie("_scclid")));
  keepTraits();
  introduce(traits);
  attempt(outbox.open);
};

const dispatch = (event: Recorded, name: string, properties: Bag): void => {
  const client = hand(name, event.messageId, properties);
  outbox.post(event.messageId, {
    anonymousId,
    userId,
    ...event,
    context: {
      traits: Object.keys(traits)[0] && traits,
      ...event.context,
      sc_click_id: click,
      sc_cookie1: cookie("_scid"),
      // What is undefined is left out.
      consent: (choice || gpc) && { marketing: choice && true, gpc },
      data_processing_options: gpc && ["LMU"],
      switchyard: client[0] && { client },
    },
  });
};

const record = (type: string, name: string, properties: Bag, fields: Bag, options?: Options): string => {
  const messageId = options?.messageId || newId();
  const event = { type, messageId, originalTimestamp: new Date().toISOString(), ...fields, context: context() };
  if (allowed()) dispatch(event, name, properties);
  else if (choice !== "0" && waiting.length < MAX_WAITING) waiting.push([event, name, properties]);
  return messageId;
};

/** Once it is known whether anything may be sent. */
const settle = (): void => {
  if (allowed()) {
    begin();
    waiting.splice(0).forEach((call) => attempt(() => dispatch(...call)));
  } else if (!unseen) outbox.clear();
};

/** Forgets the visitor; the choice about consent stays. */
const forget = (): void => {
  anonymousId = userId = undefined;
  traits = {};
  keep(ANONYMOUS);
  keep(USER);
  attempt(() => sessionStorage.removeItem(TRAITS));
};

let paged = false;

const methods = {
  page(name?: string | Bag, properties?: Bag, options?: Options) {
    paged = true;
    const named = typeof name === "string";
    const all: Bag = { ...currentPage(), ...(named ? properties : name) };
    return record("page", "Page View", all, { ...(named && { name }), properties: all }, options);
  },
  track(event: string, properties?: Bag | null, options?: Options) {
    if (!fold(event)) throw Error("no name");
    const all = properties || {};
    return record("track", event, all, { event, properties: all }, options);
  },
  identify(id?: string | number | Bag | null, more?: Bag, options?: Options) {
    const anonymous = id && typeof id === "object";
    const told = (anonymous ? id : more) || {};
    const next = anonymous || id == null ? userId : String(id);
    // Another person at the same browser.
    if (userId && next !== userId) forget();
    userId = next;
    // What can't be sent now would keep every later event from being sent.
    Object.assign(traits, JSON.parse(JSON.stringify(told)));
    settle();
    return record("identify", "Identify", told, { userId, traits: told }, options);
  },
  group(groupId: string | number, more: Bag = {}, options?: Options) {
    return record("group", "Group", more, { groupId: String(groupId), traits: more }, options);
  },
  reset() {
    forget();
    settle();
  },
  consent({ marketing }: { marketing?: boolean }) {
    if (marketing) {
      keep(CONSENT, (choice = "1"));
      settle();
    } else if (marketing === false) {
      choice = "0";
      waiting = [];
      forget();
      settle();
      keep(CLICK);
      // Where consent is required, its absence says it all and nothing is stored.
      keep(CONSENT, consentRequired ? undefined : choice);
    }
  },
};

type Method = keyof typeof methods;
type Api = typeof methods & { loaded?: boolean; push(call: ArrayLike<unknown>): unknown };

/** A mistake in a call must not stop the page that makes it. */
const call = (method: Method, values: unknown[]): unknown => {
  try {
    return (methods[method] as (...values: unknown[]) => unknown)(...values);
  } catch (error) {
    console.warn("switchyard." + method, error);
    return;
  }
};

const host = window as unknown as { switchyard?: Api & { splice?(from: number): ArrayLike<unknown>[] } };
// The stub itself becomes the tag, so that a reference to it that a page kept goes on working.
const api = (host.switchyard ||= {} as NonNullable<typeof host.switchyard>);

if (!api.loaded) {
  const early = api.splice?.(0) || [];
  for (const method of Object.keys(methods) as Method[]) api[method] = (...values: unknown[]) => call(method, values) as never;
  api.push = ([method, ...values]: any) => method in methods && call(method, values);
  api.loaded = true;
  settle();
  document.addEventListener("prerenderingchange", () => {
    unseen = false;
    // The page before may have asked meanwhile.
    choice = kept(CONSENT) || choice;
    settle();
  });
  early.forEach(api.push);
  if (autoPage && !paged) call("page", []);
}
