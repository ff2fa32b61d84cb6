import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

test("the tag stays below 4,000 bytes on its way", () => {
  const size = gzipSync(readFileSync(new URL("../dist/tag.js", import.meta.url)), { level: 9 }).length;
  assert.ok(size < 4_000, `${size} bytes`);
});
