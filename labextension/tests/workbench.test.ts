/** Which state the panel is in, and how it comes from one to another. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { SPEAKS_OF_IT } from '../src/grammar/ours';
import { Workbench } from '../src/workbench';
import { FakeKernel, FakeSession, FakeSessions, settled } from './fakes';
import { BUSY, CHANGED, GONE, PAUSED, REFUSED, STOPPED } from './panel_cases';

const TRANS = { __: (text: string) => text } as TranslationBundle;

async function opened(
  kernel: FakeKernel | null,
  mentions = true
): Promise<{
  session: FakeSession;
  workbench: Workbench;
  waits: (() => void)[];
}> {
  const session = new FakeSession(kernel, mentions);
  const waits: (() => void)[] = [];
  const later = (_: number, act: () => void): void => void waits.push(act);
  const workbench = new Workbench(new FakeSessions(session), TRANS, later);
  await settled();
  return { session, workbench, waits };
}

test('there may be no notebook, and then one', async () => {
  const sessions = new FakeSessions();
  const workbench = new Workbench(sessions, TRANS);
  expect(workbench.state).toBe('noNotebook');

  sessions.show(new FakeSession(new FakeKernel()));
  await settled();

  expect(workbench.state).toBe('idle');
  expect(workbench.sections.model?.name).toBe('smollm2');
  sessions.show(null);
  expect(workbench.state).toBe('noNotebook');
  expect(workbench.sections).toEqual({});
});

test('a notebook may have no kernel, not yet, or one of another language', async () => {
  const { session, workbench } = await opened(null);
  expect(workbench.state).toBe('noKernel');
  session.isStarting = true;
  expect(workbench.state).toBe('starting');

  session.isStarting = false;
  session.fake = new FakeKernel();
  session.fake.language = 'R';
  session.changed.emit();
  await settled();

  expect(workbench.state).toBe('otherLanguage');
  expect(session.fake.comms).toEqual([]);
});

test('a notebook that does not speak of nbdspy is left alone until a cell does', async () => {
  const kernel = new FakeKernel();
  const { workbench } = await opened(kernel, false);
  expect(workbench.state).toBe('notLoaded');
  kernel.run('x = 1');
  kernel.end();
  await settled();
  expect(kernel.comms).toEqual([]);

  kernel.run('%load_ext nbdspy');
  kernel.end();
  await settled();

  expect(workbench.state).toBe('idle');
});

test('a cell that loads and goes on is noticed before it ends', async () => {
  const kernel = new FakeKernel(false);
  const { waits, workbench } = await opened(kernel);
  expect(workbench.state).toBe('notLoaded');

  kernel.run('%load_ext nbdspy\n%compile Intent --data train');
  waits.shift()!();
  await settled();
  expect(workbench.state).toBe('notLoaded');
  kernel.isLoaded = true;
  waits.shift()!();
  await settled();

  expect(workbench.state).toBe('running');
  waits.shift()!();
  expect(kernel.comms).toHaveLength(3);
});

test('what runs on other shells is no running cell', async () => {
  const kernel = new FakeKernel();
  const { workbench } = await opened(kernel);

  kernel.hear('status', { execution_state: 'busy' }, 'comm_msg');
  expect(workbench.state).toBe('idle');
  kernel.run('compile()');
  kernel.hear('status', { execution_state: 'idle' }, 'comm_msg');
  expect(workbench.state).toBe('running');
  const aside = ['execute_request', 'a subshell'] as const; // as in a console
  kernel.hear('status', { execution_state: 'idle' }, ...aside);
  expect(workbench.state).toBe('running');
  kernel.end();
  kernel.hear('status', { execution_state: 'busy' }, ...aside);
  expect(workbench.state).toBe('idle');
});

test('a notebook whose cell runs is left and come back to', async () => {
  const kernel = new FakeKernel();
  const first = new FakeSession(kernel);
  const sessions = new FakeSessions(first);
  const workbench = new Workbench(sessions, TRANS);
  await settled();
  kernel.answers = (comm, { id }) => comm.tell({ ...BUSY, answer: id });
  kernel.run('%compile Intent');
  kernel.status = 'idle'; // of a subshell

  sessions.show(new FakeSession(new FakeKernel(false)));
  await settled();
  expect(workbench.state).toBe('notLoaded');
  sessions.show(first);
  await settled();
  expect(workbench.state).toBe('running');

  kernel.end();
  expect(workbench.state).toBe('idle');
});

test('what is reloaded answers again', async () => {
  const kernel = new FakeKernel();
  const { workbench } = await opened(kernel);

  kernel.run('%reload_ext nbdspy');
  kernel.comm.tell(CHANGED);
  kernel.comm.tell(GONE);
  expect(workbench.state).toBe('notLoaded');
  kernel.end();
  await settled();

  expect(workbench.state).toBe('idle');
  expect(kernel.comms).toHaveLength(2);
});

test('a kernel that has run a cell since before the page was opened is being asked', async () => {
  const kernel = new FakeKernel();
  let introduce = (): void => undefined;
  kernel.introduced = new Promise<void>(done => (introduce = done));
  const { workbench } = await opened(kernel);
  expect(workbench.state).toBe('asking');

  introduce();
  await settled();

  expect(workbench.state).toBe('idle');
});

test('what a cell promised of one kernel is not hoped of another', async () => {
  const waits: (() => void)[] = [];
  const [python, r] = [new FakeKernel(false), new FakeKernel(false)];
  r.language = 'R';
  const sessions = new FakeSessions(new FakeSession(python));
  const later = (_: number, act: () => void): void => void waits.push(act);
  const workbench = new Workbench(sessions, TRANS, later);
  await settled();
  python.run('%load_ext nbdspy\n%compile Intent');

  sessions.show(new FakeSession(r));
  waits.forEach(act => act());
  await settled();
  waits.forEach(act => act());
  r.run('library(nbdspy)');
  r.end();

  expect(workbench.state).toBe('otherLanguage');
  expect(r.comms).toEqual([]);
});

test.each([
  [
    'is started anew',
    (other: FakeSession) => {
      other.turn('restarting');
      other.turn('idle');
    }
  ],
  ['says so', ({ fake }: FakeSession) => fake!.comm.tell(GONE)]
])('a kernel has nbdspy for all its notebooks until it %s', async (_, ends) => {
  const [kernel, again] = [new FakeKernel(), new FakeKernel()];
  again.id = kernel.id; // another connection to it
  const one = new FakeSession(kernel, false);
  const other = new FakeSession(again, false);
  const sessions = new FakeSessions(one);
  const workbench = new Workbench(sessions, TRANS);
  kernel.run('%load_ext nbdspy');
  kernel.end();
  await settled();

  sessions.show(other);
  await settled();
  expect(workbench.state).toBe('idle');
  ends(other);
  await settled();
  expect(workbench.state).toBe('notLoaded');
  sessions.show(one);
  await settled();

  expect(workbench.state).toBe('notLoaded');
  expect([kernel, again].map(each => each.comms.length)).toEqual([1, 1]);
});

test('a kernel that has not answered yet is being asked', async () => {
  const kernel = new FakeKernel();
  kernel.answers = () => undefined;

  const { workbench } = await opened(kernel);

  expect(workbench.state).toBe('asking');
});

test('after a restart nbdspy has to be loaded again', async () => {
  const kernel = new FakeKernel();
  const { session, workbench } = await opened(kernel);
  session.turn('restarting');
  expect(workbench.state).toBe('starting');
  expect(workbench.sections).toEqual({});
  kernel.isLoaded = false;
  session.turn('idle');
  await settled();
  expect(workbench.state).toBe('notLoaded');

  kernel.isLoaded = true;
  kernel.run('%load_ext nbdspy');
  kernel.end();
  await settled();

  expect(workbench.state).toBe('idle');
  session.turn('dead');
  expect(workbench.state).toBe('noKernel');
});

test('a lost connection is said, and what was missed is asked for', async () => {
  const kernel = new FakeKernel();
  const { session, workbench } = await opened(kernel);
  session.turn('unknown', 'connecting');
  expect(workbench.state).toBe('disconnected');

  session.turn('idle');
  await settled();

  expect(workbench.state).toBe('idle');
  expect(kernel.comms).toHaveLength(1);
  expect(kernel.comm.said.map(each => each.do)).toEqual(['watch', 'watch']);
});

test('all is followed only while somebody looks', async () => {
  const kernel = new FakeKernel();
  const { workbench } = await opened(kernel);

  workbench.watchAll(true);
  await settled();
  workbench.watchAll(true);
  workbench.watchAll(false);
  await settled();

  expect(kernel.comm.said.map(each => each.sections?.length)).toEqual([
    2, 5, 2
  ]);
});

test('what changed takes the place of what was known', async () => {
  const kernel = new FakeKernel();
  const { workbench } = await opened(kernel);
  let changes = 0;
  workbench.changed.connect(() => void (changes += 1));

  kernel.comm.tell(CHANGED);

  expect(changes).toBe(1);
  expect(workbench.sections.runs).toEqual(CHANGED.changed.runs);
  expect(workbench.sections.model?.name).toBe('smollm2');
});

test('what came of a request is said, a refusal too', async () => {
  const kernel = new FakeKernel();
  const { workbench } = await opened(kernel);
  kernel.answers = (comm, { id, run }) =>
    comm.tell(
      run === 3 ? { ...PAUSED, answer: id } : { ...REFUSED, answer: id }
    );

  expect(await workbench.ask({ do: 'pause', run: 3 })).not.toBeNull();
  expect([workbench.said, workbench.isRefusal]).toEqual([
    'Run 3 is paused.',
    false
  ]);
  expect(await workbench.ask({ do: 'pause', run: 9 })).toBeNull();
  expect([workbench.said, workbench.isRefusal]).toEqual([
    'There is no run 9. Known are: 1, 2.',
    true
  ]);
});

test('what was said of a run is taken back when its state has changed', async () => {
  const kernel = new FakeKernel();
  const { workbench } = await opened(kernel);
  kernel.answers = (comm, { id }) => comm.tell({ ...PAUSED, answer: id });
  await workbench.ask({ do: 'pause', run: 3 });

  kernel.comm.tell(CHANGED); // paused, as was said
  kernel.run('x = 1');
  kernel.end();
  expect(workbench.said).toBe('Run 3 is paused.');
  kernel.comm.tell({ changed: STOPPED });
  expect(workbench.said).toBe('');
});

test.each(['restarting', 'dead'])(
  'what was said of a run goes with its kernel: %s',
  async status => {
    const kernel = new FakeKernel();
    const { session, workbench } = await opened(kernel);
    kernel.answers = (comm, { id }) => comm.tell({ ...PAUSED, answer: id });
    await workbench.ask({ do: 'pause', run: 3 });
    expect(workbench.said).toBe('Run 3 is paused.');

    session.turn(status);

    expect(workbench.said).toBe('');
  }
);

test('what was said of anything else is taken back when a cell begins', async () => {
  const kernel = new FakeKernel();
  const { workbench } = await opened(kernel);
  kernel.answers = (comm, { id }) => comm.tell({ ...REFUSED, answer: id });
  await workbench.ask({ do: 'pause', run: 9 });

  kernel.comm.tell(CHANGED);
  expect(workbench.said).not.toBe('');
  kernel.run('x = 1');
  expect(workbench.said).toBe('');
});

test('the button loads, and tells when that fails', async () => {
  const kernel = new FakeKernel(false);
  const { workbench } = await opened(kernel, false);
  await workbench.load();
  await settled();
  expect(workbench.state).toBe('idle');

  const other = new FakeKernel(false);
  const second = await opened(other, false);
  other.reply = { status: 'error', ename: 'ModuleNotFoundError', evalue: 'No' };
  await second.workbench.load();
  await settled(); // the cell that failed is overheard, and what it might have loaded asked for
  expect(second.workbench.said).toBe('ModuleNotFoundError: No');
  expect(second.workbench.isRefusal).toBe(true);
});

test.each([{ status: 'aborted' }, new Error('Canceled future')])(
  'a kernel that did not come to loading it is said not to: %j',
  async reply => {
    const kernel = new FakeKernel(false);
    kernel.reply = reply;
    const { workbench } = await opened(kernel, false);

    await workbench.load();
    await settled();

    expect(workbench.state).toBe('notLoaded');
    expect(workbench.said).toContain('The kernel did not come to it');
    expect(workbench.isRefusal).toBe(true);
  }
);

test('what came of loading is told of the notebook that it was done in', async () => {
  const kernel = new FakeKernel(false);
  kernel.reply = {
    status: 'error',
    ename: 'ModuleNotFoundError',
    evalue: 'No'
  };
  const sessions = new FakeSessions(new FakeSession(kernel));
  const workbench = new Workbench(sessions, TRANS);
  await settled();

  const loading = workbench.load();
  sessions.show(new FakeSession(new FakeKernel()));
  await loading;
  await settled();

  expect(workbench.said).toBe('');
  expect(workbench.state).toBe('idle');
});

test('a kernel that speaks to another part of the page is said to be shared', async () => {
  const kernel = new FakeKernel();
  kernel.handleComms = false;
  const { workbench } = await opened(kernel);

  kernel.run('%load_ext nbdspy');
  kernel.end();
  await settled();

  expect(workbench.state).toBe('shared');
  expect(kernel.comms).toEqual([]);
});

test('another notebook in front has another kernel', async () => {
  const [one, other] = [new FakeKernel(), new FakeKernel()];
  const sessions = new FakeSessions(new FakeSession(one));
  const workbench = new Workbench(sessions, TRANS);
  await settled();

  sessions.show(new FakeSession(other));
  await settled();
  one.comm.tell(CHANGED);

  expect(one.comm.closed).toBe(1);
  expect(workbench.sections.runs).not.toEqual(CHANGED.changed.runs);
});

test.each([
  ['%load_ext nbdspy', true],
  ['import nbdspy', true],
  ['x = 1\n%lm smollm2', true],
  ['%%signature Intent\n', true],
  ['%%bash\nls', false],
  ['"a%lm"', false]
])('%j', (code, speaks) => {
  expect(SPEAKS_OF_IT.test(code)).toBe(speaks);
});

test('a card is had while a cell runs where the kernel has subshells, and nothing is said of a refusal', async () => {
  const kernel = new FakeKernel();
  const { workbench } = await opened(kernel);
  kernel.answers = (comm, asked) =>
    comm.tell(
      asked.do === 'tell' && asked.name === 'helper'
        ? { answer: asked.id, said: { html: '<p>helper</p>' } }
        : { answer: asked.id, error: 'it is no program', hint: '' }
    );

  kernel.run('helper()');
  expect(workbench.state).toBe('running');
  expect(await workbench.cardOf('helper')).toBe('<p>helper</p>');
  expect(await workbench.cardOf('df')).toBeNull();
  expect(workbench.said).toBe('');
  kernel.supportsSubshells = false;
  const before = kernel.comm.said.length;
  expect(await workbench.cardOf('helper')).toBeNull();
  expect(kernel.comm.said).toHaveLength(before);
  kernel.end();
  expect(await workbench.cardOf('helper')).toBe('<p>helper</p>');
});

test('without nbdspy in the kernel there is no card', async () => {
  const { workbench } = await opened(new FakeKernel(false));

  expect(await workbench.cardOf('helper')).toBeNull();
});

test('a kernel is spoken to once it has told whether it has subshells', async () => {
  const kernel = new FakeKernel();
  let introduce = (): void => undefined;
  kernel.introduced = new Promise<void>(done => (introduce = done));
  const { workbench } = await opened(kernel, false);

  kernel.run('%load_ext nbdspy');
  kernel.end();
  await settled();
  expect(kernel.comms).toHaveLength(0);
  introduce();
  await settled();

  expect(workbench.state).toBe('idle');
});
