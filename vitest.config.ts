import { existsSync, readdirSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { type BrowserLaunch, findBrowser, useSoftwareGpu } from './tools/chromium.ts';
import { CountReporter } from './tools/count-reporter.ts';

const root = import.meta.dirname;
const folders = ['packages', 'examples'].flatMap((group) =>
  readdirSync(`${root}/${group}`).map((name) => `${group}/${name}`),
);
const tested = [...folders, 'bench', 'tour'].filter((folder) => existsSync(`${root}/${folder}/test`));
const inPage = '**/*.browser.test.ts';
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Its tests start many processes, under the kit's time limits: they have the machine to themselves. */
const alone = { maxWorkers: 1, sequence: { groupOrder: 1 } };

const project = (folder: string, include: string): TestProjectConfiguration => ({
  test: {
    ...(folder === 'packages/cli' && alone),
    name: folder,
    root: `${root}/${folder}`,
    include: [include],
    exclude: [inPage],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

/** Tests in a page; only one that is cross-origin isolated has shared memory. */
const pageProject = (launch: BrowserLaunch, isolated: boolean, include: string[]): TestProjectConfiguration => ({
  server: { headers: isolated ? isolation : {} },
  // Its code finds its WebAssembly beside itself.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  test: {
    name: isolated ? 'browser' : 'browser without isolation',
    root,
    include,
    provide: { isolated },
    testTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      instances: [{ browser: 'chromium' }],
      provider: playwright({ launchOptions: launch }),
    },
  },
});

async function pageProjects(): Promise<TestProjectConfiguration[]> {
  const launch = await findBrowser();
  if (launch === null) {
    const message = 'tests in a page: no Chromium or Chrome found';
    if (process.env['CI']) throw new Error(message);
    console.warn(`${message}; not run`);
    return [];
  }
  useSoftwareGpu(launch);
  return [
    pageProject(launch, true, [`packages/*/test/${inPage}`, `examples/*/test/${inPage}`]),
    pageProject(launch, false, [`packages/typed-array/test/${inPage}`]),
  ];
}

export default defineConfig({
  test: {
    reporters: ['default', new CountReporter()],
    passWithNoTests: true,
    // All cores: the default leaves one idle, which is half of a small machine.
    maxWorkers: '100%',
    projects: [
      ...tested.map((folder) => project(folder, 'test/**/*.test.ts')),
      project('tools', '**/*.test.ts'),
      ...(await pageProjects()),
    ],
  },
});
