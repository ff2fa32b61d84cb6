// Makes files smaller in place: wasm as `wasm-opt -Oz` does, in one process for all of them, since starting it takes longer than most
// files; and the modules that load it.
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { minify } from 'terser';

// What today's compiler emits by default.
const { BulkMemory, BulkMemoryOpt, CallIndirectOverlong, MutableGlobals, NontrappingFPToInt, SignExt, ReferenceTypes, Multivalue } =
  binaryen.Features;
const features = BulkMemory | BulkMemoryOpt | CallIndirectOverlong | MutableGlobals | NontrappingFPToInt | SignExt | ReferenceTypes | Multivalue;

binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
for (const file of process.argv.slice(2)) {
  if (file.endsWith('.js')) {
    const { code } = await minify(readFileSync(file, 'utf8'), { module: true, ecma: 2020 });
    writeFileSync(file, code);
    continue;
  }
  const module = binaryen.readBinary(readFileSync(file));
  module.setFeatures(features);
  module.optimize();
  module.runPasses(['strip-producers', 'strip-target-features']);
  writeFileSync(file, module.emitBinary());
  module.dispose();
}
