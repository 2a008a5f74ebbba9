/** The cells that commands write. */

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

/** What keeps a line from being run; empty when nothing does. */
export type Lack = '' | 'program' | 'data' | 'out' | 'budget' | 'maxCalls';

export function lackOf(compile: ICompile): Lack {
  const program = compile.program.trim();
  if (!program || SEVERAL.test(program)) {
    return 'program';
  }
  if (!compile.data.trim()) {
    return 'data';
  }
  if (compile.out.trim() && !NAME.test(compile.out.trim())) {
    return 'out';
  }
  if (compile.budget.trim() && !/^\d*\.?\d+$/.test(compile.budget.trim())) {
    return 'budget';
  }
  return compile.maxCalls.trim() && !/^[1-9]\d*$/.test(compile.maxCalls.trim())
    ? 'maxCalls'
    : '';
}

const SEVERAL = /^[\p{L}_][\p{L}\p{N}_]*(\s+[\p{L}_][\p{L}\p{N}_]*)+$/u;
const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const DOTTED = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u;

function expression(text: string): string {
  const value = text.trim().replace(/\s+/g, ' ');
  return !value || DOTTED.test(value) || /^\{.*\}$/.test(value)
    ? value
    : `{${value}}`;
}

function word(text: string): string {
  return /^[\w.\-/]+$/.test(text) ? text : JSON.stringify(text);
}

/** The name that a cell of ours defines or uses; empty when it does neither. */
export function programOf(source: string): string {
  const found =
    /^%%?(?:signature|module|predict|compile|evaluate|prompt)[ \t]+([\p{L}_][\p{L}\p{N}_]*)/mu.exec(
      source
    );
  return found?.[1] ?? '';
}
