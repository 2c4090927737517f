import 'vitest';

declare module 'vitest' {
  /** What a project of vitest.config.ts tells its tests. */
  interface ProvidedContext {
    /** Whether the page of the test is cross-origin isolated. */
    readonly isolated: boolean;
  }
}
