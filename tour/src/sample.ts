import { loadLanguageModel } from './lande.js';
import type { Progress } from './progress.js';
import { readTranslations } from './translations.js';
import { randomWindows, type TextWindow } from './windows.js';

/** Real logits over real text: what everything else in the tour works on. */
export interface Sample {
  readonly languages: readonly string[];
  readonly windows: readonly TextWindow[];
  /** [rows, languages]. */
  readonly logits: Float32Array;
  readonly labels: Int32Array;
  /** [languages]: more for a language with less text, √(longest text / its text); 1 where there is none. */
  readonly weight: Float64Array;
}

export interface SampleSize {
  readonly windowsPerLanguage: number;
  readonly windowLength: number;
  readonly seed: number;
}

/** Draws the windows and has lande score each. */
export async function drawSample(size: SampleSize, progress: Progress): Promise<Sample> {
  const model = await loadLanguageModel();
  const { languages } = model;
  const texts = await readTranslations(languages);
  const windows = randomWindows(texts, size.windowsPerLanguage, size.windowLength, size.seed);
  const logits = new Float32Array(windows.length * languages.length);
  progress.start('lande reads the windows', windows.length);
  windows.forEach(({ text }, row) => {
    logits.set(model.logits(text), row * languages.length);
    progress.step();
  });
  const longest = Math.max(...texts.map((text) => text?.length ?? 0));
  return {
    languages,
    windows,
    logits,
    labels: Int32Array.from(windows, ({ label }) => label),
    weight: Float64Array.from(texts, (text) => (text === null ? 1 : Math.sqrt(longest / text.length))),
  };
}

/** The English name of a language of lande. */
export function languageName(code: string): string {
  return new Intl.DisplayNames('en', { type: 'language' }).of(code) ?? code;
}
