import { Command, CommanderError } from 'commander';
import { conformCommand } from './conform/command.js';
import { explainCommand } from './explain.js';
import { attachCommand } from './onnx/attach.js';
import { exportCommand } from './onnx/export.js';
import { inspectCommand } from './onnx/inspect.js';
import { isCoded } from './refuse.js';
import { version } from './version.js';

/** Every command, one file each. */
const commands: readonly ((done: (exitCode: number) => void) => Command)[] = [
  explainCommand,
  conformCommand,
  exportCommand,
  attachCommand,
  inspectCommand,
];

const exitCodes = `
Exit codes: 0 done, 1 a check failed, 2 bad usage or bad input.`;

/** Runs the command line; returns its exit code and never throws. */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command('label-smoothing')
    .description(
      'Label-smoothed cross-entropy: what its options compute, whether a backend computes it, and the loss as ONNX.',
    )
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', exitCodes)
    .showSuggestionAfterError(true);
  for (const command of commands) program.addCommand(command((code) => (exitCode = code)));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ outputError: () => {} });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error);
  }
}

/** One line for what a caller can put right; anything else is a fault of this program and shows its stack. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // A bare call prints the help itself.
    if (error.code !== 'commander.help') fail(usageText(error.message));
    return 2;
  }
  if (isCoded(error)) fail(`${error.message} [${error.code}]`);
  else fail(`a fault of this program: ${error instanceof Error ? error.stack : error}`);
  return 2;
}

function usageText(message: string): string {
  const text = message
    .replace(/^error: /, '')
    .replace('\n(Did', ' (did')
    .replace(/\.$/, '');
  return `${text}; --help lists what there is`;
}

function fail(text: string): void {
  process.stderr.write(`label-smoothing: ${text}\n`);
}
