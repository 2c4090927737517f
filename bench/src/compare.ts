import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expected, makeBatch, writeBatch } from './batch.js';
import { type Case, caseText } from './case.js';
import { type Contender, type Running, start } from './contender.js';
import { noise, Pace } from './pace.js';
import type { Answer } from './protocol.js';

/** How long to look. */
export interface Effort {
  /** How often all cases are gone through: what slows a machine may last for minutes. */
  readonly passes: number;
  /** Turns that count, of every contender, in each pass. */
  readonly rounds: number;
  /** Seconds of a turn. */
  readonly seconds: number;
}

/** What one contender took for one case. */
export interface Figure {
  readonly name: string;
  /** Least time of a call. */
  readonly nanoseconds: number;
  readonly nanosecondsPerLogit: number;
  /** Time of a copy of the logits in the same process, over the time of a call. */
  readonly shareOfCopy: number;
  /** Processors in use while it was measured. */
  readonly cores: number;
  /** Turns that counted, and turns that did not: a copy, or the same arithmetic, took over 15 % longer than the least. */
  readonly turns: number;
  readonly voided: number;
}

/** Every figure of a case. */
export interface Comparison extends Case {
  readonly figures: readonly Figure[];
}

/** What a bench found. */
export interface Findings {
  readonly versions: readonly string[];
  readonly comparisons: readonly Comparison[];
  /** Who could not take part, and why. */
  readonly absent: readonly string[];
}

/** Milliseconds that a run waits for others, all in all. */
const patience = 300_000;
/** Elements of the smallest copy. */
const leastCopy = 16384;
/** Libraries that sum over the classes in float32 are this far off, relatively, and no more. */
const agreement = 2e-3;

/** Times all contenders on all cases, side by side. */
export async function compareAll(
  cases: readonly Case[],
  contenders: readonly Contender[],
  effort: Effort,
): Promise<Findings> {
  const { running, absent } = await startAll(contenders);
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const pace = new Pace(effort.seconds === 0 ? 0 : patience);
  const trials = cases.map((one) => trialOf(one, contenders, running));
  for (let pass = 1; pass <= effort.passes; pass++) {
    for (const trial of trials) {
      await compare(trial, pass, folder, effort, pace);
      for (const { drop } of running.values()) drop();
    }
  }
  for (const { stop } of running.values()) stop();
  pace.stop();
  rmSync(folder, { recursive: true });
  const versions = [...new Set([...running.values()].flatMap((one) => one.versions))];
  const comparisons = trials.map(({ one, entrants }) => ({
    ...one,
    figures: entrants.flatMap((entrant) => figureOf(entrant, one)),
  }));
  const refused = trials.flatMap(({ one, entrants }) =>
    entrants.flatMap(({ name, refusal }) => (refusal === null ? [] : `${name}, ${caseText(one)}: ${refusal}`)),
  );
  return { versions, comparisons, absent: [...absent, ...refused] };
}

type Processes = ReadonlyMap<Contender['program'], Running>;

/** The processes of all contenders; and who has none, and why. */
async function startAll(contenders: readonly Contender[]): Promise<{ running: Processes; absent: readonly string[] }> {
  const running = new Map<Contender['program'], Running>();
  const absent: string[] = [];
  for (const program of new Set(contenders.map((one) => one.program))) {
    const started = await start(program);
    if ('versions' in started) running.set(program, started);
    else
      absent.push(
        ...contenders.filter((one) => one.program === program).map(({ name }) => `${name}: ${started.error}`),
      );
  }
  return { running, absent };
}

/** An answer, and how slow the machine was at its end. */
interface PacedAnswer extends Answer {
  readonly pace: number;
}

/** A contender in one case. */
interface Entrant {
  readonly name: string;
  readonly form: string;
  readonly process: Running;
  readonly answers: PacedAnswer[];
  refusal: string | null;
}

/** A case, and who takes part in it. */
interface Trial {
  readonly one: Case;
  readonly entrants: readonly Entrant[];
}

function trialOf(one: Case, contenders: readonly Contender[], running: Processes): Trial {
  const entrants = contenders.flatMap(({ name, form, program, takes }): Entrant[] => {
    const process = running.get(program);
    return process === undefined || !takes(one) ? [] : [{ name, form, process, answers: [], refusal: null }];
  });
  return { one, entrants };
}

/** Everyone in turn, each round beginning with another one, until all have their rounds or have had twice as many. */
async function compare(
  { one, entrants }: Trial,
  pass: number,
  folder: string,
  effort: Effort,
  pace: Pace,
): Promise<void> {
  const batch = makeBatch(one, one.data);
  writeBatch(folder, batch);
  const truth = expected(one, batch);
  const copied = Math.max(leastCopy, one.rows * one.classes);
  for (let round = 0; round < 2 * effort.rounds; round++) {
    const waiting = entrants.filter(
      ({ refusal, answers }) => refusal === null && counted(answers).length < pass * effort.rounds,
    );
    for (let turn = 0; turn < waiting.length; turn++) {
      const entrant = waiting[(round + turn) % waiting.length] as Entrant;
      console.error(`pass ${pass}, ${caseText(one)}, round ${round + 1}: ${entrant.name}`);
      const ask = { ...one, form: entrant.form, folder, seconds: effort.seconds, copied };
      await pace.quiet();
      const answer = await entrant.process.ask(ask);
      entrant.refusal = 'error' in answer ? answer.error : disagreement(answer, truth);
      if ('nanoseconds' in answer) entrant.answers.push({ ...answer, pace: await pace.now() });
    }
  }
}

/** The answers of turns in which nobody else was at work; of those with the fastest arithmetic, the ones with a fast copy. */
function counted(answers: readonly PacedAnswer[]): readonly PacedAnswer[] {
  const paced = fastest(answers, ({ pace }) => pace);
  return fastest(paced, ({ copy }) => copy);
}

function fastest<T>(all: readonly T[], time: (one: T) => number): readonly T[] {
  const least = Math.min(...all.map(time));
  return all.filter((one) => time(one) <= noise * least);
}

function disagreement(
  { loss, squares }: Answer,
  truth: { readonly loss: number; readonly squares: number },
): string | null {
  const differs = (a: number | null, b: number) => a !== null && !(Math.abs(a - b) <= agreement * Math.abs(b));
  if (differs(loss, truth.loss)) return `its loss is ${loss}, and not ${truth.loss}`;
  return differs(squares, truth.squares) ? `its gradient has Σ g² = ${squares}, and not ${truth.squares}` : null;
}

function figureOf({ name, answers, refusal }: Entrant, { rows, classes }: Case): readonly Figure[] {
  if (refusal !== null) return [];
  const valid = counted(answers);
  const nanoseconds = Math.min(...valid.map((answer) => answer.nanoseconds));
  const copy = Math.min(...valid.map((answer) => answer.copy));
  const cores = Math.max(...valid.map((answer) => answer.cores));
  const nanosecondsPerLogit = nanoseconds / (rows * classes);
  const shareOfCopy = copy / nanosecondsPerLogit;
  const [turns, voided] = [valid.length, answers.length - valid.length];
  return [{ name, nanoseconds, nanosecondsPerLogit, shareOfCopy, cores, turns, voided }];
}
