/** What stands in the way of a command: it ends with exit code 2 and this one line. */
export function refusal(code: string, message: string): TypeError & { readonly code: string } {
  return Object.assign(new TypeError(message), { code });
}

/** Throws a {@link refusal}. */
export function refuse(code: 'LS_OPTION' | 'LS_CONTRACT' | 'LS_MODEL', message: string): never {
  throw refusal(code, message);
}

/** Whether an error tells of what its caller can put right: Node's own errors have codes too, such as ENOENT. */
export function isCoded(error: unknown): error is Error & { readonly code: string } {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && code.startsWith('LS_');
}
