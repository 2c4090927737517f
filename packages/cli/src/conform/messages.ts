/** What the process that runs the backend is told: everything that a command line says of a run. */
export interface Task {
  /** As the user wrote it. */
  readonly module: string;
  readonly options: Readonly<Record<string, string>>;
  readonly filter: string | undefined;
  readonly tier: 'core' | 'full' | undefined;
  readonly level: 'standard' | 'precise' | undefined;
  readonly requireDevice: string | undefined;
  readonly knownFailures: Readonly<Record<string, string>> | undefined;
  readonly timeLimit: number;
}

/** What that process says. */
export type Message =
  /** Its thread is not blocked: the kit's own time limits work. */
  | { readonly kind: 'alive' }
  /** What it does before the first case, such as `loading ./backend.mjs`. */
  | { readonly kind: 'doing'; readonly what: string }
  /** Sent and delivered before the case begins. */
  | { readonly kind: 'case'; readonly id: string; readonly done: number; readonly total: number }
  /** The report as JSON, which keeps NaN and infinities. */
  | { readonly kind: 'report'; readonly text: string }
  /** The kit cannot run on this module. */
  | { readonly kind: 'refused'; readonly message: string; readonly code: string }
  /** Something broke that no backend can cause. */
  | { readonly kind: 'fault'; readonly stack: string };
