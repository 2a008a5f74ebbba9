/** What a line says in full, or what differs from another one. */

import * as React from 'react';

import { grouped } from '../models/figures';
import type { ILine, IPart, ITable } from '../models/saved';
import { compared } from '../models/wording';
import type { Words } from '../models/words';

export interface IDetailProps {
  readonly table: ITable;
  readonly number: number;
  /** The line that it is compared with. */
  readonly other: number | null;
  readonly words: Words;
  /** Copy a text, and then say something. */
  copy(text: string, said: string): void;
  copyLine(): void;
  compare(): void;
  release(): void;
}

export function Detail(props: IDetailProps): React.JSX.Element | null {
  const { table, number, other, words } = props;
  const { trans } = words;
  const line = table.lines[number];
  if (!line) {
    return null;
  }
  const against = other === null ? undefined : table.lines[other];
  const canCompare = table.lines.filter(each => each.parts.length).length > 1;
  return (
    <section className="nbdspy-Detail" aria-label={trans.__('What was chosen')}>
      <div className="nbdspy-Bar">
        <button onClick={props.copyLine}>{trans.__('Copy as JSON')}</button>
        {line.parts.length > 1 && (
          <button
            onClick={() =>
              props.copy(whole(line), trans.__('All of it copied.'))
            }
          >
            {trans.__('Copy all')}
          </button>
        )}
        {canCompare && line.parts.length > 0 && other !== number && (
          <button onClick={props.compare}>
            {trans.__('Compare from here')}
          </button>
        )}
        {other !== null && (
          <button onClick={props.release}>{trans.__('End comparing')}</button>
        )}
      </div>
      {other !== null && other !== number && (
        <p className="nbdspy-quiet">
          {trans.__(
            'What changed from %1 to %2',
            named(table, other, words),
            named(table, number, words)
          )}
        </p>
      )}
      {other === number && (
        <p className="nbdspy-quiet">
          {trans.__('Now choose the line to compare it with.')}
        </p>
      )}
      {against && other !== number ? (
        <Difference before={against} after={line} words={words} />
      ) : (
        <>
          <Cells table={table} line={line} words={words} />
          {line.parts.map((part, place) => (
            <Part key={place} part={part} words={words} copy={props.copy} />
          ))}
        </>
      )}
    </section>
  );
}

function Cells(props: {
  table: ITable;
  line: ILine;
  words: Words;
}): React.JSX.Element {
  const { table, line, words } = props;
  return (
    <dl>
      {line.cells.map((cell, place) => {
        const column = table.columns[place] ?? '';
        const text = words.cell(cell, column);
        return text ? (
          <div key={place}>
            <dt>{words.column(column)}</dt>
            <dd>{text}</dd>
          </div>
        ) : null;
      })}
    </dl>
  );
}

function Part(props: {
  part: IPart;
  words: Words;
  copy(text: string, said: string): void;
}): React.JSX.Element {
  const { part, words } = props;
  const { trans } = words;
  const label = words.part(part.label);
  return (
    <div>
      <div className="nbdspy-Bar">
        <b>{label}</b>
        <button
          aria-label={trans.__('Copy %1', label)}
          onClick={() => props.copy(part.text, trans.__('%1 copied.', label))}
        >
          {trans.__('Copy')}
        </button>
      </div>
      <pre tabIndex={0}>{part.text}</pre>
      {part.length !== null && (
        <p className="nbdspy-quiet">
          {trans.__(
            '%1 characters, the first %2 kept',
            grouped(part.length),
            grouped(part.text.length)
          )}
        </p>
      )}
    </div>
  );
}

function Difference(props: {
  before: ILine;
  after: ILine;
  words: Words;
}): React.JSX.Element {
  const { before, after, words } = props;
  const pairs = pairsOf(before, after);
  return (
    <>
      {pairs.map(([label, old, now], place) => (
        <div key={place}>
          <b>{words.part(label)}</b>
          {old === now ? (
            <p className="nbdspy-quiet">
              {words.trans.__('The same in both.')}
            </p>
          ) : (
            <pre tabIndex={0}>
              {compared(old, now).map(({ kind, text }, at) =>
                kind === 'gone' ? (
                  <del key={at}>{text}</del>
                ) : kind === 'new' ? (
                  <ins key={at}>{text}</ins>
                ) : (
                  <span key={at}>{text}</span>
                )
              )}
            </pre>
          )}
        </div>
      ))}
    </>
  );
}

/** The texts of both lines, each with the one of its label and place. */
function pairsOf(before: ILine, after: ILine): [string, string, string][] {
  const keyed = (line: ILine): Map<string, IPart> => {
    const times = new Map<string, number>();
    const found = new Map<string, IPart>();
    for (const part of line.parts) {
      const time = (times.get(part.label) ?? 0) + 1;
      times.set(part.label, time);
      found.set(`${part.label}\n${time}`, part);
    }
    return found;
  };
  const [old, now] = [keyed(before), keyed(after)];
  return [...new Set([...old.keys(), ...now.keys()])].map(key => [
    key.split('\n')[0] ?? '',
    old.get(key)?.text ?? '',
    now.get(key)?.text ?? ''
  ]);
}

/** How a line is called: by its name, or by what stands in its first column. */
function named(table: ITable, number: number, words: Words): string {
  const name = table.columns.indexOf('name');
  const cells = table.lines[number]?.cells ?? [];
  const at = name < 0 ? 0 : name;
  const column = table.columns[at] ?? '';
  const cell = words.cell(cells[at], column);
  return words.trans.__('%1 %2', words.column(column), cell);
}

function whole(line: ILine): string {
  return line.parts
    .map(({ label, text }) => `[${label}]\n${text}`)
    .join('\n\n');
}
