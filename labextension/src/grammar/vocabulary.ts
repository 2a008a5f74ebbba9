/** What is known of the language without asking a kernel. `vocabulary.py` writes it from nbdspy itself. */

import known from './vocabulary.json';

/** One option of a magic: its name, what it takes (nothing for a switch), and what it does. */
export interface IOption {
  name: string;
  takes: string;
  help: string;
}

export interface IMagic {
  name: string;
  target: string;
  summary: string;
  isCell: boolean;
  isLine: boolean;
  options: IOption[];
}

export const MAGICS: ReadonlyMap<string, IMagic> = new Map(
  known.magics.map(magic => [magic.name, magic])
);

export const KEYWORDS: ReadonlySet<string> = new Set(known.keywords);
export const RESERVED: ReadonlySet<string> = new Set(known.reserved);
/** What can be said of a field where a class declares it; the others are of old tutorials. */
export const FIELD_OPTIONS: readonly string[] = known.fieldOptions;
export const WITHOUT_EFFECT: readonly string[] = known.withoutEffect;
export const BUILTINS: readonly string[] = known.types.builtins;
export const TYPING: readonly string[] = known.types.typing;
/** Types of the standard library and of nbdspy, by the module that has them. */
export const ELSEWHERE: Readonly<Record<string, string>> =
  known.types.elsewhere;
/** What a type is called elsewhere, and what it is in Python. */
export const SAME_IN_PYTHON: Readonly<Record<string, string>> =
  known.types.sameInPython;
export const WITHOUT_BRACKETS: ReadonlySet<string> = new Set(
  known.types.withoutBrackets
);
/** Types that take a text in brackets, like Code["java"]. */
export const WITH_CHOICES: ReadonlySet<string> = new Set(
  known.types.withChoices
);
export const WAYS_OUT: string = known.types.waysOut;
/** How the type of a field may begin. */
export const FIELD_TYPES: readonly string[] = known.fieldTypes;
/** By placeholder, such as METRIC: the words of every notebook, each with what it means. */
export const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> =
  known.words;
/** The functions that give a data set as tables, and the classes that have it in parts. */
export const DATA_SETS: Readonly<
  Record<'tables' | 'classes', readonly string[]>
> = known.dataSets;
/** What may be set of an optimizer, by its name or its class's. */
export const SETTINGS: Readonly<Record<string, readonly string[]>> =
  known.settings;
/** What a line takes that says nothing; `compiled` follows the program in the name of its best. */
export const DEFAULTS = known.defaults;
/** Optimizers by the names that a line calls them by; those of their classes are others. */
export const OPTIMIZERS: readonly string[] = Object.keys(
  known.words.OPTIMIZER
).filter(name => name === name.toLowerCase());
