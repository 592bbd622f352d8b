#!/bin/sh
# Stands in for the program of a desktop VS Code: the vscodeExecutablePath of @vscode/test-electron.
here=$(cd "$(dirname "$0")" && pwd)
exec node --import "$here/../../../node_modules/tsx/dist/loader.mjs" "$here/vscode.ts" "$@"
