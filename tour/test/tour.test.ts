import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crossEntropy, dialects } from '@label-smoothing/core';
import { budgets } from '@label-smoothing/core/conformance';
import { inspectModel } from '@label-smoothing/onnx';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findAvailable } from '../src/available.js';
import { type Backend, backends } from '../src/backends.js';
import { measureBackends } from '../src/measure.js';
import type { Tour } from '../src/tour.js';

const main = join(import.meta.dirname, '../dist/main.js');
const silent = { start() {}, step() {}, stop() {} };
let out: string;
let stdout: string;
let stderr: string;
let tour: Tour;
let page: string;

beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'tour-'));
  ({ stdout, stderr } = spawnSync(process.execPath, [main, '--quick', '--out', out], { encoding: 'utf8' }));
  tour = JSON.parse(readFileSync(join(out, 'tour.json'), 'utf8'));
  page = readFileSync(join(out, 'tour.html'), 'utf8');
});

afterAll(() => rmSync(out, { recursive: true }));

test('prints a summary that ends with the path of the report, and its progress elsewhere', () => {
  expect(stdout.trimEnd()).toMatch(/Report: \S*tour\.html$/);
  expect(stdout).toContain('typed-array');
  expect(stdout).not.toContain('\x1b');
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(stderr.split('\n')[0]).toBe('lande reads the windows (294) ...');
});

test('every backend that opens here is within the budget of its dtype', () => {
  const names = [...tour.measurements, ...tour.absent].map(({ name, how }) => `${name}, ${how}`);
  expect(names.sort()).toEqual(backends.map(({ name, how }) => `${name}, ${how}`).sort());
  for (const { dtype, how, worstUlp, milliseconds } of tour.measurements) {
    const { loss, gradient } = how === 'WebGPU' ? budgets.relaxed.standard[dtype] : budgets.ieee.precise[dtype];
    expect(worstUlp.loss).toBeLessThanOrEqual(loss.constant);
    expect(worstUlp.nll ?? 0).toBeLessThanOrEqual(loss.constant);
    expect(worstUlp.gradient).toBeLessThanOrEqual(gradient.constant);
    expect(milliseconds).toBeGreaterThan(0);
  }
});

test('a backend that does not open is left out, and why is said', async () => {
  const closed: Backend = { ...backends[0]!, how: 'closed', create: () => Promise.reject(new Error('no GPU')) };
  const { available, absent } = await findAvailable([backends[0]!, closed]);
  expect(available).toEqual([backends[0]]);
  expect(absent).toEqual([{ name: 'reference', how: 'closed', why: 'no GPU' }]);
});

test('leaves the loss as a graph, which makes the same of the same logits', async () => {
  const file = readFileSync(join(out, 'loss.onnx'));
  expect(file).toHaveLength(tour.graph.bytes);
  expect(inspectModel(file).outputs.map(({ name }) => name)).toEqual(['loss', 'gradient']);
  expect(tour.graph.loss).toBeCloseTo(tour.loss, 5);
});

test('measures every kernel of typed-array, or says why it does not run', () => {
  const { measurements, absent, kernel } = tour;
  const seen = measurements.filter(({ name, dtype }) => name === 'typed-array' && dtype === 'float32');
  const missing = absent.filter(({ name }) => name === 'typed-array');
  expect(seen.length + missing.length).toBe(4);
  expect(seen.at(-1)?.how).toMatch(/SIMD, 2 threads$/);
  for (const { why } of missing) expect(why).toContain('(an engine without relaxed SIMD)');
  expect(kernel).toBe(missing.length === 0 ? 'relaxed-simd' : 'simd');
  expect(page).toContain(`takes the kernel <code>${kernel}</code> here`);
});

test('ends with the verdict on every backend', () => {
  const kernels = tour.kernel === 'simd' ? ['js', 'simd'] : ['js', 'simd', 'relaxed-simd'];
  expect(tour.verdicts.map(({ name }) => name)).toEqual([
    '@label-smoothing/core',
    ...kernels.map((kernel) => `@label-smoothing/typed-array (${kernel})`),
    '@label-smoothing/onnxruntime/node',
    '@label-smoothing/onnxruntime/web',
  ]);
  for (const { passed, failed } of tour.verdicts) {
    expect(passed).toBeGreaterThan(100);
    expect(failed).toBe(0);
  }
  expect(page).toContain('<h2>The verdict</h2>');
});

test('a wrong backend is seen', async () => {
  const sample = {
    languages: ['a', 'b', 'c'],
    windows: [],
    logits: Float32Array.of(2, 1, 0, 0, 0, 3),
    labels: Int32Array.of(0, 2),
    weight: Float64Array.of(1, 1, 1),
  };
  const wrong: Backend = {
    ...backends[0]!,
    create: (options) => ({
      compute: (logits, labels) => {
        const { gradient, ...losses } = crossEntropy(logits, labels, {
          ...options,
          smoothingMode: 'others',
          gradient: true,
        });
        return { ...losses, gradient: gradient! };
      },
    }),
  };
  const options = { classes: 3, labelSmoothing: 0.1 };
  const [right, other] = await measureBackends([backends[0]!, wrong], sample, options, 1, silent);
  expect(right?.worstUlp).toEqual({ loss: 0, nll: 0, gradient: 0 });
  expect(other?.worstUlp.nll).toBe(0);
  expect(other?.worstUlp.loss).toBeGreaterThan(1e6);
  expect(other?.worstUlp.gradient).toBeGreaterThan(1e6);
});

test('all fourteen dialects are shown, and those that stand apart differ', () => {
  expect(tour.dialects.flatMap(({ dialects: names }) => names).sort()).toEqual(Object.keys(dialects).sort());
  const shown = tour.dialects.map(({ loss, reduction }) => `${loss.toPrecision(6)} ${reduction}`);
  expect(new Set(shown).size).toBe(shown.length);
});

test('the report is one file with its pictures and nothing from elsewhere', () => {
  expect(page.match(/<svg/g)).toHaveLength(3);
  expect(page).not.toMatch(/https?:|\bsrc=|@import|<link|<script|NaN|undefined|Infinity/);
  expect(page).toContain('prefers-color-scheme: dark');
  for (const { name } of tour.confidence.languages) expect(page).toContain(name);
});

test('the histograms hold every window', () => {
  const { probability, gap } = tour.confidence;
  for (const { histogram } of [probability, gap]) {
    expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(tour.rows);
  }
  expect(tour.confidence.accuracy).toBeGreaterThan(0.6);
});

test('an unknown flag is refused', () => {
  expect(() => execFileSync(process.execPath, [main, '--fast'], { stdio: 'pipe' })).toThrow(/--fast/);
});
