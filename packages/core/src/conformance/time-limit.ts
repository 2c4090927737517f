/** A call that did not answer in time. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
}

/**
 * The answer of `call`, or a rejection after `limit` milliseconds. A call that never returns to the event loop cannot be
 * interrupted from here; the command line runs the kit in a process of its own for that.
 */
export async function withTimeLimit<T>(call: () => T | Promise<T>, limit: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeLimitExceeded(`${what}: no answer within ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([call(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls of a run, each within the same limit. */
export type TimedCall = <T>(call: () => T | Promise<T>, what: string) => Promise<T>;

/** After this many calls in a row without an answer a backend is given up: a dead device would take hours. */
const patience = 3;

/** {@link withTimeLimit} for a whole run: a backend that has stopped answering is not asked any more. */
export function timedCalls(limit: number): TimedCall {
  let silent = 0;
  return async (call, what) => {
    if (silent === patience)
      throw new TimeLimitExceeded(`${what}: not asked, ${patience} calls in a row had no answer`);
    try {
      const answer = await withTimeLimit(call, limit, what);
      silent = 0;
      return answer;
    } catch (error) {
      silent = error instanceof TimeLimitExceeded ? silent + 1 : 0;
      throw error;
    }
  };
}
