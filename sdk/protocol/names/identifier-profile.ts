/**
 * Which names of users and groups are distinguishable: the identifier profile of Unicode (UTS 39), as far as the
 * runtime's tables allow. A name is checked in its compatibility form (NFKC), in which names are compared.
 */

/** Scripts in everyday use (UAX 31, table 5). The other scripts are rare, historic or scholarly. */
const SCRIPTS = [
  ...[
    'Arab',
    'Armn',
    'Beng',
    'Bopo',
    'Cyrl',
    'Deva',
    'Ethi',
    'Geor',
    'Grek',
    'Gujr',
    'Guru',
    'Hang',
    'Hani',
    'Hebr',
    'Hira',
  ],
  ...['Kana', 'Khmr', 'Knda', 'Laoo', 'Latn', 'Mlym', 'Mymr', 'Orya', 'Sinh', 'Taml', 'Telu', 'Thaa', 'Thai', 'Tibt'],
];

/**
 * The scripts that one name may combine (UTS 39, "highly restrictive"): one script, or those of one East Asian language
 * with Latin.
 */
const WRITINGS = [
  ...SCRIPTS.map((script) => [script]),
  ['Latn', 'Hani', 'Hira', 'Kana'],
  ['Latn', 'Hani', 'Bopo'],
  ['Latn', 'Hani', 'Hang'],
].map((scripts) => {
  const letters = scripts.map((script) => `\\p{Script_Extensions=${script}}`).join('');
  return new RegExp(`^[${letters}\\p{Script_Extensions=Common}\\p{Script_Extensions=Inherited}]+$`, 'u');
});

/** Letters of phonetic alphabets and of old books. Many of them look like small capitals. */
const BOOKISH = /[\u1c80-\u1c8f\u1d00-\u1dbf\u2c60-\u2c7f\u2de0-\u2dff\ua640-\ua69f\ua720-\ua7ff\uab30-\uab6f]/u;
/** Marks without a base letter, more than four marks, or the same mark twice: no language spells like that. */
const ODD_MARKS = /(?:^|[^\p{L}\p{M}\p{N}])\p{M}|\p{Mn}{5}|(\p{Mn})\1/u;
/** Invisible, deprecated or private characters. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Deprecated}\p{Co}\p{Cn}\p{Cf}\p{Cc}\p{Cs}]/u;
const ASCII_DIGIT = /[0-9]/;
const OTHER_DIGIT = /(?![0-9])\p{Nd}/u;

/** Why a name is refused, as words that follow "it"; undefined if it is allowed. */
export function nameFault(name: string): string | undefined {
  const folded = name.normalize('NFKC');
  if (UNSEEN.test(name) || UNSEEN.test(folded)) return 'has characters that nobody sees';
  if (ODD_MARKS.test(folded.normalize('NFD'))) return 'has marks that belong to no letter, or too many of them';
  if (ASCII_DIGIT.test(folded) && OTHER_DIGIT.test(folded)) return 'mixes digits of two writings';
  if (BOOKISH.test(folded) || !WRITINGS.some((writing) => writing.test(folded)))
    return 'mixes letters of several writings, or has some that are out of use: they look like others';
  return undefined;
}
