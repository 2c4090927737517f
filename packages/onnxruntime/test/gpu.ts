/** Whether WebGPU in Node has something to run on: vitest.config.ts names a Vulkan driver on Linux. */
export const hasGpu: boolean = process.env['VK_ICD_FILENAMES'] !== undefined || process.platform === 'darwin';
if (!hasGpu && process.env['CI']) throw new Error('tests of WebGPU in Node: no GPU, not even SwiftShader');
