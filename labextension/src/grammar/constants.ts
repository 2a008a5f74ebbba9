/** Numbers and strings as Python shows them. */

import { NotPython, Undecided } from './pieces';
import { repr } from './repr';

/** What a number is to Python. */
export function numberType(text: string): 'int' | 'float' {
  if (/[jJ]$/.test(text)) {
    throw new Undecided();
  }
  return /^0[xXoObB]/.test(text) || !/[.eE]/.test(text) ? 'int' : 'float';
}

/** A number as Python shows it. */
export function shownNumber(text: string): string | null {
  const digits = text.replace(/_/g, '');
  if (/^0\d*[1-9]/.test(digits) && !/[.eE]/.test(digits)) {
    throw new NotPython(); // 007
  }
  if (numberType(text) === 'int') {
    return BigInt(digits).toString();
  }
  const value = Number(digits);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return null;
  }
  return Number.isInteger(value) ? `${value}.0` : `${value}`;
}

const ESCAPES: Record<string, string> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  n: '\n',
  t: '\t',
  r: '\r'
};

/** A string as Python shows it, from what stands between its quotes; null where that is not known. */
export function shownString(prefix: string, inside: string): string | null {
  let value = inside;
  if (!prefix.includes('r') && inside.includes('\\')) {
    if (/\\[^\n\\'"ntr]/.test(inside.replace(/\\\\/g, ''))) {
      return null;
    }
    value = inside.replace(/\\(.|\n)/g, (_, letter) => ESCAPES[letter]!);
  }
  const text = repr(value);
  return text === null || !prefix.includes('b') ? text : `b${text}`;
}
