import type { WriteStream } from 'node:tty';

/** Where a run is. */
export interface Progress {
  at(id: string, done: number, total: number): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

/** How often a line is rewritten, in milliseconds: cases take less. */
const interval = 100;

/** One line that is rewritten on a terminal; elsewhere, such as in a CI log, a line for each family. */
export function progressOn(stream: WriteStream): Progress {
  return stream.isTTY ? rewritten(stream) : logged(stream);
}

function rewritten(stream: WriteStream): Progress {
  let last = 0;
  return {
    at(id, done, total): void {
      const now = Date.now();
      if (now - last < interval) return;
      last = now;
      stream.write(`\r\u001b[2K${`${done}/${total} ${id}`.slice(0, (stream.columns || 80) - 1)}`);
    },
    end(): void {
      if (last > 0) stream.write('\r\u001b[2K');
    },
  };
}

function logged(stream: WriteStream): Progress {
  let family = '';
  return {
    at(id, done, total): void {
      const current = id.slice(0, id.indexOf('/'));
      if (current === family) return;
      family = current;
      stream.write(`conformance: ${done} of ${total} cases done, now ${family}\n`);
    },
    end(): void {},
  };
}
