/** What stands in the way of a command: it ends with exit code 2 and this one line. */
export function refusal(code: string, message: string): TypeError & { readonly code: string } {
  return Object.assign(new TypeError(message), { code });
}

/** Throws a {@link refusal}. */
export function refuse(code: 'LS_OPTION' | 'LS_CONTRACT', message: string): never {
  throw refusal(code, message);
}
