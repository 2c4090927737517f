import type { Denominator, ResolvedOptions } from '@label-smoothing/core';
import type { Explanation, Range } from './explanation.js';

/** The explanation as lines for people; `strong` marks a heading. */
export function explanationText(explanation: Explanation, strong: (text: string) => string): string {
  const { title, source, label, present, resolved, options } = explanation;
  const settings = Object.entries(options).map(([name, { value, from }]) => [name, valueText(value), from]);
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Options', columns(settings)],
    ['Formula', formula(explanation)],
    [`Target table, row of label ${label}`, tableLines(explanation)],
    ['Optimum', columns(optimum(explanation))],
    ['The same targets in other conventions', columns(equivalents(explanation))],
    ['Source', [source, ...exampleLines(explanation)]],
  ];
  const exist = present < resolved.classes ? `, ${present} of which exist` : '';
  const body = sections.map(([heading, lines]) => `${strong(heading)}\n${lines.map((line) => `  ${line}\n`).join('')}`);
  return `${strong(`${title}: label ${label} of ${count(resolved.classes, 'class', 'classes')}${exist}`)}\n\n${body.join('\n')}`;
}

/** Six significant digits: enough to recognise a number, few enough to read it. */
export function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value);
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

function valueText(value: unknown): string {
  if (value === null) return 'none';
  if (typeof value === 'number') return short(value);
  if (typeof value !== 'object') return String(value);
  const entries = Array.from(value as ArrayLike<number>);
  if (entries.length === 0) return 'none';
  return entries.length <= 6 ? entries.map(short).join(', ') : `${entries.length} values`;
}

function exampleLines({ options }: Explanation): string[] {
  const isExample = Object.values(options).some(({ from }) => from === 'example');
  return isExample ? ['example: chosen here, to have numbers; the library wants classes said, and its ε is 0'] : [];
}

/** Rows with every column but the last padded to its widest cell. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function formula(explanation: Explanation): string[] {
  const { resolved, smoothedTarget, present } = explanation;
  const { own, others } = smoothedTarget;
  const [ownText, otherText] = targetFormulas(explanation);
  const exists = present < resolved.classes ? ' that exists' : '';
  return [
    `q_y = ${ownText} = ${short(own)}`,
    ...(others === null ? [] : [`q_k = ${otherText} = ${rangeText(others)} for every other class k${exists}`]),
    `loss = ${lossText(explanation)}`,
    `result = ${reductionText(resolved)}`,
  ];
}

function targetFormulas({ resolved, terms, present }: Explanation): [string, string] {
  const { smoothingMode, classes } = resolved;
  const smoothing = short(terms.smoothing);
  // n of the K classes exist, and Z is what the prior sums to on those.
  const [n, z] = present < classes ? ['n', '/Z'] : ['K', ''];
  if (smoothingMode === 'uniform') {
    return [`1 − ε + ε/${n} = 1 − ${smoothing} + ${smoothing}/${present}`, `ε/${n} = ${smoothing}/${present}`];
  }
  if (smoothingMode === 'others') return [`1 − ε = 1 − ${smoothing}`, `ε/(${n} − 1) = ${smoothing}/${present - 1}`];
  const base = short(terms.base);
  return [`1 − ε + ε·u_y${z} = 1 − ${smoothing} + ${base}·${short(terms.shape)}`, `ε·u_k${z} = ${base}·u_k`];
}

function lossText({ resolved, terms, smoothedTarget, label }: Explanation): string {
  const { weight, weightMode, prior, zLoss, subtractEntropy } = resolved;
  const scaled = weight !== null && weightMode !== 'perClass';
  const factors = `${weight !== null && !scaled ? 'w_k·' : ''}${prior !== null ? 'u_k·' : ''}`;
  const rest =
    smoothedTarget.others !== null && terms.base > 0 ? ` − ${short(terms.base)}·Σ_{k≠y} ${factors}log p_k` : '';
  const ownWeight = weight === null || scaled ? 1 : (weight[label] as number);
  const sum = `−${short(ownWeight * smoothedTarget.own)}·log p_y${rest}`;
  const weighted = scaled ? `${short(terms.rowScale)}·(${sum})` : sum;
  return `${weighted}${zLoss > 0 ? ` + ${short(zLoss)}·lse²` : ''}${subtractEntropy ? ' − H(q)' : ''}`;
}

const divisors: Readonly<Record<Denominator, string>> = {
  weights: 'Σ class weight of the target, over rows not ignored',
  valid: 'number of rows not ignored',
  rows: 'number of rows, ignored ones too',
  nonzeroWeights: 'number of rows with sample weight ≠ 0',
  expected: 'Σ expected class weight Σ_k q_k·w_k, over rows not ignored',
};

function reductionText({ reduction, denominator, normalizer, onEmpty }: ResolvedOptions): string {
  if (reduction === 'none') return 'one loss per row';
  if (reduction === 'sum') return 'Σ loss over the rows';
  const divisor = normalizer === null ? `(${divisors[denominator]})` : `normalizer = Σ loss / ${short(normalizer)}`;
  return `Σ loss / ${divisor}; ${onEmpty === 'throw' ? 'an error' : onEmpty} where that is 0`;
}

function tableLines({ table, resolved }: Explanation): string[] {
  const { hit, base, mass, floor, denominator } = table;
  const entries = Object.entries({ hit, base, mass, floor, denominator });
  const profile = [
    resolved.weight !== null && resolved.weightMode === 'perClass' ? 'w_k' : '',
    resolved.prior === null ? '' : 'u_k',
  ].filter((factor) => factor !== '');
  const v = profile.length > 0 ? `·${profile.join('·')}` : '';
  return [
    entries.map(([name, value]) => `${name} ${short(value)}`).join('   '),
    `coefficient of −log p_k: c_k = base${v}, and hit more on the label's own class; mass = Σ c_k`,
  ];
}

function optimum({ optimum: { confidence, logitGap, loss } }: Explanation): string[][] {
  return [
    [
      'confidence',
      confidence === null ? 'none' : short(confidence),
      'probability of the label where the loss is smallest',
    ],
    ['logit gap', logitGap === null ? 'none' : rangeText(logitGap), 'from the label to every other class, there'],
    ['loss floor', short(loss), 'nats: the loss there'],
  ];
}

function equivalents({ equivalents: { uniform, others, binary, flip }, resolved, present }: Explanation): string[][] {
  if (present < 2) return [['none', 'there is one class']];
  if (resolved.prior !== null) return [['none', 'a prior has no closed form in the others']];
  if (typeof resolved.labelSmoothing !== 'number') return [['none', 'ε differs by class']];
  const text = (value: number | null): string => (value === null ? 'none' : short(value));
  const lines = [
    ['uniform', text(uniform), 'q_y = 1 − ε + ε/K'],
    ['others', text(others), 'q_y = 1 − ε'],
  ];
  if (present !== 2) return lines;
  return [
    ...lines,
    ['binary', text(binary), "t' = t·(1 − ε) + ε/2, on the difference of the two logits"],
    ['flip', text(flip), "t' = t·(1 − 2ε) + ε, ε the probability of a flipped label"],
  ];
}

function rangeText({ min, max }: Range): string {
  // Two classes of the same share may differ in the last bit.
  return short(min) === short(max) ? short(min) : `${short(min)} to ${short(max)}`;
}
