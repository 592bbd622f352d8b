/** The workers as a library carries them, for an application whose bundler takes it from its place. */
export interface EmbeddedWorkers {
  /** Their texts by their names, compressed by Brotli, in base64: most applications never look at them. */
  readonly texts: Readonly<Record<string, string>>;
  /** How many bytes their files have, where the library stands in its own place: other files of these names are not taken for them. */
  readonly fileBytes: Readonly<Record<string, number>>;
}

/** The build puts them in (`esbuild.mjs`); programs and tests have the files beside them. */
export const EMBEDDED: EmbeddedWorkers | undefined = undefined;
