/** What Python keeps beside a card, read with care: whoever wrote the notebook may have written anything there. */

/** A cell of a table. */
export type Cell = string | number | boolean | null;

/** A text that is read of a line; `length` is set where it was cut, to that of the whole. */
export interface IPart {
  readonly label: string;
  readonly text: string;
  readonly length: number | null;
}

/** A line of a table; its cells are in the order of the columns. */
export interface ILine {
  readonly cells: readonly Cell[];
  readonly parts: readonly IPart[];
  readonly parent: number | null;
}

export interface ITable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly lines: readonly ILine[];
  readonly leftOut: number;
}

export interface ISaved {
  readonly title: string;
  readonly facts: readonly string[];
  readonly tables: readonly ITable[];
}

/** The mimetypes of `nbdspy.views.explorer`, where their shape is described. */
export const MIMETYPES = ['trace', 'evaluation', 'compile', 'program'].map(
  kind => `application/vnd.nbdspy.${kind}.v1+json`
);

/** What is kept; null where it is not of the shape that we know, or where there is nothing in it. */
export function read(data: unknown): ISaved | null {
  if (!isRecord(data) || data.version !== 1 || !Array.isArray(data.tables)) {
    return null;
  }
  const texts = jsonLines(data.texts).map(asText);
  const tables = data.tables
    .map(table => readTable(table, texts))
    .filter(table => table !== null && table.lines.length > 0) as ITable[];
  const facts = (Array.isArray(data.facts) ? data.facts : [])
    .map(words)
    .filter(fact => fact !== '');
  return tables.length ? { title: words(data.title), facts, tables } : null;
}

type Text = Omit<IPart, 'label'>;

function readTable(table: unknown, texts: readonly Text[]): ITable | null {
  if (!isRecord(table) || !Array.isArray(table.columns)) {
    return null;
  }
  const names = table.columns.map(words);
  const parent = names.indexOf('parent');
  const parts = names.indexOf('parts');
  const rows = jsonLines(table.lines).filter(line => Array.isArray(line));
  const places = [...names.keys()].filter(
    place => place !== parent && place !== parts && isSaid(rows, place)
  );
  const lines = rows.map((line, number) => ({
    cells: places.map(place => asCell(line[place])),
    parts: asParts(line[parts], texts),
    parent: asParent(line[parent], number)
  }));
  return {
    name: words(table.name),
    columns: places.map(place => names[place] ?? ''),
    lines,
    leftOut: typeof table.left_out === 'number' ? table.left_out : 0
  };
}

/** Whether any line says something in a column. */
function isSaid(rows: readonly unknown[][], place: number): boolean {
  return rows.some(row => ![null, undefined, ''].includes(row[place] as null));
}

function asCell(value: unknown): Cell {
  return typeof value === 'object' || value === undefined
    ? null
    : (value as Cell);
}

/** A line is inside of one before it, or of none: a circle would never end. */
function asParent(value: unknown, number: number): number | null {
  return Number.isInteger(value) &&
    (value as number) >= 0 &&
    (value as number) < number
    ? (value as number)
    : null;
}

function asParts(value: unknown, texts: readonly Text[]): IPart[] {
  const found: IPart[] = [];
  for (const part of Array.isArray(value) ? value : []) {
    const text = Array.isArray(part) ? texts[count(part[1])] : undefined;
    if (text !== undefined) {
      found.push({ label: words(part[0]), ...text });
    }
  }
  return found;
}

function asText(value: unknown): Text {
  return Array.isArray(value)
    ? { text: words(value[0]), length: count(value[1]) || null }
    : { text: words(value), length: null };
}

/** A number; one that no list has a place for where it is none. */
function count(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function jsonLines(value: unknown): unknown[] {
  try {
    return words(value)
      .split('\n')
      .filter(line => line)
      .map(line => JSON.parse(line) as unknown);
  } catch {
    return [];
  }
}
