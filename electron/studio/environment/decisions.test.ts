/** The decisions of a set-up: pure, so a table says it all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePipSettings } from './pipSettings.ts';
import { type Platform, platformProblem, thisPlatform } from './platform.ts';
import { choosePython, noPython, type Python } from './python.ts';
import { searchPath } from './searchPath.ts';
import { type Build, chooseTorch } from './torchBuild.ts';

describe('the build of torch', () => {
  const cuda = (...backends: string[]): Build => ({ kind: 'cuda', backends });
  const plain: Build = { kind: 'default' };
  const cases: [string, NodeJS.Platform, string | null, string, Build['kind'] | Build][] = [
    ['no NVIDIA card', 'win32', null, '', plain],
    ['a Mac', 'darwin', '999', '9.0', plain],
    ['RTX 4090, Linux', 'linux', '580.65.06', '8.9', plain],
    ['RTX 5090, Linux', 'linux', '581.2', '12.0', plain],
    ['RTX 4090, Linux, driver of 2024', 'linux', '550.54', '8.9', cuda('cu128', 'cu126')],
    ['GTX 1080, Linux', 'linux', '580.65', '6.1', cuda('cu126')],
    ['V100, Linux', 'linux', '535.10', '7.0', cuda('cu126')],
    ['RTX 2060, Windows', 'win32', '581.15', '7.5', cuda('cu132', 'cu130', 'cu128', 'cu126')],
    ['RTX 5070, Windows', 'win32', '581.15', '12.0', cuda('cu132', 'cu130', 'cu128')],
    ['RTX 5070, Windows, first driver', 'win32', '572.16', '12.0', cuda('cu128')],
    ['GTX 970, Windows', 'win32', '566.03', '5.2', cuda('cu126')],
    ['RTX 3060, Windows, driver of 2021', 'win32', '471.96', '8.6', 'cpu'],
    ['GTX 680', 'win32', '474.11', '3.0', 'cpu'],
    ['a card of the future', 'win32', '700.00', '20.0', 'cpu'],
  ];

  it.each(cases)('%s', (_, platform, driver, computeCapability, expected) => {
    const build = chooseTorch({ platform, nvidia: driver === null ? null : { driver, computeCapability } });
    if (typeof expected === 'string') expect(build.kind).toBe(expected);
    else expect(build).toEqual(expected);
  });

  it('says which driver is needed', () => {
    const build = chooseTorch({ platform: 'win32', nvidia: { driver: '471.96', computeCapability: '8.6' } });
    const reason = 'The graphics driver 471.96 is too old. Install version 529 or newer to use the card.';
    expect(build).toEqual({ kind: 'cpu', reason });
  });

  it('never gets older with a newer driver', () => {
    const driver = fc.integer({ min: 400, max: 700 });
    const card = fc.constantFrom('3.0', '5.2', '6.1', '7.0', '7.5', '8.6', '8.9', '9.0', '10.0', '12.0');
    fc.assert(
      fc.property(driver, driver, card, (one, other, computeCapability) => {
        const [older, newer] = [Math.min(one, other), Math.max(one, other)].map((version) =>
          chooseTorch({ platform: 'win32', nvidia: { driver: String(version), computeCapability } }),
        );
        const backends = (build: Build | undefined) => (build?.kind === 'cuda' ? build.backends : []);
        expect(backends(newer)).toEqual(expect.arrayContaining(backends(older)));
      }),
    );
  });
});

describe('the Python', () => {
  const range = { from: [3, 11], below: [3, 15] } as const;
  const python = (version: string, ordinary = true): Python => {
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    return { executable: version, version: [major, minor, patch], ordinary };
  };
  const cases: [found: Python[], chosen: string | undefined][] = [
    [[], undefined],
    [[python('3.10.4')], undefined],
    [[python('3.15.0')], undefined],
    [[python('2.7.18')], undefined],
    [[python('3.12.1', false)], undefined],
    [[python('3.14.1')], '3.14.1'],
    [[python('3.14.1'), python('3.12.0')], '3.12.0'],
    [[python('3.11.2'), python('3.13.0')], '3.11.2'],
    [[python('3.9.1'), python('3.13.0', false), python('3.13.1')], '3.13.1'],
  ];

  it.each(cases)('of %j', (found, chosen) => expect(choosePython(found, range)?.executable).toBe(chosen));

  it('that is of another kind is named so', () => {
    const { result } = noPython([python('3.12.1', false)], range, 'win32');
    const sentence =
      'This computer has Python 3.12.1, of a kind the engine is not built for. The engine needs 3.11 to 3.14, 64-bit.';
    expect(result).toMatchObject({ cause: 'python-unsupported', sentence });
  });

  it.each([
    'C:\\Users\\José\\AppData\\Local\\Microsoft\\WindowsApps\\PythonSoftwareFoundation.Python.3.12_qbz5n2kfra8p0\\python.exe',
    'c:\\program files\\windowsapps\\PythonSoftwareFoundation.Python.3.12_3.12.2800.0_x64__qbz5n2kfra8p0\\python3.12.exe',
  ])('that the Store brought is passed over, and named so: %s', (executable) => {
    const store = { ...python('3.12.10'), executable };
    expect(choosePython([store], range)).toBeNull();
    expect(choosePython([store, python('3.14.1')], range)?.executable).toBe('3.14.1');
    expect(noPython([store], range, 'win32').result).toMatchObject({
      cause: 'python-unsupported',
      sentence:
        'This computer has Python 3.12.10 from the Microsoft Store, whose files no other program can see. The engine needs 3.11 to 3.14, 64-bit.',
      action: 'Install Python 3.12 from python.org and start again.',
    });
  });

  it.each([
    'C:\\Users\\me\\AppData\\Local\\Programs\\Python\\Python312\\python.exe',
    'C:\\Users\\me\\AppData\\Local\\Python\\pythoncore-3.14-64\\python.exe',
  ])('of an installer is taken: %s', (executable) => {
    expect(choosePython([{ ...python('3.12.10'), executable }], range)?.executable).toBe(executable);
  });
});

describe('the platform', () => {
  const cases: [Platform, possible: boolean][] = [
    [{ system: 'linux', arch: 'x64', glibc: '2.36' }, true],
    [{ system: 'linux', arch: 'arm64', glibc: '2.28' }, true],
    [{ system: 'linux', arch: 'x64', glibc: '2.17' }, false],
    [{ system: 'linux', arch: 'x64', glibc: null }, false],
    [{ system: 'linux', arch: 'riscv64', glibc: '2.40' }, false],
    [{ system: 'win32', arch: 'x64', glibc: null }, true],
    [{ system: 'win32', arch: 'arm64', glibc: null }, false],
    [{ system: 'darwin', arch: 'arm64', glibc: null }, true],
    [{ system: 'darwin', arch: 'x64', glibc: null }, false],
    [{ system: 'freebsd', arch: 'x64', glibc: null }, false],
  ];
  it.each(cases)('%j', (platform, possible) => expect(platformProblem(platform) === null).toBe(possible));
  it('is this one', () => expect(platformProblem(thisPlatform())).toBeNull());
});

describe('where programs are looked for', () => {
  const finders = '/usr/bin:/bin:/usr/sbin:/sbin';
  const cases: [string, NodeJS.Platform, NodeJS.ProcessEnv, string[]][] = [
    ['Windows', 'win32', { Path: 'C:\\Python312;;C:\\Windows' }, ['C:\\Python312', 'C:\\Windows']],
    ['Linux', 'linux', { PATH: finders }, finders.split(':')],
    ['a Mac in a terminal', 'darwin', { PATH: `/Users/me/bin:${finders}` }, ['/Users/me/bin', ...finders.split(':')]],
    [
      'a Mac whose Finder opened the program',
      'darwin',
      { PATH: finders },
      ['/opt/homebrew/bin', '/usr/local/bin', ...finders.split(':')],
    ],
    ['nowhere', 'darwin', { PATH: '' }, []],
    ['nowhere at all', 'win32', {}, []],
  ];
  it.each(cases)('%s', (_, platform, env, folders) => expect(searchPath(env, platform)).toEqual(folders));
});

describe('what pip was told', () => {
  it('is passed on to uv', () => {
    const text = [
      "global.index-url='http://mirror.example/simple'",
      "global.timeout='60'",
      "install.find-links='/one\\n/two'",
      "global.cert='/etc/company.pem'",
      ":env:.index-url='http://other.example/simple'",
    ].join('\n');
    expect(parsePipSettings(text)).toEqual({
      UV_DEFAULT_INDEX: 'http://other.example/simple',
      UV_FIND_LINKS: '/one,/two',
      SSL_CERT_FILE: '/etc/company.pem',
    });
  });

  it('is read as Python writes it', () => {
    const text = [
      String.raw`global.cert='C:\\Program Files\\network.pem'`,
      String.raw`site.find-links='\\\\nas\\new\nC:\\wheels D:\\more'`,
      `global.extra-index-url="http://mirror.example/it's/simple"`,
    ].join('\r\n');
    expect(parsePipSettings(text)).toEqual({
      SSL_CERT_FILE: String.raw`C:\Program Files\network.pem`,
      UV_FIND_LINKS: String.raw`\\nas\new,C:\wheels,D:\more`,
      UV_INDEX: "http://mirror.example/it's/simple",
    });
  });

  it('is nothing on most computers', () => expect(parsePipSettings('')).toEqual({}));
});
