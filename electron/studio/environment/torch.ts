import { smiProgram } from '../telemetry/smiCards.ts';
import { interpreter } from './marker.ts';
import { runProgram } from './program.ts';
import { chooseTorch, type Nvidia } from './torchBuild.ts';
import type { Uv } from './uv.ts';
import { cleanEnvironment, type Workshop } from './workshop.ts';

/**
 * The index's own torch does not fit every card: then uv's torch backend replaces it. Those files come from
 * torch's own index and have no hashes in our lock. Returns why the card is not used, if it is not.
 */
export async function fitTorch(shop: Workshop, uv: Uv): Promise<string | null> {
  const build = chooseTorch({ platform: process.platform, nvidia: await findNvidia(shop) });
  if (build.kind === 'default') return null;
  if (build.kind === 'cpu') return build.reason;

  const [version, installed] = (await torchVersion(shop)).split('+');
  if (version === undefined || build.backends.some((backend) => backend === installed)) return null;
  shop.report({ phase: 'torch', sentence: 'Getting the engine for this graphics card', expectedSeconds: 300 });
  for (const backend of build.backends) {
    const wanted = [`torch==${version}`, '--torch-backend', backend, '--reinstall-package', 'torch'];
    if (await uv.attempt(['pip', 'install', '--no-build', '--python', interpreter(shop.folder), ...wanted]))
      return null;
  }
  return 'The engine for this graphics card could not be downloaded. The processor is used instead.';
}

async function torchVersion(shop: Workshop): Promise<string> {
  const program = 'from importlib.metadata import version; print(version("torch"))';
  const options = { env: cleanEnvironment(shop.env), signal: shop.signal };
  return (await runProgram(interpreter(shop.folder), ['-I', '-c', program], options)).stdout.trim();
}

async function findNvidia({ env, signal }: Workshop): Promise<Nvidia | null> {
  const query = ['--query-gpu=driver_version,compute_cap', '--format=csv,noheader'];
  const { code, stdout } = await runProgram(smiProgram(process.platform, env), query, { env, signal, timeout: 15_000 });
  const [driver, computeCapability] =
    stdout
      .split('\n')[0]
      ?.split(',')
      .map((part) => part.trim()) ?? [];
  return code === 0 && driver && computeCapability ? { driver, computeCapability } : null;
}
