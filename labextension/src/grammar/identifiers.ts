/** How names are written, as parts of patterns with the flag `u`. */

export const NAME = '[\\p{L}_][\\p{L}\\p{N}_]*';
/** A name, or one that stands in another: `scores.mine`. */
export const DOTTED = `${NAME}(?:\\.${NAME})*`;
export const IS_NAME = new RegExp(`^${NAME}$`, 'u');
/** A line up to its magic, which may give a name its value; the name may be half typed. */
export const BEFORE_MAGIC = '\\s*(?:[\\p{L}_][\\p{L}\\p{N}_.]*\\s*=(?!=)\\s*)?';
