/** The workers inside the library, for an application whose bundler moves it away from its files. */
export interface EmbeddedWorkers {
  /** Their code by name, as base64 of Brotli: most applications never read it. */
  readonly texts: Readonly<Record<string, string>>;
  /** The sizes of their files beside the library, so that other files of these names are not mistaken for them. */
  readonly fileBytes: Readonly<Record<string, number>>;
}

/** The build fills it in (`esbuild.mjs`). Programs and tests have the files beside them. */
export const EMBEDDED: EmbeddedWorkers | undefined = undefined;
