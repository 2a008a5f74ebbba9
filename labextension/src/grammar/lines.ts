/** A magic's line to words: quotes and brackets hold together what belongs together, `#` starts a comment. */

/** A piece of a line as it was typed, by its offsets in the line. */
export interface IWord {
  text: string;
  from: number;
  to: number;
}

const CLOSING: Record<string, string> = { '{': '}', '[': ']', '(': ')' };
const QUOTES = '"\'';

/** The words of a line, where its comment starts, and where a quote or a bracket stands that is never closed. */
export interface IWords {
  words: IWord[];
  comment: number;
  unclosed: number | null;
}

/** A line with those that it goes on in: IPython puts a space for a backslash at a line's end. Offsets stay. */
export function joined(line: string): string {
  return line.replaceAll('\\\n', '  ');
}

/** The words of a line from an offset on. */
export function readWords(written: string, from: number): IWords {
  const line = joined(written);
  const words: IWord[] = [];
  let unclosed: number | null = null;
  let at = from;
  while (at < line.length && line[at] !== '#') {
    if (isSpace(line, at)) {
      at++;
      continue;
    }
    const word = wordFrom(line, at);
    words.push({ text: line.slice(at, word.to), from: at, to: word.to });
    at = word.to;
    unclosed ??= word.unclosed;
  }
  return { words, comment: at, unclosed };
}

function isSpace(line: string, at: number): boolean {
  return /\s/u.test(line[at]!);
}

function wordFrom(
  line: string,
  from: number
): { to: number; unclosed: number | null } {
  const opened: number[] = [];
  let at = from;
  while (at < line.length) {
    const letter = line[at]!;
    if (opened.length === 0 && isSpace(line, at)) {
      break;
    }
    // A quote in the middle of a word is an apostrophe; only here it can begin a text.
    if (
      QUOTES.includes(letter) &&
      (opened.length > 0 || at === from || line[at - 1] === '=')
    ) {
      const end = quoteEnd(line, at);
      if (end === null) {
        return { to: line.length, unclosed: at };
      }
      at = end;
      continue;
    }
    const last = opened[opened.length - 1];
    if (letter in CLOSING) {
      opened.push(at);
    } else if (last !== undefined && letter === CLOSING[line[last]!]) {
      opened.pop();
    }
    at++;
  }
  return { to: at, unclosed: opened.pop() ?? null };
}

function quoteEnd(line: string, from: number): number | null {
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === '\\') {
      at++;
    } else if (line[at] === line[from]) {
      return at + 1;
    }
  }
  return null;
}
