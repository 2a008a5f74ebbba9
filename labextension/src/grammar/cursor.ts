/** The words and marks of an expression, one after the other. */

import { NotPython } from './pieces';
import type { IToken } from './tokens';

/** Where in them a reader is; the last is their end, which nobody takes. */
export class Cursor {
  constructor(private readonly _tokens: readonly IToken[]) {}

  get next(): IToken {
    return this._tokens[this._at]!;
  }

  /** The one after the next. */
  get second(): IToken | undefined {
    return this._tokens[this._at + 1];
  }

  /** Where the one that was taken last ends. */
  get end(): number {
    return this._tokens[this._at - 1]?.to ?? 0;
  }

  take(): IToken {
    return this._tokens[this._at++]!;
  }

  /** Takes the next, which has to be this mark. Throws `NotPython`. */
  expect(mark: string): IToken {
    if (this.next.text !== mark) {
      throw new NotPython();
    }
    return this.take();
  }

  private _at = 0;
}
