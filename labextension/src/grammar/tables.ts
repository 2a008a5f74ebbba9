/** Which names stand for examples, as far as the text of a notebook's cells tells. */

import { IS_NAME, NAME } from './identifiers';
import { readWords } from './lines';
import { callsIn } from './ours';
import { DATA_SETS } from './vocabulary';

/** Names that are bound at the beginning of a line, and how what they are bound to begins. */
const BOUND = new RegExp(
  `^(${NAME}(?:[ \\t]*,[ \\t]*${NAME})*)[ \\t]*=[ \\t]*(?=[^=\\s])`,
  'gmu'
);
const READERS =
  /^(?:\w+\.)*(?:DataFrame|read_\w+|from_(?:csv|json|pandas|parquet|huggingface|dict|records|list)|load_dataset|train_test_split)\(/;
const ROWS = /^[[(]\s*(?:\{|(?:\w+\.)?Example\()/;
const TABLES = new RegExp(`^(?:\\w+\\.)*(?:${DATA_SETS.tables.join('|')})\\(`);
const CLASSES = new RegExp(
  `^(?:\\w+\\.)*(?:${DATA_SETS.classes.join('|')})\\(`
);
/** A part of what another name stands for. */
const PART = new RegExp(
  `^(${NAME})(?:\\[(?!["'])|\\.(?:iloc|loc|head|tail|sample)\\b)`,
  'u'
);
const PARTS = ['train', 'dev', 'test'];

/** The names of DataFrames, lists of rows and parts of data sets, those that are known already first. */
export function tablesIn(
  sources: readonly string[],
  known: readonly string[] = []
): string[] {
  const found = new Set(known);
  for (const source of sources) {
    for (const match of source.matchAll(BOUND)) {
      const names = match[1]!.split(',').map(name => name.trim());
      const value = source.slice(match.index + match[0].length);
      for (const name of names) {
        for (const table of namedBy(name, value, names.length, found)) {
          found.add(table);
        }
      }
    }
    for (const name of usedIn(source)) {
      found.add(name);
    }
  }
  return [...found].filter(name => !name.startsWith('_'));
}

/** What a name stands for from now on: one table, the parts of a data set, or nothing that is known. */
function namedBy(
  name: string,
  value: string,
  count: number,
  known: ReadonlySet<string>
): string[] {
  if (CLASSES.test(value)) {
    return PARTS.map(part => `${name}.${part}`);
  }
  const gives =
    TABLES.test(value) ||
    READERS.test(value) ||
    (count === 1 &&
      (ROWS.test(value) || known.has(PART.exec(value)?.[1] ?? '')));
  return gives ? [name] : [];
}

/** The names that lines of ours take for examples. */
function usedIn(source: string): string[] {
  const calls = source.includes('%') ? callsIn(source) : [];
  return calls.flatMap(({ after, magic, to }) => {
    const words = readWords(source.slice(0, to), after).words;
    const takers = magic.options.filter(({ takes }) => takes === 'DF');
    return words
      .filter((_, at) =>
        takers.some(({ name }) => name === words[at - 1]?.text)
      )
      .map(({ text }) => text)
      .filter(text => IS_NAME.test(text));
  });
}
