import * as vscode from 'vscode';

const QUERY = 'knowledgeProbes';

/**
 * Opens the settings where all of them can be seen: of a remote window or one in a browser, those of the machine
 * (another Node, the number of processes) stand on the remote's own page only.
 */
export async function openSettings(): Promise<void> {
  if (vscode.env.remoteName === undefined)
    await vscode.commands.executeCommand('workbench.action.openSettings', QUERY);
  else await vscode.commands.executeCommand('workbench.action.openRemoteSettings', { query: QUERY });
}
