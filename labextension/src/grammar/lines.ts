/** A magic's line to words: quotes and brackets hold together what belongs together, `#` starts a comment. */

/** A piece of a line as it was typed, by its offsets in the line. */
export interface IWord {
  text: string;
  from: number;
  to: number;
}

const CLOSING: Record<string, string> = { '{': '}', '[': ']', '(': ')' };
const QUOTES = '"\'';

/** The words of a line from an offset on, and where its comment starts. */
export function readWords(
  line: string,
  from: number
): { words: IWord[]; comment: number } {
  const words: IWord[] = [];
  let at = from;
  while (at < line.length && line[at] !== '#') {
    if (isSpace(line, at)) {
      at++;
      continue;
    }
    const to = wordEnd(line, at);
    words.push({ text: line.slice(at, to), from: at, to });
    at = to;
  }
  return { words, comment: at };
}

function isSpace(line: string, at: number): boolean {
  return /\s/u.test(line[at]!);
}

function wordEnd(line: string, from: number): number {
  const opened: string[] = [];
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
      at = quoteEnd(line, at);
      continue;
    }
    if (letter in CLOSING) {
      opened.push(CLOSING[letter]!);
    } else if (letter === opened[opened.length - 1]) {
      opened.pop();
    }
    at++;
  }
  return at;
}

function quoteEnd(line: string, from: number): number {
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === '\\') {
      at++;
    } else if (line[at] === line[from]) {
      return at + 1;
    }
  }
  return line.length;
}
