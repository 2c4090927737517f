import { Presets, SingleBar } from 'cli-progress';

/** Where the tour is: a bar on a terminal, a line per stage elsewhere. On stderr, so that stdout is the summary. */
export interface Progress {
  start(stage: string, steps: number): void;
  step(): void;
  stop(): void;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? barProgress(stream) : lineProgress(stream);
}

function barProgress(stream: NodeJS.WriteStream): Progress {
  const format = '{stage} {bar} {value}/{total}';
  const bar = new SingleBar(
    { format, stream, barsize: 30, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  return {
    start(stage, steps) {
      bar.stop();
      bar.start(steps, 0, { stage: stage.padEnd(28) });
    },
    step: () => bar.increment(),
    stop: () => bar.stop(),
  };
}

function lineProgress(stream: NodeJS.WriteStream): Progress {
  return {
    start: (stage, steps) => void stream.write(`${stage} (${steps}) ...\n`),
    step() {},
    stop() {},
  };
}
