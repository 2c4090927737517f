#!/usr/bin/env node
// Not the compiled program itself: npm links a command only where its file is there at install, and a clone is not built.
import { existsSync } from 'node:fs';

const program = new URL('../dist/bin.js', import.meta.url);

if (existsSync(program)) await import(program.href);
else {
  process.stderr.write('label-smoothing: not built yet; npm run build\n');
  process.exitCode = 2;
}
