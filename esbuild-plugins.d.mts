import type { Plugin } from 'esbuild';

export declare const WEB_SOCKET: Plugin;
export declare const BUILT_IN: Plugin;
export declare function embedding(
  texts: Readonly<Record<string, string>>,
  fileBytes?: Readonly<Record<string, number>>,
): Plugin;
