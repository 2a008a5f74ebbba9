/** What is said to a kernel, and what is made of what it says. */

import { KernelLink, loadInto, Refused } from '../src/kernel';
import { FakeKernel, settled } from './fakes';
import { GONE, REFUSED, TOLD } from './panel_cases';

test('the first thing said opens the comm, once a subshell can hear it', async () => {
  const kernel = new FakeKernel();
  let started = (): void => undefined;
  kernel.subshell = new Promise(done => (started = done));
  const link = new KernelLink(kernel.real);
  const told: object[] = [];
  link.told.connect((_, sections) => void told.push(sections));

  const watching = link.watch(['model']);
  await settled();
  expect(kernel.comm.opened).toBeNull();
  started();
  await watching;

  expect(kernel.comm.opened).toEqual({
    to: 'panel',
    id: 1,
    do: 'watch',
    sections: ['model']
  });
  expect(told).toEqual([{ sections: { model: TOLD.model }, isBusy: false }]);
});

test('where the settings let no comm have a subshell none is waited for', async () => {
  const kernel = new FakeKernel();
  kernel.commsOverSubshells = 'disabled';
  kernel.subshell = new Promise(() => undefined);

  await new KernelLink(kernel.real).watch(['model']);

  expect(kernel.comm.opened).not.toBeNull();
});

test('a kernel that nbdspy is taken from keeps no comm', async () => {
  const kernel = new FakeKernel();
  await new KernelLink(kernel.real).watch(['model']);

  kernel.comm.tell(GONE);
  await settled();

  expect(kernel.comm.closed).toBe(1);
});

test('nothing more is said before the kernel has opened the comm', async () => {
  const kernel = new FakeKernel();
  let open = (): void => undefined;
  kernel.opening = new Promise<void>(done => (open = done));
  const link = new KernelLink(kernel.real);

  await link.watch(['model']);
  const asked = link.ask({ do: 'show', program: 'helper' });
  await settled();
  expect(kernel.comm.said).toHaveLength(1);
  open();
  await asked;

  expect(kernel.comm.said.map(each => each.do)).toEqual(['watch', 'show']);
});

test('a comm that nobody wants any more is closed once the kernel has opened it', async () => {
  const kernel = new FakeKernel();
  let open = (): void => undefined;
  kernel.opening = new Promise<void>(done => (open = done));
  const link = new KernelLink(kernel.real);
  await link.watch(['model']);

  link.dispose();
  await settled();
  expect(kernel.comm.closed).toBe(0);
  open();
  await settled();

  expect(kernel.comm.closed).toBe(1);
});

test('a comm is not opened for a page that has gone before a subshell could hear it', async () => {
  const kernel = new FakeKernel();
  let started = (): void => undefined;
  kernel.subshell = new Promise(done => (started = done));
  const link = new KernelLink(kernel.real);
  const watching = link.watch(['model']);

  link.dispose();
  started();

  await expect(watching).rejects.toThrow(Refused);
  expect(kernel.comm.opened).toBeNull();
});

test('a kernel without subshells is spoken to at once', async () => {
  const kernel = new FakeKernel();
  kernel.supportsSubshells = false;
  kernel.subshell = new Promise(() => undefined);

  await new KernelLink(kernel.real).watch(['model']);

  expect(kernel.comm.opened?.do).toBe('watch');
});

test('answers find who asked, in whatever order they come', async () => {
  const kernel = new FakeKernel();
  const link = new KernelLink(kernel.real);
  await link.watch([]);
  kernel.answers = () => undefined;
  const first = link.ask({ do: 'show', program: 'a' });
  const second = link.ask({ do: 'show', program: 'b' });
  await settled();

  kernel.comm.tell({ answer: 3, said: { html: 'b' } });
  kernel.comm.tell({ answer: 2, said: { html: 'a' } });

  expect((await first).html).toBe('a');
  expect((await second).html).toBe('b');
});

test('a refusal says why and what helps', async () => {
  const kernel = new FakeKernel();
  const link = new KernelLink(kernel.real);
  await link.watch([]);
  kernel.answers = (comm, { id }) => comm.tell({ ...REFUSED, answer: id });

  await expect(link.ask({ do: 'stop', run: 9 })).rejects.toThrow(
    new Refused('There is no run 9. Known are: 1, 2.')
  );
});

test.each(['closed', 'gone'])(
  'a kernel that has %s is lost once',
  async how => {
    const kernel = new FakeKernel();
    const link = new KernelLink(kernel.real);
    await link.watch([]);
    kernel.answers = () => undefined;
    let lost = 0;
    link.lost.connect(() => void (lost += 1));
    const asked = link.ask({ do: 'stop', run: 1 });
    await settled();

    for (let times = 0; times < 2; times++) {
      if (how === 'closed') {
        kernel.comm.onClose({});
      } else {
        kernel.comm.tell(GONE);
      }
    }

    await expect(asked).rejects.toThrow(Refused);
    await expect(link.ask({ do: 'stop', run: 1 })).rejects.toThrow(Refused);
    expect(lost).toBe(1);
    expect(link.isDisposed).toBe(true);
  }
);

test('a comm is closed where the kernel knows of it, and nowhere else', async () => {
  const kernels = [0, 1, 2, 3].map(() => new FakeKernel());
  const [, restarted, ended] = kernels;
  const links = kernels.map(each => new KernelLink(each.real));
  await Promise.all(links.slice(0, 3).map(link => link.watch([])));
  restarted!.status = 'restarting';
  ended!.isDisposed = true;

  links.forEach(link => link.dispose());
  links.forEach(link => link.dispose());
  await settled();

  expect(kernels.map(each => each.comm.closed)).toEqual([1, 0, 0, 0]);
});

test('loading runs the magic, and an error of it is told', async () => {
  const kernel = new FakeKernel(false);
  await loadInto(kernel.real);
  expect(kernel.executed).toEqual(['%load_ext nbdspy']);

  kernel.reply = {
    status: 'error',
    ename: 'ModuleNotFoundError',
    evalue: 'No'
  };
  await expect(loadInto(kernel.real)).rejects.toThrow(
    'ModuleNotFoundError: No'
  );
});
