import { conformanceSuite } from '@label-smoothing/core/conformance';
import { test } from 'vitest';
import { createBackend, knownFailures, selection } from './backend.mjs';

await conformanceSuite({ test, createBackend, knownFailures, ...selection });
