/** The sign of nbdspy: inputs, an arrow, and what comes out. */

import { LabIcon } from '@jupyterlab/ui-components';

export const icon = new LabIcon({
  name: 'nbdspy:icon',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <circle cx="4" cy="6" r="2"/><circle cx="4" cy="12" r="2"/><circle cx="4" cy="18" r="2"/>
    <path d="M8 11h6V7l6 5-6 5v-4H8z"/>
  </g>
</svg>`
});

/** A square, as for stopping, with what is kept marked in it. */
export const keepIcon = new LabIcon({
  name: 'nbdspy:keep',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" fill-rule="evenodd"
    d="M5 5h14v14H5zM7.8 12.2l3.4 3.4 5.6-6.2-1.3-1.2-4.4 4.9-2.1-2.1z"/>
</svg>`
});
