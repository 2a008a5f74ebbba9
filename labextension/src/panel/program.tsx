/** Signatures, and programs with their versions, as the panel shows them. */

import type { TranslationBundle } from '@jupyterlab/translation';

import * as snippets from '../commands/snippets';
import type { IProgram, ISignature, IVersion } from '../tokens';
import type { IPart } from './parts';
import { Act, Acts, Rest } from './parts';

export function Signature({
  acts,
  signature,
  trans
}: IPart & { signature: ISignature }): JSX.Element {
  const { instructions, name, text } = signature;
  return (
    <li className="nbdspy-Entry">
      <details>
        <summary>
          <span className="nbdspy-Name">{name}</span>
          <span className="nbdspy-More">{text}</span>
        </summary>
        <p className="nbdspy-More">{instructions}</p>
        <Acts label={name}>
          <Act onClick={() => acts.show(name)}>{trans.__('Show')}</Act>
          <Act onClick={() => acts.insert(snippets.askingOf(signature))}>
            {trans.__('Insert')}
          </Act>
          <Act onClick={() => acts.insert(snippets.promptOf(name))}>
            {trans.__('Prompt')}
          </Act>
          <Act onClick={() => acts.compile(name)}>{trans.__('Compile…')}</Act>
        </Acts>
      </details>
    </li>
  );
}

export function Program({
  acts,
  program,
  trans
}: IPart & { program: IProgram }): JSX.Element {
  const { name, note, versions } = program;
  const last = versions[0];
  const now = versions.find(version => version.is_bound);
  const shown = now ?? last;
  return (
    <li className="nbdspy-Entry">
      <details>
        <summary>
          <span className="nbdspy-Name">
            {name}
            {shown?.score && (
              <span className="nbdspy-Score">{shown.score}</span>
            )}
          </span>
          <span className="nbdspy-More">
            {[shown?.made_by, notes(note, trans)].filter(Boolean).join(' · ')}
          </span>
        </summary>
        <Acts label={name}>
          <Act onClick={() => acts.show(name)}>{trans.__('Show')}</Act>
          <Act onClick={() => acts.insert(snippets.usingProgram(program))}>
            {trans.__('Insert')}
          </Act>
          <Act onClick={() => acts.insert(snippets.promptOf(name))}>
            {trans.__('Prompt')}
          </Act>
          <Act onClick={() => acts.export(name)}>{trans.__('Export')}</Act>
          <Act onClick={() => acts.compile(name)}>{trans.__('Compile…')}</Act>
        </Acts>
        {versions.length > 0 && (
          <ol className="nbdspy-Versions" aria-label={trans.__('Versions')}>
            {versions.map(version => (
              <Version
                key={version.called}
                version={version}
                acts={acts}
                trans={trans}
              />
            ))}
          </ol>
        )}
        <Rest more={program.more} trans={trans} />
      </details>
    </li>
  );
}

function notes(note: string, trans: TranslationBundle): string {
  switch (note) {
    case 'changed since':
      return trans.__('changed since');
    case 'no version kept':
      return trans.__('no version kept');
    default:
      return note;
  }
}

function Version({
  acts,
  trans,
  version
}: IPart & { version: IVersion }): JSX.Element {
  const { called } = version;
  return (
    <li>
      <p className="nbdspy-Name">
        {called}
        {version.is_bound && (
          <span className="nbdspy-Badge">{trans.__('now')}</span>
        )}
      </p>
      <p className="nbdspy-More">
        {[
          version.made_by,
          version.parent && trans.__('from %1', version.parent),
          version.score &&
            `${version.score} (${version.interval}) ${version.scored}`
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <Acts label={called}>
        <Act onClick={() => acts.show(called)}>{trans.__('Show')}</Act>
        {(version.parent || version.number > 1) && (
          <Act onClick={() => acts.compare(called)}>{trans.__('Compare')}</Act>
        )}
        <Act onClick={() => acts.export(called)}>{trans.__('Export')}</Act>
        {!version.is_bound && (
          <Act onClick={() => acts.restore(called)}>{trans.__('Restore')}</Act>
        )}
        <Act onClick={() => acts.insert(snippets.bringingBack(called))}>
          {trans.__('Insert')}
        </Act>
      </Acts>
    </li>
  );
}
