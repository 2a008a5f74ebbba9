/** The lines that are seen; only those in sight are in the page, so that there may be thousands. */

import * as React from 'react';

import { isColoured, width } from '../models/columns';
import type { IOrder, ISeen } from '../models/listing';
import type { ITable } from '../models/saved';
import type { Words } from '../models/words';

const HEIGHT = 24; // pixels of a line
const MOST_SEEN = 14; // lines, before they scroll
const AROUND = 6; // lines above and below those in sight

export interface IListProps {
  readonly table: ITable;
  readonly isTree: boolean;
  readonly seen: readonly ISeen[];
  readonly selected: number;
  readonly id: string;
  readonly label: string;
  readonly order: IOrder | null;
  readonly words: Words;
  sort(column: number): void;
  select(number: number): void;
  fold(number: number, isFolded: boolean): void;
}

/** A list, or a tree, that is moved through by keys. */
export function List(props: IListProps): React.JSX.Element {
  const { table, seen, selected, isTree, id, words } = props;
  const names = table.columns.map(name => words.column(name));
  const box = React.useRef<HTMLDivElement>(null);
  const [top, setTop] = React.useState(0);
  const place = seen.findIndex(each => each.number === selected);
  const isNumber = React.useMemo(
    () =>
      table.columns.map((_, column) =>
        table.lines.every(
          line =>
            line.cells[column] === null ||
            typeof line.cells[column] === 'number'
        )
      ),
    [table]
  );
  const first = Math.max(0, Math.floor(top / HEIGHT) - AROUND);
  const last = Math.min(seen.length, first + MOST_SEEN + 2 * AROUND);
  const layout = React.useMemo(
    () => ({ gridTemplateColumns: widths(table, isTree, words) }),
    [table, isTree, words]
  );

  const go = (to: number): void => {
    const next = seen[Math.max(0, Math.min(seen.length - 1, to))];
    if (next) {
      props.select(next.number);
    }
  };
  React.useLayoutEffect(() => {
    const { current } = box;
    if (!current || place < 0) {
      return;
    }
    const at = place * HEIGHT;
    const height = current.clientHeight || MOST_SEEN * HEIGHT;
    if (at < current.scrollTop) {
      current.scrollTop = at;
    } else if (at + HEIGHT > current.scrollTop + height) {
      current.scrollTop = at + HEIGHT - height;
    }
    setTop(current.scrollTop);
  }, [place, seen]);

  const press = (event: React.KeyboardEvent): void => {
    const here = seen[place];
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(place + 1),
      ArrowUp: () => go(place - 1),
      PageDown: () => go(place + MOST_SEEN),
      PageUp: () => go(place - MOST_SEEN),
      Home: () => go(0),
      End: () => go(seen.length - 1)
    };
    if (isTree && here) {
      moves.ArrowRight = () =>
        here.isFolded ? props.fold(here.number, false) : go(place + 1);
      moves.ArrowLeft = () => {
        const parent = table.lines[here.number]?.parent ?? null;
        if (here.hasInside && !here.isFolded) {
          props.fold(here.number, true);
        } else if (parent !== null) {
          props.select(parent);
        }
      };
    }
    const move = moves[event.key];
    if (move && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      move();
    }
  };

  return (
    <div className="nbdspy-List">
      <div
        className="nbdspy-List-head"
        style={layout}
        role="group"
        aria-label={words.trans.__('Sort')}
      >
        {names.map((name, column) => {
          const order = props.order?.column === column ? props.order : null;
          const way = order === null ? '' : order.isDown ? '▼' : '▲';
          return (
            <button
              key={column}
              className={isNumber[column] ? 'nbdspy-number' : ''}
              aria-pressed={order !== null}
              aria-label={
                order === null
                  ? words.trans.__('Sort by %1', name)
                  : order.isDown
                    ? words.trans.__('Sorted by %1, largest first', name)
                    : words.trans.__('Sorted by %1, smallest first', name)
              }
              onClick={() => props.sort(column)}
            >
              {name}
              {way && <span className="nbdspy-way">{way}</span>}
            </button>
          );
        })}
      </div>
      <div
        ref={box}
        className="nbdspy-List-box"
        role={isTree ? 'tree' : 'listbox'}
        aria-label={words.trans.__('%1: %2', props.label, names.join(', '))}
        aria-activedescendant={place < 0 ? undefined : `${id}-${selected}`}
        tabIndex={0}
        style={{ height: Math.min(seen.length, MOST_SEEN) * HEIGHT }}
        onScroll={event => setTop(event.currentTarget.scrollTop)}
        onKeyDown={press}
      >
        <div style={{ height: seen.length * HEIGHT }} role="presentation">
          {seen.slice(first, last).map((each, offset) => (
            <Line
              key={each.number}
              {...props}
              each={each}
              place={first + offset}
              layout={layout}
              isNumber={isNumber}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Columns of words share what others leave, the longer their words the more. */
function widths(table: ITable, isTree: boolean, words: Words): string {
  const lines = table.lines.slice(0, 200);
  return table.columns
    .map((name, column) => {
      const fixed = width(name);
      if (fixed !== undefined) {
        return `${fixed}em`;
      }
      const most = Math.max(
        words.column(name).length,
        ...lines.map(line => words.cell(line.cells[column], name).length)
      );
      const share = Math.min(32, most) + (isTree && name === 'name' ? 8 : 0);
      return `minmax(4em, ${Math.max(6, share)}fr)`;
    })
    .join(' ');
}

interface ILineProps extends IListProps {
  readonly each: ISeen;
  readonly place: number;
  readonly layout: React.CSSProperties;
  readonly isNumber: readonly boolean[];
}

function Line(props: ILineProps): React.JSX.Element {
  const { table, each, place, isTree, words } = props;
  const name = table.columns.indexOf('name');
  const isSelected = each.number === props.selected;
  const cells = table.lines[each.number]?.cells ?? [];
  const fold = (event: React.MouseEvent): void => {
    event.stopPropagation();
    props.fold(each.number, !each.isFolded);
  };
  return (
    <div
      id={`${props.id}-${each.number}`}
      role={isTree ? 'treeitem' : 'option'}
      aria-selected={isSelected}
      aria-setsize={isTree ? undefined : props.seen.length}
      aria-posinset={isTree ? undefined : place + 1}
      aria-level={isTree ? each.level + 1 : undefined}
      aria-expanded={isTree && each.hasInside ? !each.isFolded : undefined}
      className={`nbdspy-Line${each.isAround ? ' nbdspy-mod-around' : ''}`}
      style={{ ...props.layout, top: place * HEIGHT, height: HEIGHT }}
      onClick={() => props.select(each.number)}
    >
      {cells.map((cell, column) => (
        <span
          key={column}
          className={props.isNumber[column] ? 'nbdspy-number' : ''}
          data-says={
            isColoured(table.columns[column] ?? '')
              ? `${cell ?? ''}`
              : table.columns[column] === 'error' && cell
                ? 'error'
                : undefined
          }
          title={
            typeof cell === 'string' && cell.length > 24 ? cell : undefined
          }
        >
          {isTree && column === name && (
            <>
              <i style={{ width: `${each.level}em` }} />
              <b onClick={each.hasInside ? fold : undefined}>
                {each.hasInside ? (each.isFolded ? '▸' : '▾') : ''}
              </b>
            </>
          )}
          {words.cell(cell, table.columns[column] ?? '')}
        </span>
      ))}
    </div>
  );
}
