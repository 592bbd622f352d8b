/** How many records use each manifest. */
export class ManifestUses {
  readonly #uses = new Map<string, number>();

  has(id: string): boolean {
    return this.#uses.has(id);
  }

  add(id: string): void {
    this.#uses.set(id, (this.#uses.get(id) ?? 0) + 1);
  }

  remove(id: string): void {
    const uses = (this.#uses.get(id) ?? 0) - 1;
    if (uses > 0) this.#uses.set(id, uses);
    else this.#uses.delete(id);
  }
}
