// Makes wasm files smaller in place: what `wasm-opt -Oz` does, in one process for all of them, since starting it takes longer than most files.
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';

// What today's compiler emits by default.
const { BulkMemory, BulkMemoryOpt, CallIndirectOverlong, MutableGlobals, NontrappingFPToInt, SignExt, ReferenceTypes, Multivalue } =
  binaryen.Features;
const features = BulkMemory | BulkMemoryOpt | CallIndirectOverlong | MutableGlobals | NontrappingFPToInt | SignExt | ReferenceTypes | Multivalue;

binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
for (const file of process.argv.slice(2)) {
  const module = binaryen.readBinary(readFileSync(file));
  module.setFeatures(features);
  module.optimize();
  module.runPasses(['strip-producers', 'strip-target-features']);
  writeFileSync(file, module.emitBinary());
  module.dispose();
}
