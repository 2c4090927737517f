import type { Backend } from './backends.js';

/** A backend that cannot run here. */
export interface Absent {
  readonly name: string;
  readonly how: string;
  readonly why: string;
}

/** Those that open on this machine, and why the others do not: a GPU or its driver may be missing. */
export async function findAvailable(
  backends: readonly Backend[],
): Promise<{ readonly available: readonly Backend[]; readonly absent: readonly Absent[] }> {
  const available: Backend[] = [];
  const absent: Absent[] = [];
  for (const backend of backends) {
    try {
      const criterion = await backend.create({ classes: 2 });
      await criterion.release?.();
      available.push(backend);
    } catch (error) {
      const { name, how } = backend;
      absent.push({ name, how, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { available, absent };
}
