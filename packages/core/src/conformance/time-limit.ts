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
