// What a page tells about itself with each event.

import { version } from "./config";
import { attempt } from "./visitor";

/** The ad click's id: the parameter's name in any case, its value unchanged. */
const clickIdIn = (url: string): string | undefined =>
  attempt(() => decodeURIComponent(url.match(/[?&]sccid=([^&#]+)/i)![1]!));

/** The click id of this visit: of the page, or of the landing page that led here. */
export const clickId = (): string | undefined => clickIdIn(location.href) || clickIdIn(document.referrer);

/** Where the visitor is. */
export const page = () => {
  const { pathname: path, search, href: url } = location;
  const { referrer, title } = document;
  return { path, referrer, search, title, url };
};

const campaign = (): Record<string, string> | undefined => {
  const found: Record<string, string> = {};
  new URLSearchParams(location.search).forEach((value, name) => {
    if (/^utm_./i.test(name)) {
      const key = name.slice(4).toLowerCase();
      found[key === "campaign" ? "name" : key] = value;
    }
  });
  return Object.keys(found)[0] ? found : undefined;
};

/** The part of an event's context that is known without storage. */
export const context = (): Record<string, unknown> => ({
  library: { name: "switchyard-tag", version },
  page: page(),
  userAgent: navigator.userAgent,
  locale: navigator.language,
  screen: { width: screen.width, height: screen.height, density: devicePixelRatio },
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  campaign: campaign(),
});
