import { Command, Option } from 'commander';
import { refuse } from '../refuse.js';
import { type ConformOptions, type ModeName, modes } from './modes.js';

const summary = 'judge a backend: is it right, where is it wrong, how precise is it';
const description = [
  'Runs every case of the conformance kit on a backend and prints the verdict. The backend is a module that exports',
  'createBackend: a path, or a package as the current folder resolves it. It runs in a process of its own, so that one',
  'which hangs or crashes ends with a message. In another language: --emit the cases, compute them there, --verify.',
].join(' ');

const examples = `
Examples:
  $ label-smoothing conform @label-smoothing/core/backend             the float64 reference: everything passes
  $ label-smoothing conform ./backend.mjs --tier core                 one case for each option and regime
  $ label-smoothing conform ./backend.mjs --filter 'gradient/float32/extreme-*' --level precise
  $ label-smoothing conform ./backend.mjs --option device=cuda --require-device cuda
  $ label-smoothing conform ./backend.mjs --known-failures known.json --junit out.xml
  $ label-smoothing conform --list --filter '*/weighted#*'            what there is, without running it

Any language:
  $ label-smoothing conform --emit cases.ndjson                       one request a line, inputs as hex digits
  $ python answer.py < cases.ndjson > answers.ndjson                  computed wherever the framework runs
  $ label-smoothing conform --verify answers.ndjson --json mine.json  the same verdict

Several backends in one table:
  $ label-smoothing conform --matrix reports/*.json > compatibility.md

A known-failures file is { "gradient/float32/subnormal#31": "driver flushes denormals, issue #12" }: ids or globs, each
with its reason; an entry that excuses nothing fails the run.

Exit codes: 0 conformant against its baseline; 1 a failure, a stale baseline entry, a backend that hung or crashed;
2 cannot run (no such module, wrong contract, another device, nothing selected, bad file).
docs/conformance.md says what is tested and how it is judged.`;

/** `label-smoothing conform`. `done` gets the exit code. */
export function conformCommand(done: (exitCode: number) => void): Command {
  const command = new Command('conform')
    .summary(summary)
    .description(description)
    .argument('[module]', 'path or package that exports createBackend')
    .addHelpText('after', examples)
    .helpOption('-h, --help', 'this text');
  for (const option of options) command.addOption(option);
  return command.action(async (module: string | undefined, values: ConformOptions) => {
    const name = modeOf(module, values);
    const { run, takes } = modes[name];
    for (const option of options) {
      const attribute = option.attributeName() as keyof ConformOptions;
      if (command.getOptionValueSource(attribute) !== 'cli' || attribute === name || takes.includes(attribute))
        continue;
      refuse('LS_OPTION', `${option.long}: means nothing ${name === 'module' ? 'here' : `beside --${name}`}`);
    }
    done(await run({ ...values, module: module ?? '' }));
  });
}

function modeOf(module: string | undefined, values: ConformOptions): ModeName {
  const chosen = (Object.keys(modes) as ModeName[]).filter((name) =>
    name === 'module' ? module !== undefined : values[name] !== undefined,
  );
  const [name] = chosen;
  if (name === undefined || chosen.length > 1) {
    const got =
      chosen.map((mode) => (mode === 'module' ? `the module ${module}` : `--${mode}`)).join(' and ') || 'nothing';
    return refuse('LS_OPTION', `conform: expected a module or one of --list, --emit, --verify, --matrix, got ${got}`);
  }
  return name;
}

type Pairs = Readonly<Record<string, string>>;

function pair(text: string, previous: Pairs = {}): Pairs {
  const at = text.indexOf('=');
  if (at < 1) refuse('LS_OPTION', `--option: expected key=value, got ${JSON.stringify(text)}`);
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}

/** What a timer can wait: above it, it would not wait at all. */
const longest = 2 ** 31 - 10_000;

function milliseconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= longest) return value;
  return refuse('LS_OPTION', `--time-limit: expected an integer in [1, ${longest}], got ${JSON.stringify(text)}`);
}

const options: readonly Option[] = [
  new Option('--option <key=value>', 'passed to createBackend; repeatable').argParser(pair),
  new Option('--require-device <name>', 'refuse to run on another device'),
  new Option('--filter <glob>', 'cases by id: * stands for any run of characters'),
  new Option('--tier <name>', 'core: each option × regime once; full: everything (default)').choices(['core', 'full']),
  new Option('--level <name>', 'what decides: standard, is it right (default); precise, as good as the dtype').choices([
    'standard',
    'precise',
  ]),
  new Option('--known-failures <file>', 'JSON: excused cases, each with its reason'),
  new Option('--time-limit <ms>', 'for loading and for a single call (default: 10000)').argParser(milliseconds),
  new Option('--junit <file>', 'also write JUnit XML'),
  new Option('--json <file>', 'also write JSON, which --matrix reads'),
  new Option('--markdown <file>', 'also write Markdown'),
  new Option('--list', 'print the ids of the cases'),
  new Option('--emit <file>', 'write the cases for another language; - is stdout'),
  new Option('--verify <file>', 'judge answers that were computed elsewhere; - is stdin'),
  new Option('--matrix <reports...>', 'one table of several JSON reports'),
];
