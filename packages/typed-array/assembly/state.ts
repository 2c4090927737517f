// What a pass over a row leaves behind, and what the tables of a criterion are. One instance computes one row at a time.
/** The criterion's columns: float64, one entry per class, or one for all where `tableStep` is 0. */
export let hitColumn: usize = 0;
export let baseColumn: usize = 0;
export let massColumn: usize = 0;
export let floorColumn: usize = 0;
export let hardHitColumn: usize = 0;
export let hardMassColumn: usize = 0;
export let tableStep: usize = 0;
/** The profile v in float32, zeros behind it up to a whole vector; 0 where it is 1 for every class. */
export let profile: usize = 0;
/** Σ v. */
export let profileTotal: f64 = 0;
export let zLoss: f64 = 0;
/** Whether what is far below a row's maximum has digits in its gradient. */
export let exact: bool = false;

/** Tells an instance where its tables are. All of them must stay as they are while it is used. */
export function bindTables(
  columns: usize,
  length: i32,
  profileAt: usize,
  total: f64,
  zLossFactor: f64,
  isExact: bool,
): void {
  const size = <usize>length << 3;
  hitColumn = columns;
  baseColumn = columns + size;
  massColumn = columns + 2 * size;
  floorColumn = columns + 3 * size;
  hardHitColumn = columns + 4 * size;
  hardMassColumn = columns + 5 * size;
  tableStep = length > 1 ? 8 : 0;
  profile = profileAt;
  profileTotal = total;
  zLoss = zLossFactor;
  exact = isExact;
}

/** Of the row: Σ e^{x − reference}. */
export let sum: f64 = 0;
/** What `sum` is relative to: 0, or a logit. */
export let reference: f64 = 0;
/** Σ v·x over logits that are not −Infinity. */
export let dot: f64 = 0;
/** How many logits are not −Infinity. */
export let present: f64 = 0;
/** There is a NaN or +Infinity. */
export let broken: bool = false;
/** There are classes outside the fast range: */
export let wide: bool = false;
/** those from here on, with exponentials relative to `wideReference`. Those before are relative to 0. */
export let fastEnd: i32 = 0;
export let wideReference: f32 = 0;

export function setSums(s: f64, r: f64, d: f64, p: f64): void {
  sum = s;
  reference = r;
  dot = d;
  present = p;
}

export function setWide(isWide: bool, end: i32, start: f32): void {
  wide = isWide;
  fastEnd = end;
  wideReference = start;
}

export function setBroken(isBroken: bool): void {
  broken = isBroken;
}
