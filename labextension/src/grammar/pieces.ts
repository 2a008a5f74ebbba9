/** Pieces of a text that know where they stand, so that mistakes can be shown there. */

/** What is wrong, what to do about it, and where: offsets in the whole text. */
export interface IMistake {
  message: string;
  hint: string | null;
  from: number;
  to: number;
}

/** A signature that cannot be read. */
export class Refused extends Error {
  constructor(readonly mistake: IMistake) {
    super(mistake.message);
  }
}

/** Lets a refusal pass: what is being written need not be readable yet. */
export function unlessRefused(error: unknown): void {
  if (!(error instanceof Refused)) {
    throw error;
  }
}

/** Only a kernel can tell whether the text can be read. */
export class Undecided extends Error {}

/** What a check refuses, or null: because it refuses nothing, or because only a kernel can tell. */
export function mistakeFoundBy(check: () => void): IMistake | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof Refused) {
      return error.mistake;
    }
    if (error instanceof Undecided) {
      return null;
    }
    throw error;
  }
}

/** The text is not Python. */
export class NotPython extends Error {}

const LEADING = /^\s*/u;

/** The stretch between two offsets of a text. */
export class Piece {
  constructor(
    readonly whole: string,
    readonly from: number,
    readonly to: number
  ) {}

  static of(text: string): Piece {
    return new Piece(text, 0, text.length);
  }

  get text(): string {
    return this.whole.slice(this.from, this.to);
  }

  get isBlank(): boolean {
    return this.text.trim() === '';
  }

  between(from: number, to: number): Piece {
    return new Piece(this.whole, from, to);
  }

  strip(): Piece {
    const text = this.text;
    if (text.trim() === '') {
      return this.between(this.from, this.from);
    }
    const from = this.from + LEADING.exec(text)![0].length;
    return this.between(from, from + text.trim().length);
  }

  /** Its lines, without their ends. */
  lines(): Piece[] {
    const lines: Piece[] = [];
    let from = this.from;
    for (const line of this.text.split('\n')) {
      lines.push(this.between(from, from + line.length));
      from += line.length + 1;
    }
    return lines;
  }

  /** Runs of lines that are not blank. */
  paragraphs(): Piece[] {
    const runs: Piece[] = [];
    let follows = false;
    for (const line of this.lines()) {
      if (line.isBlank) {
        follows = false;
        continue;
      }
      const first = follows ? runs.pop()! : line;
      runs.push(this.between(first.from, line.to));
      follows = true;
    }
    return runs;
  }

  /** An error under this piece, or under as much of it as its first line holds. */
  error(message: string, hint: string | null = null): Refused {
    const end = this.whole.indexOf('\n', this.from);
    const to = Math.min(this.to, end < 0 ? this.whole.length : end);
    return new Refused({
      message,
      hint,
      from: this.from,
      to: Math.max(to, this.from)
    });
  }
}
