/** What JupyterLab and Notebook 7 show of the mimetypes of `nbdspy.views.explorer`. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

import { MIMETYPES } from './models/saved';
import { ExplorerRenderer } from './renderer';

const explorer: IRenderMime.IExtension = {
  id: 'nbdspy:explorer',
  description: 'Search, filter, compare and copy in saved cards.',
  rendererFactory: {
    safe: true,
    mimeTypes: MIMETYPES,
    createRenderer: options => new ExplorerRenderer(options)
  },
  rank: 0,
  dataType: 'json'
};

export default explorer;
