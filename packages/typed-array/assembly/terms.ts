// A row's coefficients, c_k = base·v_k + hit·t_k, and what else its losses are made of; t is 1 at a label, 0 elsewhere.
import { targetWeights } from './rows';
import {
  baseColumn,
  floorColumn,
  hardHitColumn,
  hardMassColumn,
  hitColumn,
  massColumn,
  profile,
  profileTotal,
  tableStep,
} from './state';

export let base: f64 = 0;
export let hit: f64 = 0;
/** Σ c_k. */
export let mass: f64 = 0;
export let floor: f64 = 0;
/** hit and mass of the unsmoothed loss. */
export let hardHit: f64 = 0;
export let hardMass: f64 = 0;
/** Σ v over the classes that are there. */
export let spread: f64 = 0;
/** Σ w·t and Σ w·t·x; of a label 1 and x, its weight being part of `hit`. */
export let targetMass: f64 = 0;
export let targetDot: f64 = 0;
/** v of the label; 1 for dense targets. */
export let ownShare: f64 = 0;

/** How terms follow from which classes there are: by more than this kernel knows; */
const ASK = 0;
/** by their number; */
const COUNT = 1;
/** not at all, since a missing class counts as any other; by Σ v, otherwise. */
const PROPAGATE = 2;
let rule: i32 = ASK;
/** o of mode 'others'. */
export let others: f64 = 0;
export let denseBase: f64 = 0;
export let denseKeep: f64 = 0;

/** Tells which of the rules above holds, o, and `base` and `keep` where targets are dense. */
export function bindTerms(ruleAt: i32, othersAt: f64, baseAt: f64, keepAt: f64): void {
  rule = ruleAt;
  others = othersAt;
  denseBase = baseAt;
  denseKeep = keepAt;
}

/** Whether how many classes there are says it all. */
export function byCount(): bool {
  return rule == COUNT && !profile;
}

/** Whether a missing class counts as any other. */
export function propagates(): bool {
  return rule == PROPAGATE;
}

/** The terms of a label where every class is there. */
export function setLabel(label: i32, logit: f64): void {
  const entry = <usize>label * tableStep;
  hit = load<f64>(hitColumn + entry);
  base = load<f64>(baseColumn + entry);
  mass = load<f64>(massColumn + entry);
  floor = load<f64>(floorColumn + entry);
  hardHit = load<f64>(hardHitColumn + entry);
  hardMass = load<f64>(hardMassColumn + entry);
  spread = profileTotal;
  targetMass = 1;
  targetDot = logit;
  ownShare = profile ? <f64>load<f32>(profile + (<usize>label << 2)) : 1;
}

/** The terms of dense targets where every class is there. */
export function setTargets(sum: f64, dot: f64): void {
  hit = denseKeep;
  base = denseBase;
  mass = hit * sum + base * profileTotal;
  floor = 0;
  hardHit = 1;
  hardMass = sum;
  spread = profileTotal;
  targetMass = sum;
  targetDot = dot;
  ownShare = 1;
}

/** Makes them those of a row in which classes are missing. false where that takes more than is known here. */
export function exclude(n: i32, present: f64, presentSpread: f64): bool {
  // A class without weight may be there by its target alone, which nothing here has looked at.
  if (targetDot == -Infinity || rule == ASK || targetWeights) return false;
  if (rule == PROPAGATE) return base == 0;
  const all = rule == COUNT ? <f64>n : profileTotal;
  const z = (rule == COUNT ? present : presentSpread) - others;
  const before = base;
  base = z > 0 ? (before * (all - others)) / z : 0;
  hit += others * ownShare * (before - base);
  mass = hit * targetMass + base * presentSpread;
  spread = presentSpread;
  return true;
}
