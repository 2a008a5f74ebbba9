/** What every part of the panel is made of: a section with its count, and buttons in a group. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReactNode } from 'react';
import { useId } from 'react';

import type { IEntries, Steering } from '../tokens';

/** What the panel can have done. */
export interface IActs {
  load(): void;
  insert(source: string): void;
  steer(run: number, what: Steering): void;
  showRun(run: number, title: string): void;
  show(program: string): void;
  /** Show what became of a program: from another, or from the one that it was made of. */
  compare(program: string, other?: string): void;
  export(program: string): void;
  restore(program: string): void;
  compile(program: string): void;
}

export interface IWords {
  trans: TranslationBundle;
}

export interface IPart extends IWords {
  acts: IActs;
}

export function Section<T>(
  props: IWords & {
    title: string;
    list: IEntries<T>;
    empty: string;
    children: (entry: T) => ReactNode;
  }
): JSX.Element {
  const { children, empty, list, title, trans } = props;
  const id = useId();
  return (
    <section className="nbdspy-Section" aria-labelledby={id}>
      <h3 id={id}>
        {title}
        {list.entries.length > 0 && (
          <span className="nbdspy-Count">
            {list.entries.length + list.more}
          </span>
        )}
      </h3>
      {list.entries.length > 0 ? (
        <ul>{list.entries.map(children)}</ul>
      ) : (
        <p className="nbdspy-Empty">{empty}</p>
      )}
      <Rest more={list.more} trans={trans} />
    </section>
  );
}

export function Rest({
  more,
  trans
}: IWords & { more: number }): JSX.Element | null {
  return more > 0 ? (
    <p className="nbdspy-Empty">
      {trans._n('%1 more is not shown.', '%1 more are not shown.', more)}
    </p>
  ) : null;
}

export function Acts({
  children,
  label
}: {
  children: ReactNode;
  label: string;
}): JSX.Element {
  return (
    <div className="nbdspy-Acts" role="group" aria-label={label}>
      {children}
    </div>
  );
}

export function Act({
  children,
  isMain = false,
  onClick
}: {
  children: ReactNode;
  isMain?: boolean;
  onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      className={isMain ? 'nbdspy-Act nbdspy-mod-main' : 'nbdspy-Act'}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
