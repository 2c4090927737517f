import { conformanceSuite } from '@label-smoothing/core/conformance';
import { it } from 'mocha';
import { createBackend, knownFailures, selection } from './backend.mjs';

await conformanceSuite({ test: it, createBackend, knownFailures, ...selection });
