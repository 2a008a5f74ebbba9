/**
 * Two texts compared word by word, with the marks that `nbdspy.views.wording` of Python gives: a page never contradicts
 * its card. `tests/views/wording_cases.json` holds both to it.
 */

import type { IStretch } from './matching';
import { stretches } from './matching';

export interface IPiece {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
}

/** Fewer equal words than this between two changes are part of the change. */
const PHRASE = 4;
/** Pairs of words to compare; texts with more are shown whole, one after the other. */
const MOST_PAIRS = 4_000_000;

/** What stayed, went and came, in reading order. */
export function compared(before: string, after: string): IPiece[] {
  const old = words(before);
  const now = words(after);
  if (old.length * now.length > MOST_PAIRS) {
    return [
      { kind: 'gone', text: before },
      { kind: 'new', text: after }
    ];
  }
  return joined(
    phrases(stretches(old.map(bare), now.map(bare))).flatMap(each =>
      read(
        old.slice(each.oldFrom, each.oldTo),
        now.slice(each.newFrom, each.newTo)
      )
    )
  );
}

/** Neighbours of a kind in one piece. */
function joined(pieces: readonly IPiece[]): IPiece[] {
  const all: IPiece[] = [];
  for (const piece of pieces.filter(each => each.text)) {
    const last = all[all.length - 1];
    if (last?.kind === piece.kind) {
      all[all.length - 1] = { ...piece, text: last.text + piece.text };
    } else {
      all.push(piece);
    }
  }
  return all;
}

/** Stretches in which a few equal words between changes are changed too, to read as a phrase. */
function phrases(all: readonly IStretch[]): IStretch[] {
  const found: IStretch[] = [];
  let isOpen = false;
  all.forEach((each, place) => {
    const isBetween = 0 < place && place < all.length - 1;
    const isShort = each.oldTo - each.oldFrom < PHRASE;
    const isChange = !each.isEqual || (isBetween && isShort);
    const last = isChange && isOpen ? found.pop() : undefined;
    const { oldFrom, newFrom } = last ?? each;
    found.push({ ...each, oldFrom, newFrom });
    isOpen = isChange;
  });
  return found;
}

/** A stretch as it is read: of the same words each by itself, of others all at once. */
function read(old: readonly string[], now: readonly string[]): IPiece[] {
  const isSame =
    old.length === now.length &&
    old.every((word, place) => bare(word) === bare(now[place]!));
  return isSame
    ? old.flatMap((word, place) => marked(word, now[place]!))
    : marked(old.join(''), now.join(''));
}

/**
 * One piece of text in place of another: what they are and the white space that they end with, each the same or not. So
 * a last word stays when a line is added after it.
 */
function marked(gone: string, came: string): IPiece[] {
  const [text, other] = [bare(gone), bare(came)];
  const end = gone.slice(text.length);
  const otherEnd = came.slice(other.length);
  if (text === other && end === otherEnd) {
    return [{ kind: 'same', text: gone }];
  }
  if (text === other) {
    return [
      { kind: 'same', text },
      { kind: 'gone', text: end },
      { kind: 'new', text: otherEnd }
    ];
  }
  if (end === otherEnd) {
    return [
      { kind: 'gone', text },
      { kind: 'new', text: other },
      { kind: 'same', text: end }
    ];
  }
  return [
    { kind: 'gone', text: gone },
    { kind: 'new', text: came }
  ];
}

function bare(word: string): string {
  return word.trimEnd();
}

/** Words, each with the space after it. */
function words(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}
