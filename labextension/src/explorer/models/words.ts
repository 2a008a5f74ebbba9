/** What is read of tables, columns and cells, in the reader's language: words of ours are, those of others never. */

import { isOfWords, unit } from './columns';
import { grouped, lapse, LEAST, money, percent } from './figures';
import type { Cell } from './saved';

/** The words that users read, in their language. */
export interface ITrans {
  __(text: string, ...values: string[]): string;
}

/** Says what stands in a table. */
export class Words {
  constructor(readonly trans: ITrans) {
    this._tables = new Map(Object.entries(tables(trans)));
    this._columns = new Map(Object.entries(columns(trans)));
    this._words = new Map(Object.entries(words(trans)));
    this._parts = new Map(Object.entries(parts(trans)));
  }

  table(name: string): string {
    return this._tables.get(name) ?? name;
  }

  column(name: string): string {
    const [, of, field] =
      /^(expected|got|before|after) (.+)$/s.exec(name) ?? [];
    switch (of && field && !this._columns.has(name) ? of : '') {
      case 'expected':
        return this.trans.__('expected %1', field!);
      case 'got':
        return this.trans.__('got %1', field!);
      case 'before':
        return this.trans.__('before %1', field!);
      case 'after':
        return this.trans.__('after %1', field!);
      default:
        return this._columns.get(name) ?? name;
    }
  }

  /** The label of a text that is read of a line. */
  part(label: string): string {
    return this._parts.get(label) ?? label;
  }

  /** A cell as it is read in its column. */
  cell(cell: Cell | undefined, column: string): string {
    if (cell === null || cell === undefined) {
      return '';
    }
    if (typeof cell === 'string') {
      return (isOfWords(column) ? this._words.get(cell) : undefined) ?? cell;
    }
    if (typeof cell === 'boolean') {
      return cell ? this.trans.__('yes') : this.trans.__('no');
    }
    switch (unit(column)) {
      case 'share':
        return percent(cell);
      case 'time':
        return column === 'at' && cell === 0 ? '0 ms' : lapse(cell);
      case 'cost':
        return cell > 0 && cell < LEAST
          ? this.trans.__('under %1', money(LEAST))
          : money(cell);
      default:
        return grouped(cell);
    }
  }

  private readonly _tables: ReadonlyMap<string, string>;
  private readonly _columns: ReadonlyMap<string, string>;
  private readonly _words: ReadonlyMap<string, string>;
  private readonly _parts: ReadonlyMap<string, string>;
}

function tables(trans: ITrans): Record<string, string> {
  return {
    steps: trans.__('steps'),
    rows: trans.__('rows'),
    examples: trans.__('examples'),
    trials: trans.__('trials'),
    bootstraps: trans.__('bootstraps'),
    predictors: trans.__('predictors'),
    origins: trans.__('origins'),
    versions: trans.__('versions')
  };
}

function columns(trans: ITrans): Record<string, string> {
  return {
    at: trans.__('at'),
    calls: trans.__('calls'),
    change: trans.__('change'),
    cost: trans.__('cost'),
    demonstrations: trans.__('demonstrations'),
    error: trans.__('error'),
    example: trans.__('example'),
    examples: trans.__('examples'),
    from: trans.__('from'),
    high: trans.__('high'),
    hint: trans.__('hint'),
    kept: trans.__('kept'),
    kind: trans.__('kind'),
    label: trans.__('label'),
    low: trans.__('low'),
    'made by': trans.__('made by'),
    'made from': trans.__('made from'),
    metric: trans.__('metric'),
    name: trans.__('name'),
    now: trans.__('now'),
    predictor: trans.__('predictor'),
    row: trans.__('row'),
    score: trans.__('score'),
    'score after': trans.__('score after'),
    'score before': trans.__('score before'),
    seconds: trans.__('seconds'),
    'sentence or demonstration': trans.__('sentence or demonstration'),
    signature: trans.__('signature'),
    'tokens in': trans.__('tokens in'),
    'tokens out': trans.__('tokens out'),
    trial: trans.__('trial'),
    verdict: trans.__('verdict'),
    version: trans.__('version'),
    why: trans.__('why')
  };
}

function parts(trans: ITrans): Record<string, string> {
  return {
    'all it says': trans.__('all it says'),
    error: trans.__('error'),
    prompt: trans.__('prompt'),
    remark: trans.__('remark'),
    reply: trans.__('reply')
  };
}

function words(trans: ITrans): Record<string, string> {
  return {
    right: trans.__('right'),
    wrong: trans.__('wrong'),
    failed: trans.__('failed'),
    lost: trans.__('lost'),
    gained: trans.__('gained'),
    same: trans.__('same'),
    best: trans.__('best'),
    'went in': trans.__('went in'),
    'given up': trans.__('given up'),
    tried: trans.__('tried'),
    'on a sample': trans.__('on a sample'),
    kept: trans.__('kept'),
    dropped: trans.__('dropped'),
    program: trans.__('program'),
    model: trans.__('model'),
    tool: trans.__('tool'),
    search: trans.__('search'),
    evaluation: trans.__('evaluation'),
    compile: trans.__('compile'),
    code: trans.__('code'),
    cache: trans.__('cache'),
    recording: trans.__('recording'),
    now: trans.__('now')
  };
}
