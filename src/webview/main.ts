import {
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js';
import type { PanelApi, PanelHostApi } from '../protocol/panel';
import { connect } from '../protocol/rpc';
import { createPanel } from './panel';
import { vscode } from './vscode';

Chart.register(LineController, LineElement, PointElement, Filler, LinearScale, LogarithmicScale, Tooltip);

const api: PanelApi = {
  changed: () => {
    panel.reload();
  },
  show: (state) => {
    panel.show(state);
  },
};
const host = connect<PanelHostApi, PanelApi>(
  {
    post: (message) => {
      vscode.postMessage(message);
    },
    listen: (receive) => {
      window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        receive(data);
      });
    },
  },
  api,
);
const panel = createPanel(document.getElementById('panel')!, host, (state) => {
  vscode.setState(state);
});
void host.initial().then(panel.show);
