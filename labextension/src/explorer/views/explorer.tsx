/** The explorer: what is searched for and filtered above, the lines, and what the chosen one says below. */

import * as React from 'react';

import { grouped } from '../models/figures';
import type { IChoice } from '../models/listing';
import { ERRORS, Listing, NOTHING, turned } from '../models/listing';
import type { ISaved, ITable } from '../models/saved';
import type { ITrans } from '../models/words';
import { Words } from '../models/words';
import { Detail } from './detail';
import { List } from './list';

/** No line's number, so that the first that is seen is chosen. */
const TOP = -1;

export interface IExplorerProps {
  readonly saved: ISaved;
  /** Unlike that of any other explorer in the page. */
  readonly id: string;
  readonly trans: ITrans;
  copy(text: string): Promise<void> | void;
  leave(): void;
}

export function Explorer(props: IExplorerProps): React.JSX.Element {
  const { saved, trans, id } = props;
  const words = React.useMemo(() => new Words(trans), [trans]);
  const [at, setAt] = React.useState(0);
  const [isOpening, setIsOpening] = React.useState(true);
  const [told, setTold] = React.useState('');
  const table = saved.tables[at] as ITable;
  const copy = (text: string, said: string): void => {
    void Promise.resolve(props.copy(text)).then(
      () => setTold(said),
      () => setTold(trans.__('This page may not copy.'))
    );
  };
  return (
    <div
      className="nbdspy nbdspy-Explorer"
      data-lm-suppress-shortcuts="true"
      role="region"
      aria-label={trans.__('Explore %1', saved.title)}
    >
      <div className="nbdspy-Bar">
        <b>{saved.title}</b>
        <span className="nbdspy-quiet">{saved.facts.join(' · ')}</span>
        <span className="nbdspy-grow" />
        <button onClick={props.leave}>{trans.__('Back to the card')}</button>
      </div>
      {saved.tables.length > 1 && (
        <div
          className="nbdspy-Bar"
          role="group"
          aria-label={trans.__('Tables')}
        >
          {saved.tables.map((each, place) => (
            <button
              key={place}
              aria-pressed={place === at}
              onClick={() => {
                setIsOpening(false);
                setAt(place);
              }}
            >
              {trans.__(
                '%1 %2',
                words.table(each.name),
                grouped(each.lines.length)
              )}
            </button>
          ))}
        </div>
      )}
      <Sheet
        key={at}
        isFocused={isOpening}
        table={table}
        id={`${id}-${at}`}
        words={words}
        copy={copy}
      />
      <p className="nbdspy-quiet" role="status">
        {told}
      </p>
    </div>
  );
}

interface ISheetProps {
  /** Whether it is begun with; a reader who turns to it is somewhere already. */
  readonly isFocused: boolean;
  readonly table: ITable;
  readonly id: string;
  readonly words: Words;
  copy(text: string, said: string): void;
}

function Sheet(props: ISheetProps): React.JSX.Element {
  const { table, id, words, copy, isFocused } = props;
  const { trans } = words;
  const listing = React.useMemo(
    () => new Listing(table, words),
    [table, words]
  );
  const filters = React.useMemo(() => listing.filters, [listing]);
  const [choice, setChoice] = React.useState<IChoice>(NOTHING);
  const wanted = React.useDeferredValue(choice);
  const [selected, setSelected] = React.useState(0);
  const [other, setOther] = React.useState<number | null>(null);
  const seen = React.useMemo(() => listing.seen(wanted), [listing, wanted]);
  const count = React.useMemo(() => listing.count(wanted), [listing, wanted]);
  const shown = seen.some(each => each.number === selected)
    ? selected
    : (seen.find(each => !each.isAround)?.number ?? -1);
  const all = table.lines.length;
  const fold = (number: number, isFolded: boolean): void => {
    const folded = new Set(choice.folded);
    if (isFolded) {
      folded.add(number);
    } else {
      folded.delete(number);
    }
    setChoice({ ...choice, folded });
  };
  const sort = (column: number): void => {
    setSelected(TOP);
    setChoice({ ...choice, order: turned(choice.order, column) });
  };
  return (
    <>
      {table.leftOut > 0 && (
        <p>
          {trans.__(
            '%1 of %2 %3 are kept in the notebook.',
            grouped(all),
            grouped(all + table.leftOut),
            words.table(table.name)
          )}
        </p>
      )}
      <div className="nbdspy-Bar">
        <input
          type="search"
          autoFocus={isFocused}
          placeholder={trans.__('Search')}
          aria-label={trans.__('Search in all that is kept')}
          value={choice.query}
          onChange={event =>
            setChoice({ ...choice, query: event.currentTarget.value })
          }
        />
        {filters.length > 1 || filters[0]?.key === ERRORS
          ? filters.map(({ key, label, count }) => (
              <button
                key={key}
                aria-pressed={choice.filter === key}
                onClick={() =>
                  setChoice({
                    ...choice,
                    filter: choice.filter === key ? '' : key
                  })
                }
              >
                {trans.__('%1 %2', label, grouped(count))}
              </button>
            ))
          : null}
        <span className="nbdspy-quiet" role="status">
          {count === all
            ? grouped(all)
            : trans.__('%1 of %2', grouped(count), grouped(all))}
        </span>
      </div>
      {seen.length > 0 ? (
        <List
          table={table}
          isTree={listing.isTree}
          seen={seen}
          selected={shown}
          id={id}
          label={words.table(table.name)}
          select={setSelected}
          fold={fold}
          order={choice.order}
          words={words}
          sort={sort}
        />
      ) : (
        <p className="nbdspy-quiet">{trans.__('Nothing is like that.')}</p>
      )}
      {table.leftOut > 0 && (
        <p className="nbdspy-quiet">
          {trans.__(
            '%1 more had no room in the notebook; Python has them all.',
            grouped(table.leftOut)
          )}
        </p>
      )}
      <Detail
        table={table}
        number={shown}
        other={other}
        words={words}
        copy={copy}
        copyLine={() =>
          copy(listing.asJson(shown), trans.__('Copied as JSON.'))
        }
        compare={() => setOther(shown)}
        release={() => setOther(null)}
      />
    </>
  );
}
