/** The plugins of nbdspy in JupyterLab. */

import { cells } from './cells';

export default [cells];
