import assert from 'node:assert/strict';
import { secretByName } from '../../../extension/agent/secret-names.js';

const SECRETS = {
  environment: ['.env', '.env.local', '.ENV.production', 'deep/down/.envrc', 'prod.env', 'main.tfvars'],
  key: [
    ...['id_rsa', '.ssh/id_ed25519', 'home/.ssh/work', 'server.pem', 'certs/server.key', 'store.jks', 'a.pfx', 'b.P12'],
    ...['putty.ppk', 'vault.kdbx', '.gnupg/private-keys-v1.d/0A.key'],
  ],
  credentials: [
    ...['.npmrc', 'home/.netrc', '.git-credentials', '.aws/credentials', 'x/.aws/sso/cache/a.json', '.kube/config'],
    ...['.docker/config.json', 'terraform.tfstate', '.bash_history', 'client_secret_12.apps.json', 'secrets.yaml'],
  ],
};

const ORDINARY = [
  ...['readme.md', 'environment.ts', 'src/env/index.ts', 'key.ts', 'keyboard.txt', 'id_rsa.pub', '.ssh/id_ed25519.pub'],
  ...[
    '.ssh/known_hosts',
    'config.json',
    'docker/config.json',
    'kube/config',
    'src/credentials/index.ts',
    '.envs/lib/a.py',
  ],
  ...['monkey', 'history.txt', '.npmignore', 'pem/notes.txt'],
];

describe('a file with secrets by its name', () => {
  for (const [kind, places] of Object.entries(SECRETS))
    it(`is one of ${kind}`, () => {
      for (const place of places) assert.equal(secretByName(place, 100), kind, place);
    });

  it('is not found if only a folder, or a part of the name, matches', () => {
    for (const place of ORDINARY) assert.equal(secretByName(place, 100), undefined, place);
  });

  it('is not a key if it is as large as a presentation', () => {
    assert.equal(secretByName('talk.key', 3_000_000), undefined);
    assert.equal(secretByName('server.pem', 3_000_000), 'key');
  });
});
