/** The extension begins and ends here; it offers nothing yet. */
export function activate(): void {}

export function deactivate(): void {}
