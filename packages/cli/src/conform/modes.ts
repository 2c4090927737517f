import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  compatibilityMatrix,
  emitCases,
  type FormatOptions,
  formatReport,
  listCases,
  type Report,
  readReport,
  verifyAnswers,
} from '@label-smoothing/core/conformance';
import { checkWritable, readLines, readText, writeWhole } from '../files.js';
import { refusal, refuse } from '../refuse.js';
import type { Task } from './messages.js';
import { progressOn } from './progress.js';
import { runInChild } from './watch.js';

/** The options as the command line has them. */
export interface ConformOptions
  extends Partial<Pick<Task, 'filter' | 'tier' | 'level' | 'requireDevice' | 'timeLimit'>> {
  readonly module: string;
  readonly option?: Readonly<Record<string, string>>;
  readonly knownFailures?: string;
  readonly junit?: string;
  readonly json?: string;
  readonly markdown?: string;
  readonly list?: boolean;
  readonly emit?: string;
  readonly verify?: string;
  readonly matrix?: readonly string[];
}

/** One thing that the command does: the options that mean something to it, and how it comes to its exit code. */
interface Mode {
  readonly takes: readonly (keyof ConformOptions)[];
  readonly run: (options: ConformOptions) => Promise<number>;
}

/** What the command is asked for. */
export type ModeName = 'module' | 'list' | 'emit' | 'verify' | 'matrix';

const selection = ['filter', 'tier'] as const;
const judging = [...selection, 'level', 'knownFailures', 'requireDevice', 'junit', 'json', 'markdown'] as const;

/** Everything that `conform` does. */
export const modes: Readonly<Record<ModeName, Mode>> = {
  module: { takes: [...judging, 'option', 'timeLimit'], run: runModule },
  list: { takes: selection, run: list },
  emit: { takes: selection, run: emit },
  verify: { takes: judging, run: verify },
  matrix: { takes: [], run: matrix },
};

async function runModule(options: ConformOptions): Promise<number> {
  const { module, option = {}, filter, tier, level, requireDevice, timeLimit = 10_000 } = options;
  checkOutputs(options);
  const knownFailures = await readKnownFailures(options);
  const task = { module, options: option, filter, tier, level, requireDevice, knownFailures, timeLimit };
  const outcome = await runInChild(task, progressOn(process.stderr));
  if ('report' in outcome) return deliver(outcome.report, options, { module, options: option });
  process.stderr.write(`label-smoothing: ${outcome.stopped}; no report\n`);
  return 1;
}

async function verify(options: ConformOptions): Promise<number> {
  const { filter, tier, level, requireDevice } = options;
  checkOutputs(options);
  const knownFailures = await readKnownFailures(options);
  const lines = readLines('--verify', options.verify as string);
  const report = await verifyAnswers(lines, { filter, tier, level, requireDevice, knownFailures });
  return deliver(report, options, {});
}

async function list(options: ConformOptions): Promise<number> {
  const cases = await listCases(options);
  const width = Math.max(...cases.map(({ id }) => id.length));
  await print(cases.map(({ id, tier, comment }) => `${id.padEnd(width)}  ${tier}  ${comment}\n`));
  return 0;
}

async function emit(options: ConformOptions): Promise<number> {
  const path = options.emit as string;
  if (path !== '-') checkWritable('--emit', path);
  const lines = withBreaks(emitCases(options));
  await (path === '-' ? print(lines) : writeWhole('--emit', path, lines));
  return 0;
}

async function matrix(options: ConformOptions): Promise<number> {
  const reports = await Promise.all((options.matrix ?? []).map(readReportFile));
  await print([compatibilityMatrix(reports)]);
  return 0;
}

async function readReportFile(path: string): Promise<Report> {
  const text = await readText('--matrix', path);
  try {
    return readReport(text);
  } catch (error) {
    throw refusal('LS_CONTRACT', `--matrix ${path}: ${(error as Error).message}`);
  }
}

async function* withBreaks(lines: AsyncIterable<string>): AsyncGenerator<string, void> {
  for await (const line of lines) yield `${line}\n`;
}

/** As fast as whoever reads it. */
async function print(chunks: Iterable<string> | AsyncIterable<string>): Promise<void> {
  await pipeline(Readable.from(chunks), process.stdout, { end: false });
}

const outputs = ['junit', 'json', 'markdown'] as const;

function checkOutputs(options: ConformOptions): void {
  for (const format of outputs) {
    const path = options[format];
    if (path !== undefined) checkWritable(`--${format}`, path);
  }
}

async function readKnownFailures({ knownFailures: path }: ConformOptions): Promise<Task['knownFailures']> {
  if (path === undefined) return undefined;
  const content = parsed(`--known-failures ${path}`, await readText('--known-failures', path));
  // The kit takes null, like undefined, for no baseline at all.
  if (content === null) {
    refuse('LS_CONTRACT', `--known-failures ${path}: expected an object from case ids to reasons, got null`);
  }
  return content as Task['knownFailures'];
}

function parsed(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse('LS_CONTRACT', `${what}: expected JSON: ${(error as Error).message}`);
  }
}

/** Prints the report, writes it wherever it is wanted, and returns the exit code. */
async function deliver(report: Report, options: ConformOptions, format: FormatOptions): Promise<number> {
  await print([formatReport(report, 'text', format)]);
  for (const name of outputs) {
    const path = options[name];
    if (path !== undefined) await writeWhole(`--${name}`, path, [formatReport(report, name, format)]);
  }
  return report.conformant ? 0 : 1;
}
