import { readFileSync } from 'node:fs';
import { formatReport, type KnownFailures, runConformance } from '@label-smoothing/core/conformance';
import { createBackend } from './backend.js';

// The same as: npx label-smoothing conform dist/backend.js --known-failures known-failures.json
const baseline = readFileSync(new URL('../known-failures.json', import.meta.url), 'utf8');
const report = await runConformance(createBackend, { knownFailures: JSON.parse(baseline) as KnownFailures });
process.stdout.write(formatReport(report, 'text', { module: 'dist/backend.js' }));
process.exitCode = report.conformant ? 0 : 1;
