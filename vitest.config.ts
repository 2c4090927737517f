import { existsSync, readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { CountReporter } from './tools/count-reporter.ts';

const root = import.meta.dirname;
const folders = ['packages', 'examples'].flatMap((group) =>
  readdirSync(`${root}/${group}`).map((name) => `${group}/${name}`),
);
const tested = [...folders, 'tour'].filter((folder) => existsSync(`${root}/${folder}/test`));

const project = (folder: string, include: string) => ({
  test: { name: folder, root: `${root}/${folder}`, include: [include], testTimeout: 60_000, hookTimeout: 60_000 },
});

export default defineConfig({
  test: {
    reporters: ['default', new CountReporter()],
    passWithNoTests: true,
    projects: [...tested.map((folder) => project(folder, 'test/**/*.test.ts')), project('tools', '**/*.test.ts')],
  },
});
