/** Which lines of a table are seen, and in which order: what is searched for, filtered, folded and sorted. */

import { filtered } from './columns';
import type { Cell, ILine, ITable } from './saved';
import type { Words } from './words';

/** Filters; more would not be read. */
const MOST_FILTERS = 10;

/** What the reader has chosen. */
export interface IChoice {
  readonly query: string;
  readonly filter: string;
  readonly folded: ReadonlySet<number>;
  readonly order: IOrder | null;
}

/** The column that lines are sorted by; those that say nothing there come last. */
export interface IOrder {
  readonly column: number;
  readonly isDown: boolean;
}

export const NOTHING: IChoice = {
  query: '',
  filter: '',
  folded: new Set(),
  order: null
};
/** The filter of lines that have an error. */
export const ERRORS = 'error:';

export interface IFilter {
  readonly key: string;
  readonly label: string;
  readonly count: number;
}

/** A line that is seen; of one that only holds others that were found `isAround` is true. */
export interface ISeen {
  readonly number: number;
  readonly level: number;
  readonly isAround: boolean;
  readonly isFolded: boolean;
  readonly hasInside: boolean;
}

/** A table to look through. */
export class Listing {
  constructor(
    readonly table: ITable,
    private readonly _words: Words
  ) {
    this.isTree = table.lines.some(line => line.parent !== null);
    this._inside = new Set(table.lines.map(line => line.parent));
    this._sort = filtered(table.columns);
    this._error = table.columns.indexOf('error');
    table.lines.forEach(line => {
      const above = line.parent === null ? -1 : this._levels[line.parent];
      this._levels.push((above ?? -1) + 1);
    });
  }

  readonly isTree: boolean;

  /** How the lines can be filtered, with how many there are of each. */
  get filters(): IFilter[] {
    const counts = new Map<string, number>();
    for (const line of this.table.lines) {
      const sort = this._sortOf(line);
      if (sort) {
        counts.set(sort, (counts.get(sort) ?? 0) + 1);
      }
    }
    const column = this.table.columns[this._sort] ?? '';
    const filters = [...counts].map(([sort, count]) => ({
      key: `is:${sort}`,
      label: this._words.cell(sort, column),
      count
    }));
    const errors = this.table.lines.filter(line => this._fails(line)).length;
    if (errors && !counts.has('failed')) {
      filters.unshift({
        key: ERRORS,
        label: this._words.column('error'),
        count: errors
      });
    }
    return filters.slice(0, MOST_FILTERS);
  }

  /** How many lines hold what is searched for, and are of what is filtered. */
  count(choice: IChoice): number {
    return this.table.lines.filter(this._found(choice)).length;
  }

  /**
   * The lines that are seen, in order; around those that were found stand the ones that they are inside of. In a tree
   * lines are sorted among those that are inside of the same one.
   */
  seen(choice: IChoice): ISeen[] {
    const { lines } = this.table;
    const isFound = this._found(choice);
    const isOpen = !choice.query && !choice.filter;
    const shown = new Map<number, boolean>();
    lines.forEach((line, number) => {
      if (!isFound(line)) {
        return;
      }
      shown.set(number, false);
      for (let at = line.parent; at !== null && !shown.has(at);) {
        shown.set(at, true);
        at = lines[at]?.parent ?? null;
      }
    });
    const hidden = new Set<number>();
    const found: ISeen[] = [];
    for (const [number, line] of lines.entries()) {
      const isHidden =
        line.parent !== null &&
        isOpen &&
        (hidden.has(line.parent) || choice.folded.has(line.parent));
      if (isHidden) {
        hidden.add(number);
      } else if (shown.has(number)) {
        found.push({
          number,
          level: this._levels[number] ?? 0,
          isAround: shown.get(number) === true,
          isFolded: isOpen && choice.folded.has(number),
          hasInside: this._inside.has(number)
        });
      }
    }
    return choice.order === null ? found : this._sorted(found, choice.order);
  }

  /** What a line holds, as JSON that people can read. */
  asJson(number: number): string {
    const line = this.table.lines[number];
    const row: Record<string, unknown> = {};
    this.table.columns.forEach((name, place) => {
      const cell = line?.cells[place] ?? null;
      if (cell !== null && cell !== '') {
        row[name] = cell;
      }
    });
    if (line?.parts.length) {
      row.parts = line.parts.map(({ label, text, length }) =>
        length === null ? { label, text } : { label, text, length }
      );
    }
    return JSON.stringify(row, null, 2);
  }

  private _sorted(
    found: readonly ISeen[],
    { column, isDown }: IOrder
  ): ISeen[] {
    const { lines } = this.table;
    const cell = ({ number }: ISeen): Cell =>
      lines[number]?.cells[column] ?? '';
    const inside = new Map<number | null, ISeen[]>();
    for (const each of found) {
      const parent = lines[each.number]?.parent ?? null;
      const group = inside.get(parent);
      if (group) {
        group.push(each);
      } else {
        inside.set(parent, [each]);
      }
    }
    const sorted: ISeen[] = [];
    const waiting = [inside.get(null)?.values() ?? [].values()];
    for (const group of inside.values()) {
      group.sort((one, other) => compare(cell(one), cell(other), isDown));
    }
    for (let group = waiting.pop(); group; group = waiting.pop()) {
      const next = group.next();
      if (!next.done) {
        sorted.push(next.value);
        waiting.push(
          group,
          inside.get(next.value.number)?.values() ?? [].values()
        );
      }
    }
    return sorted;
  }

  /** What a line is of those that are filtered, as it stands in the notebook. */
  private _sortOf(line: ILine): string {
    return String(line.cells[this._sort] ?? '');
  }

  private _fails(line: ILine): boolean {
    return this._error >= 0 && Boolean(line.cells[this._error]);
  }

  private _found(choice: IChoice): (line: ILine) => boolean {
    const query = choice.query.trim().toLowerCase();
    const texts = new Map<string, boolean>(); // many lines share one
    const holds = (text: string): boolean => {
      let known = texts.get(text);
      if (known === undefined) {
        known = text.toLowerCase().includes(query);
        texts.set(text, known);
      }
      return known;
    };
    return line =>
      this._passes(line, choice.filter) &&
      (!query ||
        line.cells.some((cell, place) =>
          this._words
            .cell(cell, this.table.columns[place] ?? '')
            .toLowerCase()
            .includes(query)
        ) ||
        line.parts.some(part => holds(part.text)));
  }

  private _passes(line: ILine, filter: string): boolean {
    if (!filter) {
      return true;
    }
    return filter === ERRORS
      ? this._fails(line)
      : filter === `is:${this._sortOf(line)}`;
  }

  private readonly _levels: number[] = [];
  private readonly _inside: ReadonlySet<number | null>;
  private readonly _sort: number;
  private readonly _error: number;
}

/** The order after a click on a column's name: up, then down, then as the lines came. */
export function turned(order: IOrder | null, column: number): IOrder | null {
  if (order?.column !== column) {
    return { column, isDown: false };
  }
  return order.isDown ? null : { column, isDown: true };
}

/** Numbers before words, and what says nothing last, whichever way. */
function compare(one: Cell, other: Cell, isDown: boolean): number {
  const places = [one, other].map(cell =>
    cell === '' || cell === null ? 2 : typeof cell === 'number' ? 0 : 1
  );
  if (places[0] !== places[1] || places[0] === 2) {
    return (places[0] ?? 0) - (places[1] ?? 0);
  }
  const difference =
    typeof one === 'number' && typeof other === 'number'
      ? one - other
      : COLLATOR.compare(String(one), String(other));
  return isDown ? -difference : difference;
}

const COLLATOR = new Intl.Collator('en', { numeric: true });
