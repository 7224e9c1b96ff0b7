// npm run bench [-- name …]: the lab's own figures. They are printed, never asserted.
import { benchCold } from './cold.ts';
import { benchIdle } from './idle.ts';
import { usage } from './lab.ts';
import { benchLoss } from './loss.ts';
import { printMachine } from './report.ts';
import { benchRun } from './run.ts';
import { benchUp } from './up.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  cold: benchCold,
  up: benchUp,
  idle: benchIdle,
  run: benchRun,
  loss: benchLoss,
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);
for (const name of wanted) {
  const bench = benches[name] ?? usage(`no benchmark ${name}; there are ${Object.keys(benches).join(', ')}`);
  printMachine();
  await bench();
}
process.exit(0);
