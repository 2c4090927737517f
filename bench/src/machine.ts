import { cpus, loadavg } from 'node:os';

/** Where and when figures were taken. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** Load average of the last minute, at the start and at the end: above 1, others were at work too. */
  readonly load: readonly [start: number, end: number];
}

const load = (): number => loadavg()[0] as number;

/** What a bench found, and the machine that it found it on. */
export async function onThisMachine<T>(bench: () => Promise<T>): Promise<{ machine: Machine; found: T }> {
  const before = load();
  const found = await bench();
  const cpu = cpus()[0]?.model ?? 'unknown';
  return { machine: { cpu, cores: cpus().length, node: process.version, load: [before, load()] }, found };
}

export const machineText = ({ cpu, cores, node, load }: Machine): string =>
  `${cpu}, ${cores} cores, Node ${node}, load ${load.map((x) => x.toFixed(1)).join(' to ')}.`;
