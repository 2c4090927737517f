// The page as Vite and webpack build it, in Chromium, from a static server with and without the headers that matter.
import { mkdtempSync, rmSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser } from '../../../tools/chromium.js';
import { train } from '../src/train.js';
import { bundles } from './bundles.js';
import { type HeadersOf, isolation, type Site, serve } from './site.js';

const launch = await findBrowser();
/** What Node makes of the same training. */
const expected = await lastOf(train({ labelSmoothing: 0.1, kernel: 'js', steps: 300 }, () => {}));

async function lastOf<T>(values: AsyncIterable<T>): Promise<T> {
  let last: T | undefined;
  for await (const value of values) last = value;
  return last as T;
}

describe.skipIf(launch === null).each(['vite', 'webpack'] as const)('the page of %s', (bundler) => {
  const folder = mkdtempSync(join(tmpdir(), `${bundler}-`));
  let browser: Browser;
  const open: { page: Page; site: Site }[] = [];

  beforeAll(async () => {
    await bundles[bundler](folder);
    browser = await chromium.launch(launch!);
  });

  afterAll(async () => {
    await browser.close();
    for (const { site } of open) site.close();
    rmSync(folder, { recursive: true });
  });

  /** A fresh page, which trains. */
  async function visit(headers: OutgoingHttpHeaders, more?: HeadersOf): Promise<Page> {
    const site = await serve(folder, (path) => ({ ...headers, ...more?.(path) }));
    const page = await browser.newPage();
    open.push({ page, site });
    await page.goto(site.url);
    return page;
  }

  const output = (page: Page, name: string): Promise<string | null> =>
    page.locator(`output[name=${name}]`).textContent();

  /** Waits for the end of the training, and compares it with Node's. */
  async function expectTrained(page: Page, kernel: string, threads = '1'): Promise<void> {
    await expect.poll(() => output(page, 'step'), { timeout: 30_000 }).toBe('300');
    expect(await output(page, 'kernel')).toBe(kernel);
    expect(await output(page, 'threads')).toBe(threads);
    expect(Number(await output(page, 'loss'))).toBeCloseTo(expected.loss, 4);
    expect(Number(await output(page, 'nll'))).toBeCloseTo(expected.nll, 4);
    expect(await page.locator('.error').textContent()).toBe('');
  }

  /** Waits for what the page says in place of training. */
  async function expectFailure(page: Page, ...messages: readonly string[]): Promise<void> {
    const error = page.locator('.error');
    for (const message of messages)
      await expect.poll(() => error.textContent(), { timeout: 30_000 }).toContain(message);
    expect(await output(page, 'step')).toBe('');
  }

  test('finds its workers and its WebAssembly, and draws the curve', async () => {
    const page = await visit(isolation);
    await expectTrained(page, 'relaxed-simd', '2');
    expect(await output(page, 'page')).toBe('isolated');
    const points = await page.locator('polyline.loss').getAttribute('points');
    expect(points?.split(' ')).toHaveLength(300);
  });

  test('without cross-origin isolation, runs every kernel, and says that threads need it', async () => {
    const page = await visit({});
    await expectTrained(page, 'relaxed-simd');
    expect(await output(page, 'page')).toBe('not isolated');
    for (const kernel of ['js', 'simd', 'relaxed-simd']) {
      await page.locator('select[name=kernel]').selectOption(kernel);
      await expectTrained(page, kernel);
    }
    await page.locator('select[name=threads]').selectOption('2');
    await expectFailure(page, 'LS_THREADS: threads: expected 1 in a page that is not cross-origin isolated, got 2');
  });

  test('where the policy forbids WebAssembly, takes JavaScript, and says why a kernel does not run', async () => {
    const page = await visit({ 'Content-Security-Policy': "script-src 'self'" });
    await expectTrained(page, 'js');
    for (const kernel of ['simd', 'relaxed-simd']) {
      await page.locator('select[name=kernel]').selectOption(kernel);
      const message = `LS_KERNEL: kernel: expected a kernel that runs here, or 'auto', got "${kernel}"`;
      await expectFailure(page, message, 'an environment that forbids WebAssembly');
    }
    await page.locator('select[name=kernel]').selectOption('js');
    await expectTrained(page, 'js');
  });

  test('runs everything under the policy of docs/typed-array.md', async () => {
    const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
    const page = await visit({ ...isolation, 'Content-Security-Policy': policy });
    await expectTrained(page, 'relaxed-simd', '2');
  });

  test('where the policy forbids more workers, says so', async () => {
    // The page may have its worker; this is what the worker itself may have.
    const policy = { 'Content-Security-Policy': "worker-src 'none'" };
    const page = await visit(isolation, (path) => (path.endsWith('.js') ? policy : {}));
    await expectFailure(page, 'LS_THREADS: threads: expected workers that start and stay, got a fault');
    await page.locator('select[name=threads]').selectOption('1');
    await expectTrained(page, 'relaxed-simd');
  });
});
