/** The version of the tracker, as in its package.json. The build sets it. */
export const VERSION: string = typeof SHOAL_VERSION === 'string' ? SHOAL_VERSION : '0.0.0-source';

declare const SHOAL_VERSION: string | undefined;
