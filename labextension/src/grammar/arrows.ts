/** The arrow of a signature's text, and what was written in its place. */

import type { Piece, Refused } from './pieces';
import { marks } from './scanning';

/** Its group; comments and quotes hide what is in them. */
const LOOKS_LIKE_ARROW =
  /#[^\n]*|"[^"\n]*"|'[^'\n]*'|(=+>+|[-—–−]+ ?>+|>+=?|[→⇒➔➜➡⟶⟹])/gu;

/** The first arrow outside of brackets, quotes and comments. Where it is strict, these must be closed after it, too. */
export function firstArrow(paragraph: Piece, isStrict: boolean): Piece | null {
  let found: Piece | null = null;
  for (const mark of marks(paragraph)) {
    if (mark.kind === '->') {
      found ??= paragraph.between(mark.from, mark.to);
      if (!isStrict) {
        break;
      }
    }
  }
  return found;
}

/** Throws where an arrow is part of another sign, as in `-->`. */
export function refuseOther(paragraph: Piece, arrow: Piece): void {
  const sign = signs(paragraph).find(
    each => each.from <= arrow.from && arrow.from < each.to
  );
  if (sign !== undefined && sign.text !== '->') {
    throw notTheArrow(sign);
  }
}

/** The error of a text without an arrow: what was written in its place, else its last line. */
export function noArrow(cell: Piece, paragraphs: Piece[]): Refused {
  for (const paragraph of [...paragraphs].reverse()) {
    for (const line of paragraph.lines()) {
      const [sign] = isSentence(line.text) ? [] : signs(line);
      if (sign !== undefined) {
        return notTheArrow(sign);
      }
    }
  }
  const lines = paragraphs[paragraphs.length - 1]!.lines();
  const last = lines[lines.length - 1]!.strip();
  const hint = cell.text.trim().includes('\n')
    ? 'Write a line `->` between them.'
    : 'Write question -> answer, for example.';
  return last.error('no `->` divides inputs from outputs.', hint);
}

export function isSentence(text: string): boolean {
  return /[.!?]$/.test(text.trimEnd());
}

/** What looks like an arrow, outside of quotes and comments. */
function signs(piece: Piece): Piece[] {
  return [...piece.text.matchAll(LOOKS_LIKE_ARROW)]
    .filter(([, sign]) => sign !== undefined)
    .map(({ 0: sign, index }) =>
      piece.between(piece.from + index, piece.from + index + sign.length)
    );
}

function notTheArrow(sign: Piece): Refused {
  return sign.error(`\`${sign.text}\` is not the arrow.`, 'Write `->`.');
}
