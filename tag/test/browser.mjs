// A browser as far as the tag knows one: cookies and storage that outlive a page, requests that a test answers, timers that it moves.

import { readFileSync } from "node:fs";
import vm from "node:vm";

const TAG = readFileSync(new URL("../dist/tag.js", import.meta.url), "utf8");
const PUBLIC_SUFFIXES = ["example", "co.uk"];

export const US = { id: "01936e5c-0000-7000-8000-0000000000a1", pixel: "pixel-us", events: { PURCHASE: "ordercompleted" } };

export const CONFIG = {
  writeKey: "wk_web",
  url: "https://switchyard.example",
  pixelUrl: "https://sc-static.net/scevent.min.js",
  consentRequired: false,
  destinations: [],
};

/** The configuration as the server writes it. */
const written = ({ writeKey, url, pixelUrl, consentRequired, destinations }) => [
  writeKey,
  url,
  pixelUrl,
  consentRequired ? 1 : 0,
  ...destinations.map(({ id, pixel, events }) => [id, pixel, Object.entries(events).map((group) => group.join(" ")).join(";")]),
];

class Storage {
  #values = new Map();
  broken = false;
  getItem(key) {
    this.#check();
    return this.#values.get(key) ?? null;
  }
  setItem(key, value) {
    this.#check();
    this.#values.set(key, String(value));
  }
  removeItem(key) {
    this.#check();
    this.#values.delete(key);
  }
  get keys() {
    return [...this.#values.keys()];
  }
  #check() {
    if (this.broken) throw new Error("storage is forbidden");
  }
}

/** Cookies by name and domain, as far as widening a domain needs it. */
class Jar {
  all = new Map();
  attributes = new Map();
  blocked = false;
  read(host) {
    const fits = (domain) => host === domain || host.endsWith("." + domain);
    return [...this.all.entries()].filter(([key]) => fits(key.split("|")[1])).map(([key, value]) => `${key.split("|")[0]}=${value}`).join("; ");
  }
  write(host, text) {
    if (this.blocked) return;
    const [pair, ...attributes] = text.split(";").map((part) => part.trim());
    const found = (name) => attributes.find((a) => a.startsWith(name + "="))?.slice(name.length + 1);
    const domain = found("domain") ?? host;
    if (PUBLIC_SUFFIXES.includes(domain) || !(host === domain || host.endsWith("." + domain))) return;
    const at = pair.indexOf("=");
    const key = `${pair.slice(0, at)}|${domain}`;
    if (found("max-age") === "0") this.all.delete(key);
    else this.all.set(key, pair.slice(at + 1));
    this.attributes.set(pair.slice(0, at), attributes);
  }
}

/** One visitor's browser. */
export class Browser {
  jar = new Jar();
  local = new Storage();
  session = new Storage();
  requests = [];
  beacons = [];
  warnings = [];
  /** What the server answers next: a status, or 0 for no network. */
  status = 200;
  gpc = false;
  prerendering = false;

  /** Everything that was sent, in order. */
  get events() {
    return this.requests.flatMap((request) => request.body.batch);
  }

  /** Loads a page with the tag in it. `before` runs in the page first, as an inline script would. */
  async open(url, { config = {}, before = () => {}, dataset = {}, referrer = "", load = true } = {}) {
    const page = new Page(this, new URL(url), referrer);
    const context = vm.createContext(page.globals(dataset));
    page.window = vm.runInContext("globalThis", context);
    before(page.window);
    page.load = async () => {
      vm.runInContext(`(function(SWITCHYARD){${TAG}})(${JSON.stringify(written({ ...CONFIG, ...config }))})`, context);
      await settle();
    };
    if (load) await page.load();
    return page;
  }
}

/** Lets promises run. */
export const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

class Page {
  scripts = [];
  timers = new Map();
  listeners = {};
  #browser;
  #url;
  #referrer;

  constructor(browser, url, referrer) {
    this.#browser = browser;
    this.#url = url;
    this.#referrer = referrer;
  }

  get switchyard() {
    return this.window.switchyard;
  }

  /** What the pixel was told. */
  get snaptr() {
    // Arrays of this realm, so that they can be compared.
    return Array.from(this.window.snaptr?.queue ?? [], (call) => JSON.parse(JSON.stringify(call)));
  }

  /** Runs the timers that are set now. */
  async wait() {
    const due = [...this.timers.values()];
    this.timers.clear();
    due.forEach((run) => run());
    await settle();
  }

  async fire(name) {
    (this.listeners[name] ?? []).forEach((run) => run());
    await settle();
  }

  globals(dataset) {
    const browser = this.#browser;
    const url = this.#url;
    const globals = {
      Blob,
      URL,
      URLSearchParams,
      queueMicrotask,
      crypto: { getRandomValues: (bytes) => crypto.getRandomValues(bytes) },
      console: { warn: (...words) => browser.warnings.push(words.map(String).join(" ")) },
      localStorage: browser.local,
      sessionStorage: browser.session,
      devicePixelRatio: 2,
      screen: { width: 1280, height: 800 },
      location: { href: url.href, hostname: url.hostname, pathname: url.pathname, search: url.search, protocol: url.protocol },
      navigator: {
        userAgent: "Tests/1.0",
        language: "en-US",
        globalPrivacyControl: browser.gpc,
        sendBeacon: (to, body) => browser.beacons.push({ to, body: JSON.parse(body) }) > 0,
      },
      document: {
        title: "A page",
        referrer: this.#referrer,
        currentScript: { dataset, nonce: "n0nce" },
        head: { append: (script) => this.scripts.push(script) },
        createElement: () => ({}),
        prerendering: browser.prerendering,
        addEventListener: (name, run) => (this.listeners[name] ??= []).push(run),
        get cookie() {
          return browser.jar.read(url.hostname);
        },
        set cookie(text) {
          browser.jar.write(url.hostname, text);
        },
      },
      addEventListener: (name, run) => (this.listeners[name] ??= []).push(run),
      setTimeout: (run) => {
        const id = this.timers.size + 1;
        this.timers.set(id, run);
        return id;
      },
      clearTimeout: (id) => this.timers.delete(id),
      fetch: async (to, options) => {
        if (!browser.status) throw new TypeError("Failed to fetch");
        browser.requests.push({ to, options, body: JSON.parse(options.body), status: browser.status });
        return { status: browser.status };
      },
    };
    globals.window = globals;
    return globals;
  }
}
