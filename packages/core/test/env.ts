/** Variables of the environment, in Node and in a page; a page sees those that begin with VITE_, and Vitest's own. */
export const env = (import.meta as unknown as { readonly env: Readonly<Record<string, string | undefined>> }).env;
