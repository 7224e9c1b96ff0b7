// Adds up the counts in vitest's JSON reports: `N passed, N failed, N skipped`. Exits 1 when a report is missing.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTotalTests: number;
  readonly success: boolean;
}

const [folder = '.'] = process.argv.slice(2);
const files = ['test.json', 'full.json'].map((name) => path.join(folder, name));
const missing = files.filter((file) => !existsSync(file));
for (const file of missing) console.log(`no report: ${file}, its suite did not get to its end`);
const reports: Report[] = await Promise.all(
  files.filter((file) => existsSync(file)).map(async (file) => JSON.parse(await readFile(file, 'utf8'))),
);
const total = (of: (report: Report) => number): number => reports.reduce((sum, report) => sum + of(report), 0);
const failed = total((r) => r.numFailedTests) + missing.length;
const unfinished = reports.filter((report) => !report.success).length;
console.log(`${total((r) => r.numPassedTests)} passed, ${failed} failed, ${total((r) => r.numPendingTests)} skipped`);
process.exitCode = failed > 0 || unfinished > 0 ? 1 : 0;
