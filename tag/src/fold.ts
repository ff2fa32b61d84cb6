// Event names without regard to case and separators, exactly as the server folds them.

/** `Order Completed`, `order_completed` and `orderCompleted` are one. */
export const fold = (name: string): string =>
  // Letter by letter: the lower case of a Greek sigma must not depend on where it stands.
  name.replace(/[^\p{Alphabetic}\p{N}]/gu, "").replace(/./gu, (letter) => letter.toLowerCase());
