import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

/** Entry points of the packages, as their `exports` name them. */
export const ENTRIES: Readonly<Record<string, string>> = {
  '@shoal/sdk': 'sdk/index.ts',
  '@shoal/sdk/disk': 'sdk/disk/index.ts',
  '@shoal/sdk/identity': 'sdk/identity/index.ts',
  '@shoal/sdk/program': 'sdk/program/index.ts',
  '@shoal/sdk/protocol': 'sdk/protocol/index.ts',
  '@shoal/tracker': 'tracker/index.ts',
};

/** An exported name. */
export interface ApiItem {
  /** Its own members; those of an exported base type are left out. The members of a union are its strings or the `name` of its objects. */
  readonly members: readonly string[];
  /** What of it has no doc comment: `Name` or `Name.member`. */
  readonly undocumented: readonly string[];
}

/** The public API of each entry point, by entry point and exported name. */
export function publicApi(entries = ENTRIES): Map<string, Map<string, ApiItem>> {
  const program = ts.createProgram(
    Object.values(entries).map((path) => join(ROOT, path)),
    OPTIONS,
  );
  const reader = new ApiReader(program.getTypeChecker());
  return new Map(
    Object.entries(entries).map(([name, path]) => [name, reader.read(program.getSourceFile(join(ROOT, path)))]),
  );
}

class ApiReader {
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  read(file: ts.SourceFile | undefined): Map<string, ApiItem> {
    const module = file && this.#checker.getSymbolAtLocation(file);
    if (!module) throw new Error('An entry point has no exports');
    const exported = new Map(
      this.#checker.getExportsOfModule(module).map((symbol) => [symbol.name, this.#resolved(symbol)]),
    );
    const symbols = new Set(exported.values());
    return new Map([...exported].map(([name, symbol]) => [name, this.#item(name, symbol, symbols)]));
  }

  #resolved(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #item(name: string, symbol: ts.Symbol, exported: ReadonlySet<ts.Symbol>): ApiItem {
    const members = this.#members(symbol, exported);
    const bare = [...members].filter(([, member]) => member && !this.#isDocumented(member));
    return {
      members: [...members.keys()],
      undocumented: [...(this.#isDocumented(symbol) ? [] : [name]), ...bare.map(([member]) => `${name}.${member}`)],
    };
  }

  #isDocumented(symbol: ts.Symbol): boolean {
    return symbol.getDocumentationComment(this.#checker).length > 0;
  }

  #members(symbol: ts.Symbol, exported: ReadonlySet<ts.Symbol>): Map<string, ts.Symbol | undefined> {
    if (symbol.flags & ts.SymbolFlags.TypeAlias) {
      const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
      return new Map(
        (type.isUnion() ? type.types : []).flatMap((one) => this.#alternative(one)).map((one) => [one, undefined]),
      );
    }
    if (!(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) return new Map();
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const bases = type.isClassOrInterface() ? this.#checker.getBaseTypes(type) : [];
    const inherited = new Set(
      bases
        .filter((base) => base.symbol && exported.has(base.symbol))
        .flatMap((base) => this.#checker.getPropertiesOfType(base).map((property) => property.name)),
    );
    const own = this.#checker
      .getPropertiesOfType(type)
      .filter((property) => isPublic(property) && !inherited.has(property.name));
    return new Map(own.map((property) => [property.name, property]));
  }

  #alternative(type: ts.Type): string[] {
    if (type.isStringLiteral()) return [type.value];
    const name = type.getProperty('name');
    const literal = name && this.#checker.getTypeOfSymbol(name);
    return literal?.isStringLiteral() ? [literal.value] : [];
  }
}

/** A member that this repository declares and programs can use. */
function isPublic({ name, declarations = [] }: ts.Symbol): boolean {
  if (/^__|^#/.test(name)) return false;
  return declarations.some(
    (declaration) =>
      !declaration.getSourceFile().fileName.includes('/node_modules/') &&
      !(ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)),
  );
}
