import ignore from 'ignore';

/** The kind of secrets in a file: environment settings, a private key, or passwords and tokens. */
export type SecretKind = 'environment' | 'key' | 'credentials';

/**
 * Files with secrets by their name or their folder, in the syntax of `.gitignore`. They come from the documentation of
 * their programs: dotenv; ssh(1), FILES; RFC 7468 and RFC 7292 (PEM, PKCS #12); keytool; PuTTY; GnuPG; age; KeePass;
 * WireGuard; OpenVPN; npm, Yarn, pip, Cargo and Composer; netrc(5), curl and git-credential-store; libpq; MySQL; s3cmd
 * and boto; rclone; the command lines of AWS, Azure, Google Cloud, Kubernetes, Docker, Terraform, Vault and GitHub;
 * Rails; WordPress; Streamlit; Apache; shells and their histories.
 */
const PATTERNS: readonly { readonly kind: SecretKind; readonly names: readonly string[]; readonly places: string[] }[] =
  [
    {
      kind: 'environment',
      names: ['.env*', '*.env', '*.tfvars', '*.tfvars.json', 'local.settings.json', 'secrets.toml'],
      places: [],
    },
    {
      kind: 'key',
      names: [
        ...['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519', 'id_ecdsa_sk', 'id_ed25519_sk', 'ssh_host_*_key'],
        ...['*.pem', '*.key', '*.p8', '*.p12', '*.pfx', '*.pkcs12', '*.jks', '*.keystore', '*.bks', '*.ppk', '*.snk'],
        ...['secring.*', '*.kdbx', '*.agekey', 'wg*.conf', '*.ovpn', '*.mobileprovision'],
      ],
      places: ['.ssh/*', '!.ssh/*.pub', '!.ssh/known_hosts*', '.gnupg/**'],
    },
    {
      kind: 'credentials',
      names: [
        ...[
          '.npmrc',
          '.yarnrc.yml',
          '.pypirc',
          'pip.conf',
          '.netrc',
          '_netrc',
          '.git-credentials',
          '.pgpass',
          'pgpass.conf',
        ],
        ...['.my.cnf', '.mylogin.cnf', '.s3cfg', '.boto', '.htpasswd', '.dockercfg', 'kubeconfig', 'rclone.conf'],
        ...[
          'credentials',
          'credentials.json',
          'credentials.xml',
          'credentials.toml',
          'application_default_credentials.json',
        ],
        ...['client_secret*.json', 'service-account*.json', 'serviceaccount*.json', 'secrets.json', 'secrets.y*ml'],
        ...['*.tfstate', '*.tfstate.backup', '.terraformrc', '.vault-token', 'auth.json', 'wp-config.php'],
        ...[
          '.bash_history',
          '.zsh_history',
          '.psql_history',
          '.mysql_history',
          '.node_repl_history',
          '.python_history',
        ],
      ],
      places: [
        '.aws/**',
        '.azure/**',
        '.kube/config',
        '.config/gcloud/**',
        '.docker/config.json',
        '.config/gh/hosts.yml',
      ],
    },
  ];

/** No key is larger; a presentation, which some programs call `.key` as well, is. */
const MAX_KEY_BYTES = 65_536;
const MAY_BE_LARGE = /\.key$/i;

const anywhere = (pattern: string) => pattern.replace(/^!?/, (not) => `${not}**/`);

/** The names of files with secrets, as rules of `.gitignore`. */
export const SECRET_RULES: readonly string[] = PATTERNS.flatMap(({ names, places }) => [
  ...names,
  ...places.map(anywhere),
]);

const RULES = PATTERNS.map(({ kind, names, places }) => ({
  kind,
  names: ignore().add([...names]),
  places: ignore().add(places.map(anywhere)),
}));

/** The kind of secrets that the path of a file suggests. @param place with slashes, below any folder */
export function secretByName(place: string, sizeBytes: number): SecretKind | undefined {
  const name = place.slice(place.lastIndexOf('/') + 1);
  if (MAY_BE_LARGE.test(name) && sizeBytes > MAX_KEY_BYTES) return undefined;
  return RULES.find(({ names, places }) => names.ignores(name) || places.ignores(place))?.kind;
}
