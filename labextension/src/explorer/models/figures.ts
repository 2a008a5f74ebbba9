/** Numbers as cards say them: what `figures.py` and `money` of Python give, so that a page never contradicts its card. */

const MINUTE = 60;
const HOUR = 3600;

/** A share as percent: `62 %`. */
export function percent(share: number): string {
  return `${fixed(100 * share, 0)} %`;
}

/** A time in a column of short ones: `0.4 ms`, `680 ms`, `2.4 s`, `2 min 41 s`. */
export function lapse(seconds: number): string {
  if (seconds >= 0.9995) {
    return duration(seconds);
  }
  return seconds >= 0.00995
    ? `${fixed(1000 * seconds, 0)} ms`
    : `${fixed(Math.max(1000 * seconds, 0.1), 1)} ms`;
}

/** Fewer dollars than this are only said to be fewer. */
export const LEAST = 0.0001;

/** US dollars, to the cent or to the first digit that is not zero. */
export function money(dollars: number): string {
  if (dollars === 0 || dollars >= 0.01) {
    const [whole, cents] = fixed(dollars, 2).split('.');
    return `$${grouped(Number(whole))}.${cents}`;
  }
  return `$${dollars.toPrecision(1)}`;
}

/** A number with commas between its thousands. */
export function grouped(number: number): string {
  return number.toLocaleString('en');
}

/** A time of a second or more as people say it. */
function duration(seconds: number): string {
  if (seconds < 9.95) {
    return `${fixed(seconds, 1)} s`;
  }
  const rounded = Number(fixed(seconds, 0));
  if (rounded < MINUTE) {
    return `${rounded} s`;
  }
  const minutes = Math.floor(rounded / MINUTE);
  return rounded < HOUR
    ? `${minutes} min ${rounded % MINUTE} s`
    : `${grouped(Math.floor(rounded / HOUR))} h ${minutes % 60} min`;
}

/** Decimals as Python rounds them: of two that are as near, the even one, where `toFixed` takes the larger. */
function fixed(number: number, digits: number): string {
  const isTie = Math.abs((number * 2 ** (digits + 1)) % 2) === 1; // exact: nothing else can lie in the middle
  if (!isTie) {
    return number.toFixed(digits);
  }
  const places = 10 ** digits;
  return ((2 * Math.round((number * places) / 2)) / places).toFixed(digits);
}
