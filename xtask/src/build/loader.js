// Fetches the code of a part of the pages: a file of the pieces that the build cut, one after the other.
// A piece that several parts need is in each of their files, and started once.
import { initSync } from "MAIN";

// By part: the number of each piece in its file, and how many bytes it has.
const PARTS = {};

// The pieces import the memory, the table and the stack of the main module, by the names that it exports.
let imports;
const shared = () => (imports ??= { __wasm_split: initSync() });

// What failed is forgotten, so that it can be tried again.
const once = (start) => {
  const started = new Map();
  return (key, ...rest) => {
    if (!started.has(key)) {
      const running = start(key, ...rest);
      running.catch(() => started.delete(key));
      started.set(key, running);
    }
    return started.get(key);
  };
};

const piece = once((_, bytes) => WebAssembly.instantiate(bytes, shared()));

const part = once(async (name) => {
  const answer = await fetch(new URL(`./${name}.MARK.wasm`, import.meta.url));
  if (!answer.ok) throw new Error(`${answer.status} for ${answer.url}`);
  const bytes = await answer.arrayBuffer();
  let at = 0;
  const pieces = PARTS[name].map(([number, length]) => {
    at += length;
    return piece(number, new Uint8Array(bytes, at - length, length));
  });
  await Promise.all(pieces);
});

// The main module asks for a part and is called back with the outcome.
const loader = (name) => async (callback, data) => {
  let loaded = false;
  try {
    await part(name);
    loaded = true;
  } catch (error) {
    console.error(error);
  }
  shared().__wasm_split.__indirect_function_table.get(callback)(data, loaded);
};

