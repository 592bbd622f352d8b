/** This SDK's version, as in its package.json; set when it is built. */
export const VERSION: string = typeof SHOAL_VERSION === 'string' ? SHOAL_VERSION : '0.0.0-source';

declare const SHOAL_VERSION: string | undefined;
