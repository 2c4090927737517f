import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { lossGraph } from './graph.js';
import { createProgress } from './progress.js';
import { reportPage } from './report/page.js';
import { summarize } from './summary.js';
import { runTour } from './tour.js';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: resolve(import.meta.dirname, '../../out') },
  },
});

const tour = await runTour(flags.quick, createProgress(process.stderr));
await mkdir(flags.out, { recursive: true });
const report = join(flags.out, 'tour.html');
await writeFile(report, reportPage(tour));
await writeFile(join(flags.out, tour.graph.file), lossGraph(tour));
await writeFile(join(flags.out, 'tour.json'), `${JSON.stringify(tour, null, 2)}\n`);
console.log(summarize(tour, relative(process.cwd(), report)));
