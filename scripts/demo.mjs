// The main job on real input, from a fresh clone:
//
//   npm run demo [folder]
//
// Stores every JSON document of a folder (by default every package.json under node_modules), reads
// it all back, watches another process change some, and restores a snapshot. Every value is
// compared; the exit code is not 0 if any differs.
import { PlainError, runAsProgram } from "./process.mjs";
import { setup } from "./setup.mjs";

await runAsProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const unknown = args.find((argument) => argument.startsWith("-"));
  if (unknown || args.length > 1) throw new PlainError("Usage: npm run demo [folder]");
  await setup();
  const { demo } = await import("./demo/main.mjs");
  await demo(args[0]);
});
