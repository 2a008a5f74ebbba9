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
  return phrases(stretches(old, now)).flatMap(each =>
    pieces(
      old.slice(each.oldFrom, each.oldTo).join(''),
      now.slice(each.newFrom, each.newTo).join('')
    )
  );
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

/** A stretch as it is read; the white space that both its texts end with stayed. */
function pieces(gone: string, came: string): IPiece[] {
  const space = gone === came ? gone : commonEnd(gone, came);
  const all: IPiece[] = [
    { kind: 'gone', text: gone.slice(0, gone.length - space.length) },
    { kind: 'new', text: came.slice(0, came.length - space.length) },
    { kind: 'same', text: space }
  ];
  return all.filter(each => each.text);
}

function commonEnd(one: string, other: string): string {
  const [end, otherEnd] = [one, other].map(text =>
    text.slice(text.trimEnd().length)
  );
  return end === otherEnd && one.trim() && other.trim() ? end! : '';
}

/** Words, each with the space after it. */
function words(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}
