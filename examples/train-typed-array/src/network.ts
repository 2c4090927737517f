import { type Parameter, parameter } from './adam.js';
import type { SparseRows } from './features.js';

/** Rows of a data set in the order in which a batch takes them. */
export interface BatchRows {
  readonly features: SparseRows;
  readonly rows: Uint32Array;
}

/** Hashed n-grams → ReLU → classes: z = W₂·relu(W₁·x + b₁) + b₂, with x_i = count_i/√(n-grams of the row). */
export class Network {
  readonly hidden: number;
  readonly classes: number;
  readonly #inputWeight: Parameter;
  readonly #inputBias: Parameter;
  readonly #outputWeight: Parameter;
  readonly #outputBias: Parameter;
  readonly #activations: Float32Array;
  readonly #hiddenGradient: Float32Array;

  constructor(features: number, hidden: number, classes: number, batch: number, random: () => number) {
    this.hidden = hidden;
    this.classes = classes;
    this.#inputWeight = parameter(features * hidden, Math.sqrt(6 / hidden), random);
    this.#inputBias = parameter(hidden, 0, random);
    this.#outputWeight = parameter(classes * hidden, Math.sqrt(6 / hidden), random);
    this.#outputBias = parameter(classes, 0, random);
    this.#activations = new Float32Array(batch * hidden);
    this.#hiddenGradient = new Float32Array(hidden);
  }

  get parameters(): readonly Parameter[] {
    return [this.#inputWeight, this.#inputBias, this.#outputWeight, this.#outputBias];
  }

  /** Writes the logits [rows, classes] of a batch. */
  forward(batch: BatchRows, logits: Float32Array): void {
    batch.rows.forEach((row, i) => {
      const activations = this.#activations.subarray(i * this.hidden, (i + 1) * this.hidden);
      this.#activate(batch.features, row, activations);
      this.#score(activations, logits.subarray(i * this.classes, (i + 1) * this.classes));
    });
  }

  /** Adds ∂loss/∂parameters, from ∂loss/∂logits [rows, classes] of the batch that `forward` saw last. */
  backward(batch: BatchRows, logitsGradient: Float32Array): void {
    batch.rows.forEach((row, i) => {
      const activations = this.#activations.subarray(i * this.hidden, (i + 1) * this.hidden);
      this.#backwardOutput(activations, logitsGradient.subarray(i * this.classes, (i + 1) * this.classes));
      this.#backwardInput(batch.features, row);
    });
  }

  #activate({ offsets, indices }: SparseRows, row: number, activations: Float32Array): void {
    const { hidden } = this;
    const weight = this.#inputWeight.value;
    const first = offsets[row] as number;
    const end = offsets[row + 1] as number;
    const scale = 1 / Math.sqrt(end - first);
    activations.fill(0);
    for (let i = first; i < end; i++) {
      const offset = (indices[i] as number) * hidden;
      for (let h = 0; h < hidden; h++) activations[h]! += weight[offset + h]!;
    }
    const bias = this.#inputBias.value;
    for (let h = 0; h < hidden; h++) activations[h] = Math.max(0, activations[h]! * scale + bias[h]!);
  }

  #score(activations: Float32Array, logits: Float32Array): void {
    const { hidden, classes } = this;
    const weight = this.#outputWeight.value;
    for (let k = 0; k < classes; k++) {
      let sum = this.#outputBias.value[k]!;
      for (let h = 0; h < hidden; h++) sum += weight[k * hidden + h]! * activations[h]!;
      logits[k] = sum;
    }
  }

  #backwardOutput(activations: Float32Array, logitsGradient: Float32Array): void {
    const { hidden, classes } = this;
    const weight = this.#outputWeight;
    const hiddenGradient = this.#hiddenGradient.fill(0);
    for (let k = 0; k < classes; k++) {
      const slope = logitsGradient[k]!;
      this.#outputBias.gradient[k]! += slope;
      for (let h = 0; h < hidden; h++) {
        weight.gradient[k * hidden + h]! += slope * activations[h]!;
        hiddenGradient[h]! += slope * weight.value[k * hidden + h]!;
      }
    }
    for (let h = 0; h < hidden; h++) if (activations[h] === 0) hiddenGradient[h] = 0;
  }

  #backwardInput({ offsets, indices }: SparseRows, row: number): void {
    const { hidden } = this;
    const weightGradient = this.#inputWeight.gradient;
    const biasGradient = this.#inputBias.gradient;
    const hiddenGradient = this.#hiddenGradient;
    const first = offsets[row] as number;
    const end = offsets[row + 1] as number;
    const scale = 1 / Math.sqrt(end - first);
    for (let h = 0; h < hidden; h++) {
      biasGradient[h]! += hiddenGradient[h]!;
      hiddenGradient[h]! *= scale;
    }
    for (let i = first; i < end; i++) {
      const offset = (indices[i] as number) * hidden;
      for (let h = 0; h < hidden; h++) weightGradient[offset + h]! += hiddenGradient[h]!;
    }
  }
}
