// What the server puts in front of the tag, and the marks on the script element that loads it.

/**
 * A destination that takes events through its pixel: the end of its id, the pixel's, and its events. These are groups between semicolons, each
 * the event's name at the destination and then the folded names (see `fold`) that it goes by, between blanks.
 */
export type Destination = [id: string, pixel: string, events: string];

/** A list and not an object, since names cost bytes on every page. `url` is where Switchyard answers, without a slash at the end. */
type Config = [writeKey: string, url: string, pixelUrl: string, consentRequired: 0 | 1, ...destinations: Destination[]];

declare const SWITCHYARD: Config;
declare const VERSION: string;

export const [writeKey, url, pixelUrl, consentIsSet, ...destinations] = SWITCHYARD;
export const version = VERSION;

/** The element that loads the tag: only known while the tag runs for the first time. */
const script = document.currentScript as HTMLScriptElement | null;
const marks: DOMStringMap = script?.dataset || {};

export const nonce = script?.nonce || "";
export const autoPage = marks.autoPage !== "false";
export const consentRequired = consentIsSet || marks.consent === "required";

/** The browser asks on the visitor's behalf that data be neither sold nor shared. */
export const gpc = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl || undefined;
