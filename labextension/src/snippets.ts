/** The cells that commands write. */

import { DOTTED } from './grammar/identifiers';
import { joined } from './grammar/lines';
import { callsIn } from './grammar/ours';
import { DEFAULTS } from './grammar/vocabulary';
import type { ICassette, IProgram, IRun, ISignature } from './tokens';

export const SIGNATURE = `%%signature Answer
Say what the model must do.

question: str        # what each input is
->
answer: str`;

export const MODULE = `%%module Careful
draft = Predict("question -> answer")
check = ChainOfThought("question, draft -> answer")

def forward(question):
    return check(question=question, draft=draft(question=question).answer)`;

/** Asks a signature something. */
export function askingOf({ inputs, name }: ISignature): string {
  const body = inputs.length > 1 ? inputs.map(each => `${each}: `) : [''];
  return `%%predict ${name}\n${body.join('\n')}`;
}

export function bringingBack(called: string): string {
  const [name, number] = called.split('@');
  return `%programs restore ${name} ${number}`;
}

export function usingProgram({ name }: IProgram): string {
  return `%%predict ${name}\n`;
}

export function showingRun({ number }: IRun): string {
  return `%runs ${number}`;
}

export function replaying({ name }: ICassette): string {
  return `%cassette replay ${word(name)}`;
}

export function promptOf(program: string): string {
  return `%prompt ${program}`;
}

/** What a line of \`%compile\` says; empty is not said. */
export interface ICompile {
  program: string;
  optimizer: string;
  data: string;
  val: string;
  test: string;
  metric: string;
  out: string;
  budget: string;
  maxCalls: string;
  isInBackground: boolean;
}

export const COMPILE: ICompile = {
  program: '',
  optimizer: DEFAULTS.optimizer,
  data: 'train',
  val: 'val',
  test: '',
  metric: DEFAULTS.metric,
  out: '',
  budget: '',
  maxCalls: '',
  isInBackground: false
};

/** The line of \`%compile\`; words that are no names are put in braces, in which they are Python. */
export function compiling(compile: ICompile): string {
  const options = [
    ['--data', expression(compile.data)],
    ['--val', expression(compile.val)],
    ['--test', expression(compile.test)],
    ['--metric', expression(compile.metric)],
    ['--with', compile.optimizer],
    ['--out', compile.out.trim()],
    ['--budget', compile.budget.trim()],
    ['--max-calls', compile.maxCalls.trim()]
  ];
  const said = options
    .filter(([, value]) => value)
    .map(([option, value]) => `${option} ${value}`);
  const background = compile.isInBackground ? ['--bg'] : [];
  return [
    `%compile ${expression(compile.program) || 'PROGRAM'}`,
    ...said,
    ...background
  ].join(' ');
}

const IS_DOTTED = new RegExp(`^${DOTTED}$`, 'u');
/** What a line is about, after the name of its magic. */
const MEANT = new RegExp(`^[ \\t]+(${DOTTED})`, 'u');
const OF_PROGRAMS = /^(?:signature|module|predict|compile|evaluate|prompt)$/;

function expression(text: string): string {
  const value = text.trim().replace(/\s+/g, ' ');
  return !value || IS_DOTTED.test(value) || /^\{.*\}$/.test(value)
    ? value
    : `{${value}}`;
}

function word(text: string): string {
  return /^[\w.\-/]+$/.test(text) ? text : JSON.stringify(text);
}

/**
 * The name that a cell of ours defines or uses; empty when it does neither.
 *
 * @param at Where the cursor is: the last line up to there that has a name is meant, else the first after it.
 */
export function programOf(source: string, at: number): string {
  const named = callsIn(source)
    .filter(({ magic }) => OF_PROGRAMS.test(magic.name))
    .map(({ after, from, to }) => ({
      from,
      name: MEANT.exec(joined(source.slice(after, to)))?.[1] ?? ''
    }))
    .filter(({ name }) => name !== '');
  const meant = named.filter(({ from }) => from <= at).pop() ?? named[0];
  return meant?.name ?? '';
}
