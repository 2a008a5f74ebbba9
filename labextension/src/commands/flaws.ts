/** What keeps a line of `%compile` from being run, field by field. */

import { DOTTED, IS_NAME, NAME } from '../grammar/identifiers';
import { readWords } from '../grammar/lines';
import { programsIn, scopeOf } from '../grammar/notebook';
import { KEYWORDS, WORDS } from '../grammar/vocabulary';
import type { ICompile } from '../snippets';

/** The fields of the form that are written into. */
export type Field = Exclude<keyof ICompile, 'isInBackground' | 'optimizer'>;

export type Flaw =
  | 'noProgram'
  | 'severalPrograms'
  | 'noData'
  | 'unknown'
  | 'unclosed'
  | 'noName'
  | 'noNumber'
  | 'noCount';

/** Whether a name may stand for something in the notebook. */
export type IsKnown = (name: string) => boolean;

const IS_DOTTED = new RegExp(`^${DOTTED}$`, 'u');
const SEVERAL = new RegExp(`^${NAME}(\\s+${NAME})+$`, 'u');
/** Lines that use names, to their end. */
const OURS =
  /^[ \t]*%(?:compile|evaluate|prompt|programs|runs)\b(?:.*\\\n)*.*$/gm;
const EXPRESSIONS = ['program', 'data', 'val', 'test', 'metric'] as const;

/**
 * What a notebook's text and its kernel tell of names.
 *
 * @param sources The texts of the code cells; lines that only use a name do not make it known.
 * @param programs The names that the kernel tells of.
 */
export function knownIn(
  sources: readonly string[],
  programs: readonly string[]
): IsKnown {
  const bound = new Set([...programs, ...programsIn(sources)]);
  const scope = scopeOf(() => sources.map(each => each.replace(OURS, '')));
  return name => bound.has(name) || scope.has(name);
}

/** All that is wrong, by the field that it stands in. */
export function flawsOf(
  compile: ICompile,
  isKnown: IsKnown
): Partial<Record<Field, Flaw>> {
  const said = trimmed(compile);
  const { budget, data, maxCalls, out, program } = said;
  const found: Partial<Record<Field, Flaw>> = {};
  for (const field of EXPRESSIONS) {
    const flaw = flawOf(said[field], field, isKnown);
    if (flaw !== null) {
      found[field] = flaw;
    }
  }
  if (!program) {
    found.program = 'noProgram';
  } else if (SEVERAL.test(program)) {
    found.program = 'severalPrograms';
  }
  if (!data) {
    found.data = 'noData';
  }
  if (out && (!IS_NAME.test(out) || KEYWORDS.has(out))) {
    found.out = 'noName';
  }
  if (budget && !/^\d*\.?\d+$/.test(budget)) {
    found.budget = 'noNumber';
  }
  if (maxCalls && !/^[1-9]\d*$/.test(maxCalls)) {
    found.maxCalls = 'noCount';
  }
  return found;
}

function flawOf(text: string, field: Field, isKnown: IsKnown): Flaw | null {
  if (readWords(text, 0).unclosed !== null) {
    return 'unclosed';
  }
  const isOurs = field === 'metric' && text in (WORDS.METRIC ?? {});
  const isJudged = IS_DOTTED.test(text) && !isOurs;
  return isJudged && !isKnown(text.split('.')[0]!) ? 'unknown' : null;
}

function trimmed(compile: ICompile): Record<Field, string> {
  return Object.fromEntries(
    Object.entries(compile).map(([name, value]) => [name, `${value}`.trim()])
  ) as Record<Field, string>;
}
