import { run } from './program.js';

// Whoever reads, such as `head`, may have read enough.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`label-smoothing: standard output cannot be written (${code ?? message})\n`);
  process.exit(2);
});

process.exitCode = await run(process.argv.slice(2));
