/** Signatures, and programs with their versions, as the panel shows them. */

import { useState } from 'react';

import * as snippets from '../snippets';
import type { IProgram, ISignature, IVersion } from '../tokens';
import type { IPart } from './parts';
import { Act, Acts, Rest } from './parts';
import { makerOf, noteOf } from '../words';

export function Signature({
  acts,
  known,
  signature,
  trans
}: IPart & { known: string[]; signature: ISignature }): JSX.Element {
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
          <Act onClick={() => acts.export(name)}>{trans.__('Export')}</Act>
          <Act onClick={() => acts.compile(name)}>{trans.__('Compile…')}</Act>
          <Compare name={name} known={known} acts={acts} trans={trans} />
        </Acts>
      </details>
    </li>
  );
}

export function Program({
  acts,
  known,
  program,
  trans
}: IPart & { known: string[]; program: IProgram }): JSX.Element {
  const { name, versions } = program;
  const last = versions[0];
  const now = versions.find(version => version.is_bound);
  const shown = now ?? last;
  const isKept = program.note === 'kept';
  return (
    <li className="nbdspy-Entry">
      <details>
        <summary>
          <span className="nbdspy-Name">
            {name}
            {isKept && <span className="nbdspy-Badge">{trans.__('kept')}</span>}
            {shown?.score && (
              <span className="nbdspy-Score">{shown.score}</span>
            )}
          </span>
          <span className="nbdspy-More">
            {[shown && makerOf(shown, trans), noteOf(program, trans)]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </summary>
        <Acts label={name}>
          {isKept && last && (
            <Act onClick={() => acts.restore(last.called)}>
              {trans.__('Restore')}
            </Act>
          )}
          <Act onClick={() => acts.show(name)}>{trans.__('Show')}</Act>
          {!isKept && (
            <>
              <Act onClick={() => acts.insert(snippets.usingProgram(program))}>
                {trans.__('Insert')}
              </Act>
              <Act onClick={() => acts.insert(snippets.promptOf(name))}>
                {trans.__('Prompt')}
              </Act>
            </>
          )}
          <Act onClick={() => acts.export(name)}>{trans.__('Export')}</Act>
          {!isKept && (
            <Act onClick={() => acts.compile(name)}>{trans.__('Compile…')}</Act>
          )}
          <Compare name={name} known={known} acts={acts} trans={trans} />
        </Acts>
        {versions.length > 0 && (
          <ol className="nbdspy-Versions" aria-label={trans.__('Versions')}>
            {versions.map(version => (
              <Version
                key={version.called}
                version={version}
                known={known}
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

/** Shows what became of a program: from the one that it was made of, or from one that is chosen. */
function Compare({
  acts,
  hasSource = false,
  known,
  name,
  trans
}: IPart & {
  hasSource?: boolean;
  known: string[];
  name: string;
}): JSX.Element | null {
  const others = known.filter(each => each !== name);
  const choices = hasSource ? ['', ...others] : others;
  const [wanted, setWanted] = useState('');
  const chosen = choices.includes(wanted) ? wanted : choices[0];
  return chosen === undefined ? null : (
    <span className="nbdspy-Compare">
      <Act onClick={() => acts.compare(name, chosen || undefined)}>
        {trans.__('Compare')}
      </Act>
      <select
        className="nbdspy-Act"
        aria-label={trans.__('Compare %1 with', name)}
        value={chosen}
        onChange={event => setWanted(event.target.value)}
      >
        {choices.map(each => (
          <option key={each} value={each}>
            {each ? trans.__('with %1', each) : trans.__('with its source')}
          </option>
        ))}
      </select>
    </span>
  );
}

function Version({
  acts,
  known,
  trans,
  version
}: IPart & { known: string[]; version: IVersion }): JSX.Element {
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
          makerOf(version, trans),
          version.parent && trans.__('from %1', version.parent),
          version.score &&
            trans.__(
              '%1 (%2) %3',
              version.score,
              version.interval,
              version.scored
            )
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <Acts label={called}>
        <Act onClick={() => acts.show(called)}>{trans.__('Show')}</Act>
        <Act onClick={() => acts.export(called)}>{trans.__('Export')}</Act>
        {!version.is_bound && (
          <Act onClick={() => acts.restore(called)}>{trans.__('Restore')}</Act>
        )}
        <Act onClick={() => acts.insert(snippets.bringingBack(called))}>
          {trans.__('Insert')}
        </Act>
        <Compare
          name={called}
          hasSource={Boolean(version.parent) || version.number > 1}
          known={known}
          acts={acts}
          trans={trans}
        />
      </Acts>
    </li>
  );
}
