/** A compile as the panel shows it: how far it is, and what can be done to it. */

import * as snippets from '../snippets';
import type { IRun, Steering } from '../tokens';
import type { IPart } from './parts';
import { Act, Acts } from './parts';
import { phaseOf, runStateOf } from '../words';

export function Run({ acts, run, trans }: IPart & { run: IRun }): JSX.Element {
  const name = run.name || run.program;
  const label = trans.__('Run %1, %2', run.number, name);
  const steering: Record<Steering, string> = {
    pause: trans.__('Pause'),
    resume: trans.__('Resume'),
    stop: trans.__('Stop, keep best')
  };
  const isGoing = run.actions.length > 0 || run.state === 'stopping';
  const best = run.best && trans.__('best %1 (%2)', run.best, run.interval);
  return (
    <li className="nbdspy-Entry">
      <p className="nbdspy-Name">
        {trans.__('run %1 · %2', run.number, name)}
        <span className="nbdspy-RunState" data-state={run.state}>
          {runStateOf(run.state, trans)}
        </span>
      </p>
      <p className="nbdspy-More">
        {trans.__('%1 of %2', run.optimizer, run.program)}
        {run.phase && ` · ${phaseOf(run.phase, trans)}`}
      </p>
      {isGoing && run.total > 0 && (
        <progress
          aria-label={trans.__('%1: how far it is', label)}
          value={run.done}
          max={run.total}
        />
      )}
      <p className="nbdspy-More">
        {[
          isGoing && run.total > 0
            ? run.counted || trans.__('%1 of %2 programs', run.done, run.total)
            : trans._n('%1 program scored', '%1 programs scored', run.trials),
          best,
          ...run.facts
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {run.why && (
        <p className="nbdspy-Why" data-state={run.state}>
          {run.why}
        </p>
      )}
      <Acts label={label}>
        {run.actions.map(what => (
          // The button that was pressed stays, so that the keyboard stays on it.
          <Act
            key={what === 'stop' ? what : 'turn'}
            onClick={() => acts.steer(run.number, what)}
          >
            {steering[what]}
          </Act>
        ))}
        <Act onClick={() => acts.showRun(run.number, label)}>
          {trans.__('Show')}
        </Act>
        <Act onClick={() => acts.insert(snippets.showingRun(run))}>
          {trans.__('Insert')}
        </Act>
      </Acts>
    </li>
  );
}
