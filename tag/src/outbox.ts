// Events on their way: kept until the server has acknowledged them, tried again on the next page. The server removes repeats by id.

import { url as server, writeKey } from "./config";
import { attempt } from "./visitor";

/** By message id: when it was made, and its JSON. */
type Events = Record<string, [number, string]>;

const KEY = "sy_outbox";
const MAX_CHARS = 250_000;
/** The server refuses a single event above this. */
const MAX_EVENT_BYTES = 32_768;
/** Browsers let 64 KiB outlive a page. */
const MAX_REQUEST_BYTES = 60_000;
/** The server knows ids for seven days: older events might be counted twice. */
const MAX_AGE = 6 * 86_400_000;
const FIRST_DELAY = 5_000;
const LAST_DELAY = 300_000;

const url = server + "/v1/batch";

/** Of this page. The storage also holds other pages' events, and may be forbidden. */
let mine: Events = {};
const flying = new Set<string>();
let delay = FIRST_DELAY;
let timer: ReturnType<typeof setTimeout> | undefined;
let opened = false;

const size = (text: string): number => new Blob([text]).size;

const read = (): Events => ({ ...attempt(() => JSON.parse(localStorage.getItem(KEY)!) as Events), ...mine });

/** Writes what is left to send; the oldest events give way. */
const write = (events: Events): void => {
  let text = "";
  for (const id of Object.keys(events)) {
    text = JSON.stringify(events);
    if (text.length <= MAX_CHARS) break;
    delete events[id];
    delete mine[id];
  }
  attempt(() => (text ? localStorage.setItem(KEY, text) : localStorage.removeItem(KEY)));
};

const forget = (ids: string[]): void => {
  const events = read();
  for (const id of ids) {
    delete events[id];
    delete mine[id];
  }
  write(events);
};

/** One request's worth of the events that are not under way. */
const gather = (events: Events, again?: boolean): [ids: string[], body: string, more: boolean] => {
  const ids: string[] = [];
  let batch = "";
  let more = false;
  for (const id in events) {
    if (!again && flying.has(id)) continue;
    const json = events[id]![1];
    if ((more = !!batch && size(batch + json) > MAX_REQUEST_BYTES)) break;
    batch += (batch && ",") + json;
    ids.push(id);
  }
  const head = JSON.stringify({ writeKey, sentAt: new Date().toISOString() });
  return [ids, `${head.slice(0, -1)},"batch":[${batch}]}`, more];
};

const flush = (events: Events): void => {
  const [ids, body, more] = gather(events);
  if (!ids[0]) return;
  ids.forEach((id) => flying.add(id));
  const landed = (status: number): void => {
    ids.forEach((id) => flying.delete(id));
    if (!status || status === 408 || status === 429 || status > 499) {
      clearTimeout(timer);
      timer = setTimeout(resend, delay * (0.5 + Math.random()));
      delay = Math.min(delay * 2, LAST_DELAY);
    } else {
      // Taken, or refused for good: trying again would change nothing.
      delay = FIRST_DELAY;
      forget(ids);
      if (more) resend();
    }
  };
  // A body of plain text needs no preflight.
  fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" }).then(
    (answer) => landed(answer.status),
    () => landed(0),
  );
};

/** Sends all that is kept, of earlier pages too. */
const resend = (): void => {
  if (opened) flush(read());
};

/** Keeps an event and sends it with the others of this moment. */
export const post = (id: string, event: object): void => {
  const json = JSON.stringify(event);
  if (size(json) > MAX_EVENT_BYTES) throw Error("over 32 KiB");
  mine[id] = [Date.now(), json];
  write(read());
  queueMicrotask(() => flush(mine));
};

/** Forgets everything that was not sent. */
export const clear = (): void => {
  clearTimeout(timer);
  opened = false;
  mine = {};
  write({});
};

/** Begins to send what earlier pages left, and sees to what this page will leave. */
export const open = (): void => {
  if (opened) return;
  const now = Date.now();
  opened = true;
  forget(Object.entries(read()).flatMap(([id, [made]]) => (now - made > MAX_AGE ? [id] : [])));
  resend();
};

addEventListener("online", resend);
// Not every browser lets a fetch outlive its page: what is unanswered goes once more, as a beacon.
addEventListener("pagehide", () => {
  const [ids, body] = gather(mine, true);
  if (ids[0]) attempt(() => navigator.sendBeacon(url, body));
});
