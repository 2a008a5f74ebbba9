/** What a notebook's own text tells of its names, without asking a kernel. */

import { inputsOfClass, isClass } from './classes';
import { entriesSoFar } from './fields';
import { IS_NAME, NAME } from './identifiers';
import { readWords } from './lines';
import type { ICall } from './ours';
import { callsIn, spelledIn } from './ours';
import { Piece } from './pieces';
import { layoutOf } from './signatures';
import type { IScope } from './names';
import { DEFAULTS } from './vocabulary';

const WORD = /[\p{L}\p{N}_]+/gu;
/** Names that come from elsewhere: then nothing is known of any name. */
const OPEN =
  /^\s*(?:from\s+\S+\s+import\s+\*|%run\b|%load\b|%store\b|%autoreload\b|exec\()/m;
const CLASS = new RegExp(`^\\s*class\\s+(${NAME})`, 'gmu');

/**
 * The names that cells may have given a meaning: all words that stand in them.
 *
 * @param sources The texts of the other cells, and the Python of the same; read only when there is a name to judge.
 */
export function scopeOf(sources: () => readonly string[]): IScope {
  let text: string | null = null;
  const all = (): string => (text ??= sources().join('\n'));
  return {
    has: name => OPEN.test(all()) || holdsWord(all(), name),
    get types() {
      return [...all().matchAll(CLASS)].map(found => found[1]!);
    }
  };
}

/**
 * The scope of each cell of a notebook: what the others say, and its own Python.
 *
 * @param sources The texts of all cells; each is read once, when there is a first name to judge.
 */
export function scopesOf(
  sources: readonly string[]
): (place: number) => IScope {
  let all: { opens: number; counts: Map<string, number> } | null = null;
  return place => {
    const own = sources[place]!;
    const python = scopeOf(() => [pythonIn(own)]);
    const others = scopeOf(() => sources.filter((_, each) => each !== place));
    return {
      has: name => {
        const { counts, opens } = (all ??= counted(sources));
        return (
          opens > (OPEN.test(own) ? 1 : 0) ||
          (counts.get(name) ?? 0) > (holdsWord(own, name) ? 1 : 0) ||
          python.has(name)
        );
      },
      get types() {
        return [...others.types, ...python.types];
      }
    };
  };
}

/** How many cells may give any name a meaning, and how many hold each word. */
function counted(sources: readonly string[]): {
  opens: number;
  counts: Map<string, number>;
} {
  const counts = new Map<string, number>();
  for (const source of sources) {
    for (const word of new Set(source.match(WORD))) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return { opens: sources.filter(text => OPEN.test(text)).length, counts };
}

function holdsWord(text: string, name: string): boolean {
  const pattern = `(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`;
  return new RegExp(pattern, 'u').test(text);
}

/** The lines of a cell that no call of ours takes. */
export function pythonIn(text: string): string {
  const calls = callsIn(text);
  if (calls.some(call => call.isCell)) {
    return '';
  }
  const isOfCall = (line: Piece): boolean =>
    calls.some(call => call.from <= line.to && line.from <= call.to);
  const others = Piece.of(text)
    .lines()
    .filter(line => !isOfCall(line));
  return others.map(line => line.text).join('\n');
}

/** The inputs of the signature of a name that one of the cells defines, the last one first. */
export function inputsOf(name: string, sources: readonly string[]): string[] {
  for (const source of [...sources].reverse()) {
    if (!source.includes(name) || !source.includes('signature')) {
      continue;
    }
    for (const call of callsIn(source)) {
      const spelled = spelledIn(source, call);
      if (call.magic.name === 'signature' && spelled.name.text === name) {
        if (isClass(spelled.signature.text)) {
          return inputsOfClass(spelled.signature.text);
        }
        const layout = layoutOf(spelled.signature);
        const fields = layout === null ? [] : entriesSoFar(layout.inputs);
        return fields.map(field => field.name.text);
      }
    }
  }
  return [];
}

/** The names that cells bind to signatures and programs, as far as their text tells. */
export function programsIn(sources: readonly string[]): string[] {
  const found = new Set<string>();
  for (const source of sources.filter(each => each.includes('%'))) {
    for (const call of callsIn(source)) {
      bound(source, call).forEach(name => found.add(name));
    }
  }
  return [...found].filter(name => IS_NAME.test(name));
}

function bound(source: string, call: ICall): string[] {
  const line = source.slice(0, call.to);
  const words = readWords(line, call.after).words.map(word => word.text);
  const [target] = words;
  switch (call.magic.name) {
    case 'signature':
    case 'module':
      return target === undefined ? [] : [target];
    case 'compile': {
      const out = words[words.indexOf('--out') + 1];
      const isNamed = words.includes('--out') && out !== undefined;
      return target === undefined
        ? []
        : [isNamed ? out : target + DEFAULTS.compiled];
    }
    default:
      return [];
  }
}
