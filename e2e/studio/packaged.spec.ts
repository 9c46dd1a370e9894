/** The program as people get it. */
import { readFuses } from '../../electron/builder.mjs';
import { commandOf } from './launch.ts';
import { expect, test } from './studio.ts';

test('its fuses let nobody in @packaged', async ({ studio, host }) => {
  test.skip(host !== 'packaged', 'Only a packed program has fuses of ours.');
  const { program } = await commandOf('packaged', studio.home);
  const { EnableNodeCliInspectArguments: inspectable, ...fuses } = await readFuses(program);
  // The tests drive it by the inspector; everything else is as it is given to people.
  expect(inspectable).toBe(true);
  expect(fuses).toMatchObject({
    RunAsNode: false,
    EnableCookieEncryption: true,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
  });
  expect((await studio.client.about()).host).toBe('desktop');
});
