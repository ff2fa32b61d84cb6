// What is kept in the visitor's browser, first-party only: a cookie, or the local storage where cookies are forbidden.

const YEAR = 31536000;

/** An id as of RFC 9562, version 4; `crypto.randomUUID` is missing on pages without https. */
export const newId = (): string =>
  // A random digit for each 0; for the 8 one that keeps the variant's two bits.
  "00000000-0000-4000-8000-000000000000".replace(/[08]/g, (digit) =>
    (+digit ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (+digit / 4)))).toString(16),
  );

/** Runs what a browser may forbid (blocked storage, sandboxed frames). */
export const attempt = <T>(action: () => T): T | undefined => {
  try {
    return action();
  } catch {
    return;
  }
};

/** A cookie of the page. */
export const cookie = (name: string): string | undefined =>
  attempt(() => decodeURIComponent(document.cookie.match(`(?:^|; )${name}=([^;]*)`)![1]!));

/** The value that was kept under this name. */
export const kept = (name: string): string | undefined => cookie(name) || attempt(() => localStorage.getItem(name)) || undefined;

let domain: string | undefined;

/** The widest domain that takes a cookie, so that `www.shop.example` and `checkout.shop.example` see one visitor. */
const widestDomain = (): string => {
  const labels = location.hostname.split(".");
  for (let i = labels.length - 2; i >= 0; i--) {
    const candidate = ";domain=" + labels.slice(i).join(".");
    document.cookie = "sy_probe=1;path=/" + candidate;
    if (cookie("sy_probe")) {
      document.cookie = "sy_probe=;path=/;max-age=0" + candidate;
      return candidate;
    }
  }
  return "";
};

/** Keeps a value for a year from now; an empty one is forgotten. The storage serves where cookies are forbidden, and only there. */
export const keep = (name: string, value = ""): void => {
  if (!value && !kept(name)) return;
  attempt(() => {
    domain ??= widestDomain();
    document.cookie =
      `${name}=${encodeURIComponent(value)};path=/;SameSite=Lax;max-age=${value ? YEAR : 0}${domain}` +
      (location.protocol === "https:" ? ";Secure" : "");
  });
  attempt(() => (value && cookie(name) !== value ? localStorage.setItem(name, value) : localStorage.removeItem(name)));
};
