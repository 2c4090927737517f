import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** lande's pretrained network, asked for logits. */
export interface LanguageModel {
  /** ISO 639-3 codes, in the order of the network's outputs. */
  readonly languages: readonly string[];
  /** Unnormalised scores [languages], float32. */
  logits(text: string): Float32Array;
}

interface Layer {
  readonly type: string;
}
interface Network {
  forward(input: unknown, isTraining: boolean): { readonly w: Float32Array };
}
type Ngrams = Readonly<Record<string, readonly string[]>>;
type Infer = (
  text: string,
  languages: readonly string[],
  ngrams: Ngrams,
  network: Network,
) => readonly (readonly [string, number])[];

/**
 * Loads lande's own n-grams and weights. Its public function ends in a softmax; the same layers with an output that
 * passes its input on give the logits, and the text goes through lande's own code on its way there.
 */
export async function loadLanguageModel(): Promise<LanguageModel> {
  const entry = createRequire(import.meta.url).resolve('lande');
  const load = async <T>(file: string): Promise<T> => (await import(new URL(file, pathToFileURL(entry)).href)) as T;
  const { default: languages } = await load<{ default: readonly string[] }>('t50-langs.js');
  const { default: ngrams } = await load<{ default: Ngrams }>('t50-ngrams.js');
  const { default: trained } = await load<{ default: { readonly layers: readonly Layer[] } }>('t50-options.js');
  const { infer } = await load<{ infer: Infer }>('utils.js');
  const toygrad = pathToFileURL(createRequire(entry).resolve('toygrad')).href;
  const { NeuralNetwork } = (await import(toygrad)) as {
    NeuralNetwork: new (options: { readonly layers: readonly Layer[] }) => Network;
  };
  const network = new NeuralNetwork({ layers: [...trained.layers.slice(0, -1), { type: 'regression' }] });
  const position = new Map(languages.map((language, index) => [language, index]));
  const logits = (text: string): Float32Array => {
    const row = new Float32Array(languages.length);
    for (const [language, logit] of infer(text, languages, ngrams, network)) row[position.get(language)!] = logit;
    return row;
  };
  return { languages, logits };
}
