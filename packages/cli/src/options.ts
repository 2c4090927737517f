import type { CrossEntropyOptions, ResolvedOptions, TargetKind } from '@label-smoothing/core';
import { dialects } from '@label-smoothing/core';
import { wrongValue } from '@label-smoothing/core/adapter';
import { type Command, Option } from 'commander';

/** What a command line says about the loss. Values are checked by core, so that every package's errors agree. */
export interface LossArguments {
  readonly options: CrossEntropyOptions;
  /** Who said so: the caller, or this command line for want of a caller's word. */
  readonly from: ReadonlyMap<string, 'caller' | 'example'>;
  readonly target: TargetKind;
}

/** The number that `text` spells, or the text itself: core then says what was expected and what came. */
export function number(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) && text !== 'NaN' ? (text as unknown as number) : value;
}

/** `0.1` is a number, `0.1,0.2` a list. */
const numberOrList = (text: string): number | number[] => (text.includes(',') ? list(text) : number(text));
const list = (text: string): number[] => text.split(',').map(number);
/** `0.5,0.5` is one prior for all classes; rows separated by `;` are one for each class. */
const prior = (text: string): number[] | number[][] => (text.includes(';') ? text.split(';').map(list) : list(text));
/** Any other word is for core to refuse. */
const mask = (text: string): unknown[] =>
  text.split(',').map((word) => (word === 'true' ? true : word === 'false' ? false : word));
const ignored = (text: string): number | number[] => (text === 'none' ? [] : numberOrList(text));

const lossOptions = (): Option[] => [
  new Option('--dialect <name>', `a framework's preset: ${Object.keys(dialects).join(', ')}`),
  new Option('--classes <K>', 'number of classes').argParser(number),
  new Option('--label-smoothing <ε>', 'in [0, 1]; a list has one per class').argParser(numberOrList),
  new Option('--smoothing-mode <mode>', 'where the mass ε goes: uniform (ε/K), others (ε/(K−1)), prior'),
  new Option('--prior <list>', 'K weights that sum to 1; or K such lists, separated by ";"').argParser(prior),
  new Option('--weight <list>', 'class weights').argParser(list),
  new Option('--weight-mode <mode>', 'perClass, target, expected'),
  new Option('--denominator <name>', "a mean's: weights, valid, rows, nonzeroWeights, expected"),
  new Option('--reduction <name>', 'none, sum, mean'),
  new Option('--normalizer <value>', 'what a mean divides by, in place of the denominator').argParser(number),
  new Option('--ignore-index <label>', 'label or list of labels whose rows do not count; "none"').argParser(ignored),
  new Option('--on-empty <value>', 'what a mean over nothing is: nan, zero, throw'),
  new Option('--z-loss <coefficient>', 'of lse²').argParser(number),
  new Option('--subtract-entropy', 'report KL(q‖p), whose minimum is 0'),
  new Option('--no-subtract-entropy', 'report the cross-entropy (over a dialect that subtracts)'),
  new Option('--class-mask <list>', 'true or false for each class: whether it exists').argParser(mask),
  new Option('--masked-logits <mode>', 'what a −inf logit is: exclude (no class), propagate (probability 0)'),
  new Option('--target <kind>', 'labels, probabilities').default('labels'),
];

/** What a command that shows numbers takes where the caller says nothing. */
const examples: Readonly<Record<string, readonly [value: number, text: string]>> = {
  classes: [10, '10, an example'],
  labelSmoothing: [0.1, '0.1, an example; the library has 0'],
};

/** Adds the options of the loss to a command. */
export function addLossOptions(
  command: Command,
  { withExamples = false }: { readonly withExamples?: boolean } = {},
): Command {
  for (const option of lossOptions()) {
    const example = examples[option.attributeName()];
    command.addOption(withExamples && example !== undefined ? option.default(...example) : option);
  }
  return command;
}

/** The loss that a parsed command line describes. */
export function lossArguments(command: Command): LossArguments {
  const names = lossOptions()
    .map((option) => option.attributeName())
    .filter((name) => name !== 'target');
  const values: Record<string, unknown> = command.opts();
  const given = names.filter((name) => values[name] !== undefined);
  return {
    options: Object.fromEntries(given.map((name) => [name, values[name]])),
    from: new Map(given.map((name) => [name, command.getOptionValueSource(name) === 'cli' ? 'caller' : 'example'])),
    target: aTargetKind(values['target']),
  };
}

function aTargetKind(value: unknown): TargetKind {
  if (value === 'labels' || value === 'probabilities') return value;
  return wrongValue('LS_OPTION', 'target', 'one of labels, probabilities', value);
}

/** A label among the classes that exist, as the parser of its option left it. */
export function aLabel(value: unknown, { classes, classMask }: ResolvedOptions): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) >= classes) {
    wrongValue('LS_LABEL', 'label', `an integer in [0, ${classes})`, value);
  }
  if (classMask?.[value as number] === false) wrongValue('LS_LABEL', 'label', 'a class of classMask', value);
  return value as number;
}

/** `--label 3`. */
export function labelOption(): Option {
  return new Option('--label <y>', 'the class whose row of the table is shown').argParser(number).default(0);
}
