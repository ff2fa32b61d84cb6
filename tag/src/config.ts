// What the server puts in front of the tag, and the marks on the script element that loads it.

/** A destination that takes events through its pixel. */
export interface Destination {
  id: string;
  pixel: string;
  /** Folded event names (see `fold`) with the name that each has at the destination. */
  events: Record<string, string>;
}

interface Config {
  writeKey: string;
  /** Where Switchyard answers, without a slash at the end. */
  url: string;
  pixelUrl: string;
  consentRequired: boolean;
  destinations: Destination[];
}

declare const SWITCHYARD_CONFIG: Config;
declare const VERSION: string;

export const config = SWITCHYARD_CONFIG;
export const version = VERSION;

/** The element that loads the tag: only known while the tag runs for the first time. */
const script = document.currentScript as HTMLScriptElement | null;
const marks: DOMStringMap = script?.dataset || {};

export const nonce = script?.nonce || "";
export const autoPage = marks.autoPage !== "false";
export const consentRequired = config.consentRequired || marks.consent === "required";

/** The browser asks on the visitor's behalf that data be neither sold nor shared. */
export const gpc = !!(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl;
