import { test } from 'node:test';
import { conformanceSuite } from '@label-smoothing/core/conformance';
import { createBackend, knownFailures, selection } from './backend.mjs';

await conformanceSuite({ test, createBackend, knownFailures, ...selection });
