/** The plugins of nbdspy in JupyterLab. */

import { cells } from './cells';
import { commands } from './commands';
import { completion } from './completion';
import { live } from './live';
import { panel, workbench } from './panel';
import { status } from './status';

export default [cells, workbench, panel, status, commands, completion, live];
