import { type BrowserContext, chromium } from 'playwright-core';
import { ensureChromium } from './install.js';

/** For a machine without a screen or a sandbox, and without a word to the network. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** A browser that keeps its storage in the profile folder: on the same folder again, it remembers. */
export async function launchBrowser(
  profileFolder: string,
  options: { colorScheme?: 'light' | 'dark'; viewport?: { width: number; height: number } } = {},
): Promise<BrowserContext> {
  const { colorScheme = 'dark', viewport = { width: 1280, height: 800 } } = options;
  return chromium.launchPersistentContext(profileFolder, {
    executablePath: await ensureChromium(),
    headless: true,
    args: FLAGS,
    colorScheme,
    viewport,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
}
