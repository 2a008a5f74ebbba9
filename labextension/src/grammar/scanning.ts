/** The marks that divide a signature's text: those outside of brackets, quotes and comments. */

import { Piece } from './pieces';

export type Kind = ',' | ':' | '=' | '->' | '#' | '\n';

/** A dividing mark; "#" reaches to the end of its line. */
export interface IMark {
  kind: Kind;
  from: number;
  to: number;
}

const TOKEN = /"""|'''|->|["'()[\]{},:=#\n]/g;
const CLOSER: Record<string, string> = { '(': ')', '[': ']', '{': '}' };
const REST_OF_STRING: Record<string, RegExp> = {
  '"': /(?:\\[^\n]|[^"\\\n])*"/y,
  "'": /(?:\\[^\n]|[^'\\\n])*'/y,
  '"""': /(?:\\.|(?!""")[^\\])*"""/sy,
  "'''": /(?:\\.|(?!''')[^\\])*'''/sy
};

/** Where the string ends whose opening quote ends at an offset; null when it is never closed. */
export function stringEnd(
  whole: string,
  quote: string,
  at: number,
  end: number
): number | null {
  const rest = REST_OF_STRING[quote]!;
  rest.lastIndex = at;
  const found = rest.exec(whole.slice(0, end));
  return found === null ? null : rest.lastIndex;
}

/**
 * The dividing marks of a piece, in order.
 *
 * Throws when a bracket or a quote is not closed, or a bracket closes nothing.
 */
export function* marks(piece: Piece): Generator<IMark> {
  const { whole, to: end } = piece;
  const text = whole.slice(0, end);
  const opened: number[] = [];
  const token = new RegExp(TOKEN);
  let at = piece.from;
  for (;;) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (found === null) {
      break;
    }
    const mark = found[0];
    const from = found.index;
    at = token.lastIndex;
    if (mark in REST_OF_STRING) {
      const closed = stringEnd(whole, mark, at, end);
      if (closed === null) {
        throw piece
          .between(from, at)
          .error('this quote is never closed.', `Add the closing ${mark}.`);
      }
      at = closed;
    } else if (mark === '#') {
      const lineEnd = text.indexOf('\n', at);
      at = lineEnd < 0 ? end : lineEnd;
      if (opened.length === 0) {
        yield { kind: '#', from, to: at };
      }
    } else if (mark in CLOSER) {
      opened.push(from);
    } else if (')]}'.includes(mark)) {
      close(piece.between(from, at), opened);
    } else if (opened.length === 0) {
      yield { kind: mark as Kind, from, to: at };
    }
  }
  const last = opened.pop();
  if (last !== undefined) {
    const bracket = piece.between(last, last + 1);
    throw bracket.error(
      `this \`${bracket.text}\` is never closed.`,
      `Add the \`${CLOSER[bracket.text]}\`.`
    );
  }
}

function close(closer: Piece, opened: number[]): void {
  const last = opened.pop();
  if (last === undefined) {
    throw closer.error(`this \`${closer.text}\` closes nothing.`, 'Remove it.');
  }
  const opener = closer.whole[last]!;
  if (CLOSER[opener] !== closer.text) {
    throw closer.error(
      `\`${closer.text}\` cannot close \`${opener}\`.`,
      `Write \`${CLOSER[opener]}\` first.`
    );
  }
}
