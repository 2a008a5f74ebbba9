/** What the columns mean that `nbdspy.views.explorer` names, and how wide they are. */

/** Columns of a few words of ours, the first of which in a table is the one by which lines are filtered. */
const SORTS = ['verdict', 'change', 'kept', 'kind'];
/** Those of them whose words have colours. */
const COLOURED = ['verdict', 'change', 'kept'];
/** Columns of words of ours by which nobody filters. */
const WORDS = [...SORTS, 'from', 'now'];
const SHARES = /^(score|low|high)(?: |$)/;
const TIMES = ['at', 'seconds'];
/** Widths in `em`; columns of words share what is left. */
const WIDTHS: Record<string, number> = {
  row: 3,
  trial: 3,
  example: 4,
  verdict: 5,
  change: 5,
  kept: 5,
  kind: 6,
  score: 4,
  low: 4,
  high: 4,
  at: 6,
  seconds: 6,
  examples: 5,
  calls: 5
};

/** The place of the column by which lines are filtered; -1 where there is none. */
export function filtered(columns: readonly string[]): number {
  const name = SORTS.find(each => columns.includes(each));
  return name === undefined ? -1 : columns.indexOf(name);
}

/** Whether the words of a column have colours. */
export function isColoured(column: string): boolean {
  return COLOURED.includes(column);
}

/** Whether the words of a column are ours, and not those of a program or of data. */
export function isOfWords(column: string): boolean {
  return WORDS.includes(column);
}

/** What the numbers of a column are. */
export function unit(column: string): 'share' | 'time' | 'cost' | 'count' {
  if (SHARES.test(column)) {
    return 'share';
  }
  return TIMES.includes(column) ? 'time' : column === 'cost' ? 'cost' : 'count';
}

/** The width of a column in `em`; undefined of one that shares what others leave. */
export function width(column: string): number | undefined {
  return Object.hasOwn(WIDTHS, column) ? WIDTHS[column] : undefined;
}
