/** The known word that a misspelt one is closest to, judged as Python's difflib does. */

const CUTOFF = 0.6;

/** A suggestion for a misspelt word, or null when nothing is close. */
export function didYouMean(
  word: string,
  known: Iterable<string>
): string | null {
  const close = nearest(word, known);
  return close === null ? null : `Did you mean ${close}?`;
}

/** The known word that is closest, or null when none is close. The dashes of options do not count. */
export function nearest(word: string, known: Iterable<string>): string | null {
  const folded = new Map<string, string[]>();
  for (const name of known) {
    const key = fold(name);
    folded.set(key, [name, ...(folded.get(key) ?? [])]);
  }
  const wanted = fold(word);
  let best: string | null = null;
  let bestRatio = CUTOFF;
  for (const key of folded.keys()) {
    const found = ratio(key, wanted);
    if (
      found > bestRatio ||
      (found === bestRatio && (best === null || key > best))
    ) {
      [best, bestRatio] = [key, found];
    }
  }
  if (best === null) {
    return null;
  }
  return folded
    .get(best)!
    .reduce((one, other) =>
      alike(other, word) > alike(one, word) ? other : one
    );
}

function fold(name: string): string {
  return name.replace(/^-+/, '').toLowerCase();
}

function alike(one: string, other: string): number {
  return [...one].filter((letter, at) => letter === other[at]).length;
}

/** Twice the letters that match, by all letters. */
function ratio(one: string, other: string): number {
  const all = one.length + other.length;
  return all === 0 ? 1 : (2 * matching(one, other)) / all;
}

/** Letters in the longest common stretch, and on both sides of it in turn. */
function matching(one: string, other: string): number {
  let [size, inOne, inOther] = [0, 0, 0];
  for (let i = 0; i < one.length; i++) {
    for (let j = 0; j < other.length; j++) {
      let k = 0;
      while (i + k < one.length && one[i + k] === other[j + k]) {
        k++;
      }
      if (k > size) {
        [size, inOne, inOther] = [k, i, j];
      }
    }
  }
  if (size === 0) {
    return 0;
  }
  return (
    size +
    matching(one.slice(0, inOne), other.slice(0, inOther)) +
    matching(one.slice(inOne + size), other.slice(inOther + size))
  );
}
