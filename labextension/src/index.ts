/** The plugins of nbdspy in JupyterLab. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

const cells: JupyterFrontEndPlugin<void> = {
  id: 'nbdspy:cells',
  description: 'Our cells: their colours, and what is wrong in them.',
  autoStart: true,
  activate: () => undefined
};

export default [cells];
