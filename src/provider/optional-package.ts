/** Imports a module by name. */
export type ImportModule = (name: string) => Promise<Readonly<Record<string, unknown>>>;

/** Imports what is installed beside the service. */
export const importModule: ImportModule = (name) => import(name) as Promise<Record<string, unknown>>;

/**
 * Imports a package that is not part of the service, because few need it.
 * @throws Error that names the package to install, where it is not installed.
 */
export async function importOptionalPackage(
  name: string,
  load: ImportModule,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await load(name);
  } catch (error) {
    const code = (error as { code?: unknown } | undefined)?.code;
    if (code !== "ERR_MODULE_NOT_FOUND") {
      throw new Error(`The package ${name} is installed but cannot be loaded.`, { cause: error });
    }
    throw new Error(`The package ${name} is needed and not installed: npm install ${name}`, { cause: error });
  }
}
