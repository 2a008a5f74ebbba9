/** Which stretches of two lists of words are equal, found as Python's difflib finds them. */

/** A stretch of the one list and the stretch of the other that stands in its place. */
export interface IStretch {
  readonly isEqual: boolean;
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** Equal words that stand side by side in both lists. */
interface IMatch {
  readonly old: number;
  readonly now: number;
  readonly size: number;
}

/** From where to where in the one list, and in the other. */
type Bounds = readonly [number, number, number, number];

/** Both lists from beginning to end: the longest stretch that is equal, and on both sides of it in turn. */
export function stretches(
  old: readonly string[],
  now: readonly string[]
): IStretch[] {
  const found: IStretch[] = [];
  let [oldFrom, newFrom] = [0, 0];
  const upTo = (oldTo: number, newTo: number, isEqual: boolean): void => {
    if (oldFrom < oldTo || newFrom < newTo) {
      found.push({ isEqual, oldFrom, oldTo, newFrom, newTo });
    }
    [oldFrom, newFrom] = [oldTo, newTo];
  };
  for (const match of joined(matches(old, now))) {
    upTo(match.old, match.now, false);
    upTo(match.old + match.size, match.now + match.size, true);
  }
  upTo(old.length, now.length, false);
  return found;
}

function matches(old: readonly string[], now: readonly string[]): IMatch[] {
  const places = new Map<string, number[]>();
  now.forEach((word, place) => {
    const known = places.get(word);
    if (known) {
      known.push(place);
    } else {
      places.set(word, [place]);
    }
  });
  const found: IMatch[] = [];
  const waiting: Bounds[] = [[0, old.length, 0, now.length]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [oldFrom, oldTo, newFrom, newTo] = next;
    const match = longest(old, places, next);
    if (match.size > 0) {
      found.push(match);
      waiting.push(
        [oldFrom, match.old, newFrom, match.now],
        [match.old + match.size, oldTo, match.now + match.size, newTo]
      );
    }
  }
  return found.sort((one, other) => one.old - other.old);
}

/** The longest equal stretch between bounds; of several the first. */
function longest(
  old: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  [oldFrom, oldTo, newFrom, newTo]: Bounds
): IMatch {
  let best: IMatch = { old: oldFrom, now: newFrom, size: 0 };
  let before = new Map<number, number>(); // by the place where they end, the sizes of stretches up to the last word
  for (let at = oldFrom; at < oldTo; at++) {
    const sizes = new Map<number, number>();
    for (const place of places.get(old[at]!) ?? []) {
      if (place >= newTo) {
        break;
      }
      if (place >= newFrom) {
        const size = (before.get(place - 1) ?? 0) + 1;
        sizes.set(place, size);
        if (size > best.size) {
          best = { old: at - size + 1, now: place - size + 1, size };
        }
      }
    }
    before = sizes;
  }
  return best;
}

/** Matches that touch each other as one. */
function joined(all: readonly IMatch[]): IMatch[] {
  const found: IMatch[] = [];
  for (const match of all) {
    const last = found[found.length - 1];
    const touches =
      last !== undefined &&
      last.old + last.size === match.old &&
      last.now + last.size === match.now;
    if (touches) {
      found[found.length - 1] = { ...last, size: last.size + match.size };
    } else {
      found.push(match);
    }
  }
  return found;
}
