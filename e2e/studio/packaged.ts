export async function packagedStudio(): Promise<string> {
  throw new Error('later');
}
