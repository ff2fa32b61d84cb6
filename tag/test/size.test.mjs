import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

// What is really served has the configuration too: its limit of 4,096 bytes is held where that is written (crates/pipeline/src/tag).
test("the tag leaves room for its configuration", () => {
  const size = gzipSync(readFileSync(new URL("../dist/tag.js", import.meta.url)), { level: 9 }).length;
  assert.ok(size < 3_500, `${size} bytes`);
});
