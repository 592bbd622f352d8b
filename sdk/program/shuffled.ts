/** The items in a drawn order (Fisher–Yates). @param random uniform in [0, 1) */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let index = all.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [here, there] = [all[index], all[other]];
    if (here !== undefined && there !== undefined) [all[index], all[other]] = [there, here];
  }
  return all;
}
