// A project of its own: its failures are what suite.test.ts expects to see.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['vitest.mjs'], reporters: ['json'] } });
