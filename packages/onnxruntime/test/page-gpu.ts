interface Adapter {
  readonly features: { has(name: string): boolean };
}
const { navigator } = globalThis as unknown as {
  navigator: { userAgent: string; gpu?: { requestAdapter(): Promise<Adapter | null> } };
};
const adapter = await navigator.gpu?.requestAdapter();

/** Whether this page has WebGPU. The Chromium that Linux has from npm brings a software GPU: there it must. */
export const hasGpu: boolean = adapter != null;
if (!hasGpu && navigator.userAgent.includes('Linux')) throw new Error('no WebGPU in this page, not even SwiftShader');

/** Whether it computes in float16: SwiftShader does not. */
export const hasFloat16: boolean = adapter?.features.has('shader-f16') ?? false;
