/** What a device has of a content, and where that stands among those of others. */
export interface Held {
  complete: boolean;
  /** Whether the device serves pieces. */
  serves: boolean;
  /** Its place in its list of `Holders`, which keeps it. */
  place: number;
}

/**
 * The devices with some or all of one content. To count them and to draw some of them takes the same time however many there are. A
 * change of `complete` or `serves` needs a `remove` before and an `add` after it.
 */
export class Holders<H extends Held> {
  readonly #complete: H[] = [];
  readonly #partial: H[] = [];
  #completeServing = 0;
  #partialServing = 0;

  /** All of them, whether or not they serve. */
  get size(): number {
    return this.#complete.length + this.#partial.length;
  }

  get counts(): { sharersOnline: number; completeSources: number } {
    return { sharersOnline: this.#completeServing + this.#partialServing, completeSources: this.#completeServing };
  }

  get completeCount(): number {
    return this.#complete.length;
  }

  add(held: H): void {
    held.place = this.#listOf(held).push(held) - 1;
    this.#count(held, 1);
  }

  remove(held: H): void {
    const list = this.#listOf(held);
    const last = list.pop();
    if (last && last !== held) {
      list[held.place] = last;
      last.place = held.place;
    }
    this.#count(held, -1);
  }

  *all(): Iterable<H> {
    yield* this.#complete;
    yield* this.#partial;
  }

  /** At most so many of those with all of it and of those with some of it, at random. @param random uniform in [0, 1) */
  draw(count: number, random: () => number): H[] {
    return [...drawn(this.#complete, count, random), ...drawn(this.#partial, count, random)];
  }

  /** At most so many of those with all of it, at random. */
  drawComplete(count: number, random: () => number): H[] {
    return drawn(this.#complete, count, random);
  }

  #listOf({ complete }: H): H[] {
    return complete ? this.#complete : this.#partial;
  }

  #count({ complete, serves }: H, by: 1 | -1): void {
    if (!serves) return;
    if (complete) this.#completeServing += by;
    else this.#partialServing += by;
  }
}

/** Different items of a list at random (Floyd), or all of them if there are no more. */
function drawn<T>(list: readonly T[], count: number, random: () => number): T[] {
  if (list.length <= count) return [...list];
  const places = new Set<number>();
  for (let last = list.length - count; last < list.length; last++) {
    const place = Math.floor(random() * (last + 1));
    places.add(places.has(place) ? last : place);
  }
  return [...places].flatMap((place) => list[place] ?? []);
}
