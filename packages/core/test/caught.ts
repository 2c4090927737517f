/** What a call throws. */
export interface Expected {
  readonly type: 'TypeError' | 'RangeError';
  readonly code: string;
  readonly says: string;
}

export function caught(call: () => unknown): Expected {
  try {
    call();
  } catch (error) {
    const { name, message, code } = error as Error & { code: string };
    return { type: name as Expected['type'], code, says: message };
  }
  throw new Error('nothing was thrown');
}

/** Wrong on purpose: what a JavaScript caller could pass in spite of the types. */
export const wrong = (value: unknown): never => value as never;
