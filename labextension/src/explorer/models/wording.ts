/** Two texts compared word by word. */

export interface IPiece {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
}

/** Pairs of words to compare; texts with more are shown whole, one after the other. */
const MOST_PAIRS = 4_000_000;

/** What stayed, went and came, in reading order. */
export function compared(before: string, after: string): IPiece[] {
  const old = words(before);
  const now = words(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) {
    head++;
  }
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail++;
  }
  const middle = between(
    old.slice(head, old.length - tail),
    now.slice(head, now.length - tail)
  );
  return joined([
    { kind: 'same', text: old.slice(0, head).join('') },
    ...middle,
    { kind: 'same', text: old.slice(old.length - tail).join('') }
  ]);
}

/** The same by the longest words that both have in common. */
function between(old: readonly string[], now: readonly string[]): IPiece[] {
  const whole: IPiece[] = [
    { kind: 'gone', text: old.join('') },
    { kind: 'new', text: now.join('') }
  ];
  if (!old.length || !now.length || old.length * now.length > MOST_PAIRS) {
    return whole;
  }
  const width = now.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i * width + j] =
        old[i] === now[j]
          ? at(i + 1, j + 1) + 1
          : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pieces: IPiece[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      pieces.push({ kind: 'same', text: old[i++] ?? '' });
      j++;
    } else if (
      i < old.length &&
      (j >= now.length || at(i + 1, j) >= at(i, j + 1))
    ) {
      pieces.push({ kind: 'gone', text: old[i++] ?? '' });
    } else {
      pieces.push({ kind: 'new', text: now[j++] ?? '' });
    }
  }
  return pieces;
}

/** Neighbours of one kind as one; what went stands before what came in its place. */
function joined(pieces: readonly IPiece[]): IPiece[] {
  const found: IPiece[] = [];
  const waiting = { same: '', gone: '', new: '' };
  const say = (...kinds: IPiece['kind'][]): void => {
    for (const kind of kinds) {
      if (waiting[kind]) {
        found.push({ kind, text: waiting[kind] });
        waiting[kind] = '';
      }
    }
  };
  for (const { kind, text } of pieces) {
    if (text) {
      say(
        ...(kind === 'same' ? (['gone', 'new'] as const) : ['same' as const])
      );
      waiting[kind] += text;
    }
  }
  say('same', 'gone', 'new');
  return found;
}

function words(text: string): string[] {
  return text.match(/\S+|\s+/g) ?? [];
}
