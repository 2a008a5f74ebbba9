/** The ids of the commands. */

export const Ids = {
  insertSignature: 'nbdspy:insert-signature',
  insertModule: 'nbdspy:insert-module',
  insertCompile: 'nbdspy:insert-compile',
  compile: 'nbdspy:compile',
  prompt: 'nbdspy:show-prompt',
  stop: 'nbdspy:stop',
  mistake: 'nbdspy:next-mistake',
  about: 'nbdspy:about',
  panel: 'nbdspy:panel',
  course: 'nbdspy:course'
} as const;
